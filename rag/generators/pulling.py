"""Fetching a language model from the hub or a mirror of it: the only thing here that ever downloads."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import PolicyQAError
from rag.generators.model_files import NEEDED, check_files

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

_BLOCK = 1 << 22


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as the hub describes it.

    Attributes:
        name: its path in the model's folder.
        size: bytes.
        digest: ``sha256:…``, or ``blob:…`` as git names a small file.
    """

    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model as the hub describes it.

    Attributes:
        name: its name there.
        revision: the state that is meant.
        licence: what it may be used by; empty where that is not said.
        files: what is needed of it.
    """

    name: str
    revision: str
    licence: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def describe(name: str) -> RemoteModel:
    """Asks the hub, or the mirror that ``HF_ENDPOINT`` names, for a model.

    Args:
        name: its name there, such as ``Qwen/Qwen3-0.6B``.

    Returns:
        What there is to be fetched.

    Raises:
        PolicyQAError: it cannot be reached, or holds no such model.
    """
    from huggingface_hub import HfApi

    try:
        info = HfApi().model_info(name, files_metadata=True)
    except Exception as error:
        raise _failed(name, error) from error
    files = tuple(_file(one) for one in info.siblings or () if _is_wanted(one.rfilename))
    told = info.card_data.get("license") if info.card_data else ""
    tagged = (tag.partition(":")[2] for tag in info.tags or () if tag.startswith("license:"))
    return RemoteModel(name, info.sha or "main", str(told or next(tagged, "")), files)


def pull(model: RemoteModel, output: Path | None) -> Path:
    """Fetches a model; what is there already is kept, what was broken off goes on.

    Args:
        model: what there is to be fetched.
        output: the folder to fetch it into; the local Hugging Face cache where None.

    Returns:
        The folder that holds it.

    Raises:
        PolicyQAError: it breaks off, or what has come is not what was sent.
    """
    from huggingface_hub import snapshot_download

    names = [file.name for file in model.files]
    try:
        folder = Path(
            snapshot_download(model.name, revision=model.revision, local_dir=output, allow_patterns=names)
        )
    except Exception as error:
        raise _failed(model.name, error) from error
    for file in model.files:
        _verify(folder / file.name, file)
    if output is None:
        _remember(folder, model.revision)
    check_files(folder)
    return folder


def _is_wanted(name: str) -> bool:
    return "/" not in name and any(fnmatch(name, pattern) for pattern in NEEDED)


def _file(one: RepoSibling) -> RemoteFile:
    digest = f"sha256:{one.lfs.sha256}" if one.lfs else f"blob:{one.blob_id}"
    return RemoteFile(one.rfilename, one.size or 0, digest)


def _verify(path: Path, file: RemoteFile) -> None:
    """Compares a file with what was sent; one that differs is taken away, so that it is fetched anew."""
    kind, _, wanted = file.digest.partition(":")
    size = path.stat().st_size
    digest = hashlib.sha256() if kind == "sha256" else hashlib.sha1(f"blob {size}\0".encode())
    with path.open("rb") as handle:
        while block := handle.read(_BLOCK):
            digest.update(block)
    if digest.hexdigest() != wanted:
        path.resolve().unlink()
        path.unlink(missing_ok=True)
        raise PolicyQAError(f"{file.name} has come damaged and is removed: pull the model again")


def _remember(folder: Path, revision: str) -> None:
    """Makes the revision the one that the cache finds by the model's name."""
    refs = folder.parents[1] / "refs"
    refs.mkdir(exist_ok=True)
    (refs / "main").write_text(revision, encoding="utf-8")


def _failed(name: str, error: Exception) -> PolicyQAError:
    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return PolicyQAError(
        f"The language model {name} cannot be fetched from {hub} ({reason}): set HF_ENDPOINT to a mirror, or "
        "copy its folder from another machine and set POLICYQA_MODEL to it"
    )
