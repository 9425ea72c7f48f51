from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import PolicyQAError
from embeddings.encoder import Encoder

WORDS = ["subsidy", "for", "robots", "补贴", "机器人", "question", "passage", ":"]
TEXTS = ["subsidy for robots", "补贴", "robots : 机器人 补贴", "", "robots robots subsidy"]


@pytest.fixture(scope="module")
def static_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A static model of eight words, saved by sentence-transformers itself."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {word: number for number, word in enumerate(["[UNK]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    weights = np.random.default_rng(7).normal(size=(len(vocabulary), 16)).astype(np.float32)
    model = SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_weights=weights), Normalize()],
        prompts={"query": "question : ", "document": "passage : "},
    )
    folder = tmp_path_factory.mktemp("static")
    model.save(str(folder))
    return folder


@pytest.fixture(scope="module")
def transformer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-layer BERT over eight words with a query prompt and no normalisation of its own."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    base = tmp_path_factory.mktemp("bert")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (base / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    tokenizer = BertTokenizerFast(
        vocab=dict(zip(vocabulary, range(len(vocabulary)), strict=True)), tokenize_chinese_chars=False
    )
    tokenizer.save_pretrained(base)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(base)
    transformer = Transformer(str(base), max_seq_length=32)
    model = SentenceTransformer(
        modules=[transformer, Pooling(transformer.get_embedding_dimension())],
        prompts={"query": "question : ", "document": ""},
    )
    folder = tmp_path_factory.mktemp("transformer")
    model.save(str(folder))
    return folder


def lengths(vectors: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vectors, axis=1)


