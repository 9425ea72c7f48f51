"""Files that survive a crash: synced writes, checksums, and one writer at a time."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.errors import PolicyQAError

LOCK = "write.lock"


def sync_file(path: Path) -> None:
    """Forces a file, or a folder's list of names, onto the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Forces a folder with everything below it onto the disk."""
    for directory, _, names in os.walk(folder):
        for name in names:
            sync_file(Path(directory) / name)
        sync_file(Path(directory))


def replace_file(path: Path, data: bytes) -> None:
    """Writes a file so that a crash at any moment leaves the old content or the new one, never a part."""
    fresh = path.with_name(path.name + ".new")
    try:
        with fresh.open("wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    sync_file(path.parent)


def checksum(data: bytes) -> str:
    """The SHA-256 of some bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def checksum_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@contextmanager
def write_lock(folder: Path) -> Iterator[None]:
    """Holds the right to change an index; the system takes it back when the process ends, however it ends.

    Raises:
        PolicyQAError: if another process holds it.
    """
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode(errors="replace").strip()
            raise PolicyQAError(
                f"{folder} is being written by another process{f' ({holder})' if holder else ''}: "
                "try again when it has finished"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"pid {os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
