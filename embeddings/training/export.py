"""Writes the trained model as a standard sentence-transformers folder."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from embeddings.training.fit import Table

CARD = Path(__file__).parent / "data" / "model-card.md"
MODULES = [
    {
        "idx": 0,
        "name": "0",
        "path": "",
        "type": "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding",
    },
    {
        "idx": 1,
        "name": "1",
        "path": "1_Normalize",
        "type": "sentence_transformers.base.modules.normalize.Normalize",
    },
]
SETTINGS = {
    "model_type": "SentenceTransformer",
    "prompts": {"query": "", "document": ""},
    "default_prompt_name": None,
    "similarity_fn_name": "cosine",
}


def export_model(tokenizer: Tokenizer, table: Table, output: Path) -> None:
    """Writes the folder; an existing one is replaced only when the new one is complete.

    Args:
        tokenizer: the tokenizer; its vocabulary counts the table's rows.
        table: ``(tokens, dimension)`` vectors, stored as float16.
        output: the model's folder.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    try:
        draft.chmod(0o755)
        save_file({"embedding.weight": table.astype(np.float16)}, draft / "model.safetensors")
        (draft / "model.safetensors").chmod(0o644)
        tokenizer.save(str(draft / "tokenizer.json"), pretty=False)
        _write_json(draft / "modules.json", MODULES)
        _write_json(draft / "config_sentence_transformers.json", SETTINGS)
        (draft / "1_Normalize").mkdir()
        _write_json(draft / "1_Normalize" / "config.json", {})
        shutil.copyfile(CARD, draft / "README.md")
        if output.exists():
            shutil.rmtree(output)
        draft.replace(output)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
