"""The manifest: the one small file that says what an index is made of and by which model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from corpus.errors import PolicyQAError
from embeddings import tokens
from embeddings.disk import checksum, replace_file

MANIFEST = "manifest.json"
PREVIOUS = "previous.json"
"""The manifest before the last change, whose segments are kept."""

KIND = "policyqa-index"
FORMAT = 3
"""Raised whenever the files of a segment or the manifest change in a way older code cannot read."""


class ForeignFolderError(PolicyQAError):
    """A folder holds something that is not ours; nothing in it is touched."""


class NamedModel(Protocol):
    """What tells one embedding model from another."""

    @property
    def name(self) -> str:
        """The name or path it was loaded by."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the model gives other vectors."""

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""

    @property
    def prompts(self) -> Mapping[str, str]:
        """What it puts before a text, by ``query`` and ``document``."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The model whose vectors an index holds; see ``NamedModel``."""

    name: str
    fingerprint: str
    dimension: int
    prompts: Mapping[str, str]

    @classmethod
    def of(cls, model: NamedModel) -> ModelInfo:
        """Notes down what tells ``model`` from others."""
        return cls(model.name, model.fingerprint, model.dimension, dict(model.prompts))


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file of a segment: its size in bytes and its SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """How many clauses (paragraph units among them) and passages a document has."""

    clauses: int
    passages: int


