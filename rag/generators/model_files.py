"""Language models on this machine: a folder, or a name in the local Hugging Face cache."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import PolicyQAError
from embeddings.model_folder import find_cached


@dataclass(frozen=True, slots=True)
class Known:
    """A language model that is looked for where none is named.

    Attributes:
        name: its name on the hub.
        gigabytes: about what its files take.
        licence: what it may be used by.
        gpu: whether it wants a GPU.
    """

    name: str
    gigabytes: float
    licence: str
    gpu: bool


KNOWN = (
    Known("Qwen/Qwen3-4B-Instruct-2507", 8.1, "Apache-2.0", True),
    Known("Qwen/Qwen3-1.7B", 4.1, "Apache-2.0", False),
    Known("Qwen/Qwen3-0.6B", 1.5, "Apache-2.0", False),
)
"""The first one that is in place and suits the machine is taken."""

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
        raise PolicyQAError(f"{folder} is no language model: it has no {CONFIG}")
    wanted: set[str] = set()
    for index in folder.glob(_INDEXES):
        wanted |= set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    missing = sorted(name for name in wanted if not (folder / name).is_file())
    if missing or not any(next(folder.glob(kind), None) for kind in _WEIGHTS):
        lost = ", ".join(missing[:3]) or "its weights (*.safetensors)"
        raise PolicyQAError(f"The language model in {folder} is incomplete: {lost} missing")
