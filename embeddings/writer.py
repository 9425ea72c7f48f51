"""Changing an index: one writer, one new manifest, and nothing left behind when it fails."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from corpus.errors import PolicyQAError
from embeddings.chunker import chunker_fingerprint
from embeddings.disk import LOCK, write_lock
from embeddings.engines.milvus import drop_collections
from embeddings.manifest import (
    MANIFEST,
    PREVIOUS,
    ForeignFolderError,
    Manifest,
    NamedModel,
    SegmentInfo,
    differences,
    does_not_fit,
    read_manifest,
    write_manifest,
)
from embeddings.segment import SEGMENTS, Content, read_segment, write_segment

_UNFINISHED = (f"{MANIFEST}.new", f"{PREVIOUS}.new")

MOST_SEGMENTS = 8
"""More segments than this are merged, the youngest first, so that additions stay cheap."""

MOST_REMOVED = 0.25
"""A segment of which a larger share has been removed is written anew."""


@dataclass(slots=True)
class Change:
    """A change that is under way.

    Attributes:
        folder: the index's folder.
        manifest: the state before; None where there is none that can be read.
        note: why a state before could not be read; empty otherwise.
        milvus: where Milvus is to search the new segments; empty where their own files are.
    """

    folder: Path
    manifest: Manifest | None
    note: str = ""
    milvus: str = ""

    def write(self, content: Content) -> SegmentInfo:
        """Writes a new segment, which the next manifest may list."""
        number = max((int(path.name) for path in _segment_folders(self.folder)), default=0) + 1
        try:
            return write_segment(self.folder, number, content, self.milvus, self._like(content))
        # What FAISS and tantivy make of an error of the system.
        except (RuntimeError, ValueError) as error:
            raise _failed(self.folder, str(error)) from error

    def _like(self, content: Content) -> SegmentInfo | None:
        """The largest segment in Milvus, where it is larger: words are weighed alike all over an index."""
        listed = self.manifest.segments if self.manifest and self.manifest.milvus and self.milvus else ()
        largest = max(listed, key=lambda info: info.passages, default=None)
        return largest if largest and largest.passages > len(content.passages) else None

    def merge(self, segments: Sequence[SegmentInfo]) -> SegmentInfo:
        """Writes what is left of some segments as a new one."""
        contents = [read_segment(self.folder, info).content() for info in segments]
        return self.write(Content.join(contents))

    def commit(self, manifest: Manifest) -> Manifest:
        """Makes a manifest the state of the index, and removes what neither it nor the last one needs.

        Args:
            manifest: the new state; its generation, time and predecessor are set here.

        Returns:
            The state as written.
        """
        old = self.manifest
        manifest = replace(
            manifest,
            generation=old.generation + 1 if old else 1,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            previous=tuple(info.name for info in old.segments) if old else (),
        )
        if old is not None:
            write_manifest(self.folder, old, PREVIOUS)
        write_manifest(self.folder, manifest)
        self.manifest = manifest
        _remove_unlisted(self.folder, manifest)
        return manifest


@contextmanager
def changing(folder: Path) -> Iterator[Change]:
    """Opens an index for one change; if it fails, the old state is left as it was.

    Args:
        folder: the index's folder; made where there is none.

    Yields:
        The change.

    Raises:
        PolicyQAError: if the folder belongs to something else, is being written, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_foreign(folder)
        with write_lock(folder):
            change = Change(folder, *_state_before(folder))
            change.milvus = change.manifest.milvus if change.manifest else ""
            _remove_unlisted(folder, change.manifest)
            try:
                yield change
            except BaseException:
                # What the disk says now counts: the manifest may have been replaced before the failure.
                _remove_unlisted(folder, _state_before(folder)[0])
                raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise _failed(folder, "the disk is full" if full else error.strerror or str(error)) from error


def require_fitting(change: Change, model: NamedModel | None) -> Manifest:
    """The state to be changed, if this version can go on with it.

    Args:
        change: the change under way.
        model: the model that is to be used; None leaves that unchecked.

    Raises:
        PolicyQAError: there is no index, or it was made by another version or model.
    """
    manifest = change.manifest or read_manifest(change.folder)
    if found := differences(manifest, model, chunker_fingerprint()):
        raise does_not_fit(change.folder, found)
    return manifest


def _failed(folder: Path, reason: str) -> PolicyQAError:
    line = " ".join(reason.split()) or "unknown error"
    return PolicyQAError(f"The index in {folder} cannot be written and stays as it was: {line}")


def settled(change: Change, segments: Sequence[SegmentInfo]) -> tuple[SegmentInfo, ...]:
    """Keeps the segments few and full: drops empty ones, renews thinned ones, merges many small ones.

    Args:
        change: the change under way.
        segments: the segments of the next state, in source order.

    Returns:
        Segments that hold the same, in the same order.
    """
    kept = [
        change.merge([info]) if info.live_passages < (1 - MOST_REMOVED) * info.passages else info
        for info in segments
        if info.live
    ]
    if len(kept) > MOST_SEGMENTS:
        start = _merge_start([info.live_passages for info in kept])
        kept[start:] = [change.merge(kept[start:])]
    return tuple(kept)


def _merge_start(sizes: Sequence[int]) -> int:
    """From where to merge: the youngest segments, until the one before is more than twice their sum."""
    start = len(sizes) - 2
    while start > 0 and sizes[start - 1] <= 2 * sum(sizes[start:]):
        start -= 1
    return start


def _refuse_foreign(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    if MANIFEST in names:
        try:
            read_manifest(folder)
            return
        except ForeignFolderError:
            raise
        except PolicyQAError:
            if SEGMENTS in names:
                return
    elif not names or (
        LOCK in names and names <= {LOCK, SEGMENTS, PREVIOUS, f"{PREVIOUS}.new", f"{MANIFEST}.new"}
    ):
        return
    raise ForeignFolderError(
        f"{folder} is not empty and holds no index: choose another folder, nothing was changed"
    )


def _state_before(folder: Path) -> tuple[Manifest | None, str]:
    if not (folder / MANIFEST).exists():
        return None, ""
    try:
        return read_manifest(folder), ""
    except PolicyQAError as error:
        return None, str(error)


def _segment_folders(folder: Path) -> list[Path]:
    segments = folder / SEGMENTS
    return [p for p in segments.iterdir() if p.name.isdecimal()] if segments.is_dir() else []


def _remove_unlisted(folder: Path, manifest: Manifest | None) -> None:
    """Removes segments that no state lists: rests of a crash, and what no reader opens any more.

    What a reader has open stays readable for it. Next to a manifest that cannot be read nothing is removed.
    """
    if manifest is None and (folder / MANIFEST).exists():
        return
    listed = {info.name for info in manifest.segments} | set(manifest.previous) if manifest else set()
    for path in _segment_folders(folder):
        if path.name not in listed:
            # While Milvus does not answer the folder stays: it says what the next change has to drop there.
            with suppress(PolicyQAError):
                drop_collections(path)
                shutil.rmtree(path, ignore_errors=True)