@dataclass(frozen=True, slots=True)
class VectorSearch:
    """How a segment's vectors are searched.

    Attributes:
        kind: the FAISS type, as its index factory names it.
        probes: how many of the lists of an inverted file are looked through; 0 for an exact search.
        candidates: how many of the rows found there are at least scored again from the vectors.
        recall: recall@10 against the exact search, measured on a sample when it was built.
        memory: bytes that it takes beside the mapped vectors.
    """

    kind: str = "Flat"
    probes: int = 0
    candidates: int = 0
    recall: float = 1.0
    memory: int = 0


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """One segment folder as it was written, and what has been removed of it since.

    Attributes:
        number: its number, which its folder's name is made of.
        documents: its documents as they were written, by id, in source order.
        files: its files by their path inside the folder.
        search: how its passages' vectors are searched.
        removed: ids of its documents that have since been removed or replaced.
    """

    number: int
    documents: Mapping[str, DocumentCounts]
    files: Mapping[str, FileInfo]
    search: VectorSearch = VectorSearch()
    removed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of its folder."""
        return f"{self.number:06d}"

    @property
    def live(self) -> dict[str, DocumentCounts]:
        """Its documents that are left."""
        return {name: counts for name, counts in self.documents.items() if name not in self.removed}

    @property
    def passages(self) -> int:
        """How many passages were written."""
        return sum(counts.passages for counts in self.documents.values())

    @property
    def live_passages(self) -> int:
        """How many passages are left."""
        return sum(counts.passages for counts in self.live.values())

    def without(self, documents: Iterable[str]) -> SegmentInfo:
        """The same segment with some documents removed, as far as it holds them."""
        gone = {*self.removed, *documents} & self.documents.keys()
        return replace(self, removed=tuple(name for name in self.documents if name in gone))


@dataclass(frozen=True, slots=True)
class Manifest:
    """One state of an index.

    Attributes:
        model: the model of its vectors.
        corpus: fingerprint of the corpus it was last built from, without what was added later.
        chunker: fingerprint of how clauses were cut into passages.
        segments: what it is made of, in source order.
        generation: raised by one with every change.
        created: when this state was written, in UTC, ISO 8601.
        added: ids of documents that were added since, or replaced.
        dropped: ids of the corpus's documents that were removed since.
        previous: folders of the state before, kept for readers that are just opening it.
        milvus: where Milvus searches it, see ``engines.milvus.parse_uri``; empty where its own files do.
        tokens: version of the lexical index's tokens.
        format: version of the files.
    """

    model: ModelInfo
    corpus: str
    chunker: str
    segments: tuple[SegmentInfo, ...]
    generation: int = 0
    created: str = ""
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    previous: tuple[str, ...] = ()
    milvus: str = ""
    tokens: int = tokens.VERSION
    format: int = FORMAT

    @property
    def documents(self) -> dict[str, DocumentCounts]:
        """The documents it answers from, by id."""
        return {name: counts for segment in self.segments for name, counts in segment.live.items()}

    @property
    def clauses(self) -> int:
        """How many clauses and paragraph units it answers from."""
        return sum(counts.clauses for counts in self.documents.values())

    @property
    def passages(self) -> int:
        """How many passages it answers from."""
        return sum(counts.passages for counts in self.documents.values())


def write_manifest(folder: Path, manifest: Manifest, name: str = MANIFEST) -> None:
    """Makes ``manifest`` the state of the index in ``folder``, or what ``name`` says, atomically."""
    body = {"kind": KIND, **asdict(manifest)}
    body["checksum"] = _checksum(body)
    replace_file(folder / name, json.dumps(body, ensure_ascii=False).encode())


def read_manifest(folder: Path, name: str = MANIFEST) -> Manifest:
    """Reads the state of an index.

    Args:
        folder: the index's folder.
        name: the file of the state: the present one, or ``PREVIOUS``.

    Returns:
        Its manifest, of this version's format.

    Raises:
        PolicyQAError: if there is no index, it is damaged, or it has another format.
    """
    try:
        body = json.loads((folder / name).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise PolicyQAError(
            f"{folder} holds no index: build one with `policyqa index build --index {folder}`"
        ) from None
    except OSError as error:
        raise unreadable(folder, name, error) from error
    except (ValueError, RecursionError) as error:
        raise damaged(folder, f"{name}: {error}") from error
    if not isinstance(body, dict) or body.get("kind") != KIND:
        raise ForeignFolderError(
            f"{folder} is not an index of PolicyQA: its {name} belongs to something else"
        )
    if body.get("format") != FORMAT:
        raise PolicyQAError(
            f"The index in {folder} has format {body.get('format')}, this version of PolicyQA reads format "
            f"{FORMAT}: rebuild it with `policyqa index build --index {folder}`"
        )
    if body.pop("checksum", "") != _checksum(body):
        raise damaged(folder, f"{name}: its checksum is wrong")
    try:
        return _parse(body)
    except (KeyError, TypeError) as error:
        raise damaged(folder, f"{name}: {error!r}") from error


def _parse(body: dict[str, Any]) -> Manifest:
    del body["kind"]
    body["model"] = ModelInfo(**body["model"])
    body["segments"] = tuple(_parse_segment(segment) for segment in body["segments"])
    for name in ("added", "dropped", "previous"):
        body[name] = tuple(body[name])
    return Manifest(**body)


def _parse_segment(body: dict[str, Any]) -> SegmentInfo:
    body["files"] = {name: FileInfo(**info) for name, info in body["files"].items()}
    body["documents"] = {name: DocumentCounts(**counts) for name, counts in body["documents"].items()}
    body["search"] = VectorSearch(**body["search"])
    body["removed"] = tuple(body["removed"])
    return SegmentInfo(**body)


def _checksum(body: Mapping[str, Any]) -> str:
    return checksum(json.dumps(body, sort_keys=True).encode())


def damaged(folder: Path, reason: str) -> PolicyQAError:
    """The error for an index whose files are not what was written."""
    return PolicyQAError(
        f"The index in {folder} is damaged ({reason}): "
        f"rebuild it with `policyqa index build --index {folder}`"
    )


def unreadable(folder: Path, name: str, error: OSError) -> PolicyQAError:
    """The error for an index one of whose files cannot be read."""
    if isinstance(error, FileNotFoundError):
        return damaged(folder, f"{name} is missing")
    return PolicyQAError(f"The index in {folder} cannot be read ({name}: {error.strerror})")


def differences(manifest: Manifest, model: NamedModel | None, chunker: str) -> list[str]:
    """What keeps an index from being used, each with both values.

    Args:
        manifest: the index's state.
        model: the model that questions will be encoded with; None leaves it out of the comparison.
        chunker: fingerprint of how this version cuts clauses into passages.

    Returns:
        One phrase a difference; empty where the index fits.
    """
    found = []
    built = manifest.model
    if model is not None:
        if model.dimension != built.dimension:
            found.append(f"it has {built.dimension} dimensions, the model {model.name} has {model.dimension}")
        if model.fingerprint != built.fingerprint:
            found.append(
                f"it was built with the model {built.name} ({built.fingerprint[:12]}), "
                f"not {model.name} ({model.fingerprint[:12]})"
            )
        elif dict(model.prompts) != dict(built.prompts):
            found.append(f"it was built with the prompts {dict(built.prompts)}, not {dict(model.prompts)}")
    if manifest.chunker != chunker:
        found.append(f"its passages were cut by rules {manifest.chunker[:12]}, not {chunker[:12]}")
    if manifest.tokens != tokens.VERSION:
        found.append(f"its words were split by version {manifest.tokens}, not {tokens.VERSION}")
    return found


def does_not_fit(folder: Path, found: Iterable[str]) -> PolicyQAError:
    """The error for an index that was built in another way, by its ``differences``."""
    return PolicyQAError(
        f"The index in {folder} does not fit: {'; '.join(found)}. "
        f"Rebuild it with `policyqa index build --index {folder}`"
    )
