"""Models on this machine besides the encoder: a folder, or a name in the local Hugging Face cache."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from corpus.errors import PolicyQAError
from embeddings.model_folder import find_cached


@dataclass(frozen=True, slots=True)
class Known:
    """A model that is known to serve; a language model is looked for where none is named.

    Attributes:
        name: its name on the hub.
        gigabytes: about what its files take.
        licence: what it may be used by.
        gpu: whether it wants a GPU.
        role: what it does: it writes answers, reranks candidates, or tells whether a statement says the same
            as its clause.
    """

    name: str
    gigabytes: float
    licence: str
    gpu: bool
    role: Literal["writes", "reranks", "tells entailment"] = "writes"


KNOWN = (
    Known("Qwen/Qwen3-4B-Instruct-2507", 8.1, "Apache-2.0", True),
    Known("Qwen/Qwen3-1.7B", 4.1, "Apache-2.0", False),
    Known("Qwen/Qwen3-0.6B", 1.5, "Apache-2.0", False),
    Known("BAAI/bge-reranker-v2-m3", 2.3, "Apache-2.0", True, "reranks"),
    Known("MoritzLaurer/mDeBERTa-v3-base-xnli-multilingual-nli-2mil7", 0.6, "MIT", False, "tells entailment"),
)
"""Of those that write, the first one that is in place and suits the machine is taken."""

CONFIG = "config.json"
NEEDED = ("*.json", "*.jinja", "*.safetensors", "*.txt", "*.model", "LICENSE*", "README.md")
"""What is needed of a model; some come with the same weights in other formats."""

_WEIGHTS = ("*.safetensors", "*.bin")
_INDEXES = "*.index.json"


def find_model(name_or_path: str) -> Path | None:
    """The folder of a model that is on this machine; None where it is not."""
    folder = Path(name_or_path).expanduser()
    return folder if folder.is_dir() else find_cached(name_or_path, NEEDED)


def check_files(folder: Path) -> None:
    """Checks that a folder holds a whole model.

    Raises:
        PolicyQAError: a file is missing; the message names it.
    """
    if not (folder / CONFIG).is_file():
        raise PolicyQAError(f"{folder} is no model: it has no {CONFIG}")
    wanted: set[str] = set()
    for index in folder.glob(_INDEXES):
        wanted |= set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    missing = sorted(name for name in wanted if not (folder / name).is_file())
    if missing or not any(next(folder.glob(kind), None) for kind in _WEIGHTS):
        lost = ", ".join(missing[:3]) or "its weights (*.safetensors)"
        raise PolicyQAError(f"The model in {folder} is incomplete: {lost} missing")


def architectures(folder: Path) -> tuple[str, ...]:
    """What a model's configuration says it is made for, such as ``Qwen3ForCausalLM``.

    Raises:
        PolicyQAError: the configuration cannot be read.
    """
    return tuple(map(str, read_config(folder).get("architectures") or ()))


def read_config(folder: Path) -> dict[str, Any]:
    """A model's configuration.

    Raises:
        PolicyQAError: it cannot be read.
    """
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PolicyQAError(f"The model in {folder} has no {CONFIG} that can be read: {error}") from error
    return config if isinstance(config, dict) else {}
