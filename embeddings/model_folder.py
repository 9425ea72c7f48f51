"""Model folders on this machine: finding one, what its configuration says, its fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from corpus.errors import PolicyQAError

BUILTIN = "static-zh-en"
MODELS = Path(__file__).parent / "models"

Task = Literal["query", "document"]

PROMPT_NAMES: dict[Task, tuple[str, ...]] = {
    "query": ("query",),
    "document": ("document", "passage", "corpus"),
}
BLOCK = 1 << 16
WHOLE = 1 << 26  # files up to 64 MiB are hashed whole, of larger ones a thousand blocks


def find_folder(name_or_path: str | Path) -> Path:
    """The folder of a model that is on this machine."""
    if str(name_or_path) == BUILTIN:
        return MODELS / BUILTIN
    folder = Path(name_or_path).expanduser()
    if folder.is_dir():
        if not (folder / "modules.json").is_file():
            raise PolicyQAError(f"{folder} is no sentence-transformers model: it has no modules.json")
        return folder
    cached = find_cached(str(name_or_path))
    if cached is None:
        raise PolicyQAError(
            f"No model {str(name_or_path)!r} on this machine, and nothing is downloaded unasked: give "
            f"{BUILTIN} or the path of a sentence-transformers folder"
        )
    return cached


def find_cached(name: str, needed: Sequence[str] | None = None) -> Path | None:
    """The folder of a hub model in the local cache.

    Args:
        name: the model's name on the hub.
        needed: patterns of the files that must be there; all that the hub holds where None.
    """
    from huggingface_hub import constants

    # Importing the rest of huggingface_hub takes much longer than to see that it would find nothing.
    if not (Path(constants.HF_HUB_CACHE) / f"models--{name.replace('/', '--')}").is_dir():
        return None
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    patterns = list(needed) if needed is not None else None
    try:
        return Path(snapshot_download(name, local_files_only=True, allow_patterns=patterns))
    except (HFValidationError, LocalEntryNotFoundError, HfHubHTTPError):
        return None


def static_modules(folder: Path) -> list[Path] | None:
    """The module folders of a model that is a StaticEmbedding with or without Normalize, else None."""
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    kinds = [module["type"].rpartition(".")[2] for module in modules]
    if kinds not in (["StaticEmbedding"], ["StaticEmbedding", "Normalize"]):
        return None
    return [folder / module["path"] for module in modules]


def own_prompts(folder: Path) -> dict[Task, str]:
    """The prompts that a model folder's configuration states."""
    path = folder / "config_sentence_transformers.json"
    config = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return effective_prompts(config.get("prompts") or {}, config.get("default_prompt_name"))


def effective_prompts(prompts: Mapping[str, str], default: str | None) -> dict[Task, str]:
    """What sentence-transformers puts before a query and before a document."""

    def prompt(task: Task) -> str:
        name = next((name for name in PROMPT_NAMES[task] if name in prompts), default)
        return prompts.get(name, "") if name else ""

    return {"query": prompt("query"), "document": prompt("document")}


def fingerprint(folder: Path) -> str:
    """32 hex digits over every file of a model but its description.

    Of a file above 64 MiB the size and a thousand evenly spaced blocks count, so that the hash of a model
    of several gigabytes takes a fraction of a second.
    """
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".md"):
        name = path.relative_to(folder)
        if any(part.startswith(".") for part in name.parts):
            continue
        size = path.stat().st_size
        digest.update(f"{name.as_posix()}\0{size}\0".encode())
        step = BLOCK if size <= WHOLE else max(BLOCK, size // 1000)
        with path.open("rb") as file:
            for start in range(0, size, step):
                file.seek(start)
                digest.update(file.read(BLOCK))
    return digest.hexdigest()[:32]