def test_static_vectors_equal_those_of_sentence_transformers(static_folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    encoder = Encoder.load(static_folder)
    model = SentenceTransformer(str(static_folder), device="cpu")

    assert np.abs(encoder.encode_query(TEXTS) - model.encode_query(TEXTS)).max() < 1e-5
    assert np.abs(encoder.encode_document(TEXTS) - model.encode_document(TEXTS)).max() < 1e-5
    assert encoder.dimension == 16
    assert encoder.prompts == {"query": "question : ", "document": "passage : "}


def test_static_model_stored_in_halves_is_computed_in_float32(static_folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    copy = copy_folder(static_folder, tmp_path / "half")
    table = load_file(copy / "model.safetensors")["embedding.weight"]
    save_file({"embedding.weight": table.astype(np.float16)}, copy / "model.safetensors")

    vectors = Encoder.load(copy).encode_query(TEXTS)

    assert vectors.dtype == np.float32
    assert np.abs(vectors - Encoder.load(static_folder).encode_query(TEXTS)).max() < 2e-3


def test_transformer_vectors_equal_those_of_sentence_transformers(transformer_folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    encoder = Encoder.load(transformer_folder, device="cpu", dtype="float32")
    model = SentenceTransformer(str(transformer_folder), device="cpu")
    prompted = model.encode(["question : " + text for text in TEXTS], normalize_embeddings=True)
    bare = model.encode(TEXTS, normalize_embeddings=True)

    assert np.abs(encoder.encode_query(TEXTS) - prompted).max() < 1e-5
    assert np.abs(encoder.encode_document(TEXTS) - bare).max() < 1e-5
    assert np.abs(prompted - bare).max() > 1e-3, "the prompt must matter for this test to mean anything"
    assert lengths(encoder.encode_document(TEXTS)) == pytest.approx(1.0)
    assert encoder.prompts == {"query": "question : ", "document": ""}


def test_progress_is_told_batch_by_batch(transformer_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [" ".join(WORDS[i % 5] for i in range(n % 13 + 1)) for n in range(40)]
    together = Encoder.load(transformer_folder, device="cpu", dtype="float32").encode_document(texts)
    monkeypatch.setattr("embeddings.packed.backend.TOKENS_PER_BATCH", {"cpu": 30})
    seen: list[tuple[int, int]] = []

    encoder = Encoder.load(transformer_folder, device="cpu", dtype="float32")
    apart = encoder.encode_document(texts, progress=lambda done, total: seen.append((done, total)))

    assert np.abs(together - apart).max() < 1e-5
    assert len(seen) > 5
    assert seen == sorted(seen)
    assert seen[-1] == (40, 40)


@pytest.mark.parametrize("kind", ["static_folder", "transformer_folder"])
def test_every_kind_takes_no_texts_and_odd_texts(kind: str, request: pytest.FixtureRequest) -> None:
    encoder = Encoder.load(request.getfixturevalue(kind), device="cpu")

    assert encoder.encode_query([]).shape == (0, encoder.dimension)
    odd = encoder.encode_document(["补贴 \ud800", "\x00", "补贴 " * 20_000])
    assert odd.shape == (3, encoder.dimension)
    assert np.isfinite(odd).all()


def test_fingerprint_follows_the_weights_and_not_the_description(static_folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    copy = copy_folder(static_folder, tmp_path / "copy")
    before = Encoder.load(static_folder).fingerprint
    (copy / "README.md").write_text("other words", encoding="utf-8")
    assert Encoder.load(copy).fingerprint == before

    table = load_file(copy / "model.safetensors")["embedding.weight"].copy()
    table[3, 3] += 1
    save_file({"embedding.weight": table}, copy / "model.safetensors")
    assert Encoder.load(copy).fingerprint != before


def test_fingerprint_follows_the_prompts(static_folder: Path, tmp_path: Path) -> None:
    copy = copy_folder(static_folder, tmp_path / "copy")
    path = copy / "config_sentence_transformers.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["prompts"]["query"] = ""
    path.write_text(json.dumps(settings), encoding="utf-8")

    assert Encoder.load(copy).fingerprint != Encoder.load(static_folder).fingerprint


def test_a_static_model_is_read_without_torch(static_folder: Path) -> None:
    script = (
        "import sys; from embeddings.encoder import Encoder;"
        f"Encoder.load({str(static_folder)!r}).encode_query(['补贴']);"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("no-such-owner/no-such-model", "nothing is downloaded unasked"),
        ("no such name!", "No model 'no such name!' on this machine"),
        ("/no/such/folder", "No model '/no/such/folder' on this machine"),
    ],
)
def test_unknown_models_get_one_clear_line(name: str, expected: str) -> None:
    with pytest.raises(PolicyQAError) as error:
        Encoder.load(name)
    assert expected in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("modules.json", "not json"),
        ("modules.json", '{"type": "StaticEmbedding"}'),
        ("tokenizer.json", "{}"),
        ("model.safetensors", "cut short"),
    ],
)
def test_damaged_folders_get_one_clear_line(
    static_folder: Path, tmp_path: Path, file: str, content: str
) -> None:
    copy = copy_folder(static_folder, tmp_path / "damaged")
    (copy / file).write_text(content, encoding="utf-8")

    with pytest.raises(PolicyQAError) as error:
        Encoder.load(copy)
    assert "damaged cannot be read as a sentence-transformers model" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_vocabulary_larger_than_the_table_is_refused(static_folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    copy = copy_folder(static_folder, tmp_path / "short")
    table = load_file(copy / "model.safetensors")["embedding.weight"]
    save_file({"embedding.weight": table[:4].copy()}, copy / "model.safetensors")

    with pytest.raises(PolicyQAError, match="do not match the tokenizer"):
        Encoder.load(copy)


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyQAError, match=r"it has no modules\.json"):
        Encoder.load(tmp_path)


def test_missing_cuda_is_said_plainly(static_folder: Path, transformer_folder: Path) -> None:
    import torch

    if torch.cuda.is_available():
        assert Encoder.load(static_folder, device="cuda").device == "cuda"
        return
    for folder in (static_folder, transformer_folder):
        with pytest.raises(PolicyQAError, match="No CUDA device is usable here"):
            Encoder.load(folder, device="cuda")
        assert Encoder.load(folder, device="auto").device == "cpu"


def copy_folder(source: Path, target: Path) -> Path:
    import shutil

    shutil.copytree(source, target)
    return target


def test_a_relative_folder_is_named_so_that_it_is_found_from_elsewhere(
    static_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(static_folder.parent)
    name = Encoder.load(static_folder.name).name
    monkeypatch.chdir(tmp_path)
    assert Encoder.load(name).fingerprint == Encoder.load(static_folder).fingerprint
