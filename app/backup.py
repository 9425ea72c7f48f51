"""A copy of what a server keeps, made while it serves."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from corpus.errors import PolicyQAError
from embeddings.index import Index
from embeddings.manifest import read_manifest, write_manifest
from embeddings.segment import SEGMENTS

_ATTEMPTS = 10
INDEX = "index"
"""The index's folder in a copy."""


def back_up(index: Path, files: Sequence[Path], databases: Sequence[Path], target: Path) -> None:
    """Copies an index and what is kept beside it; the copy is there whole or not at all.

    Nothing is locked: who asks, and who changes the index meanwhile, goes on.

    Args:
        index: the index's folder.
        files: files that are replaced whole whenever they change, or only added to.
        databases: SQLite files.
        target: the copy's folder, which is made.

    Raises:
        PolicyQAError: the target is there already, the index has faults, or something cannot be copied.
    """
    if target.exists():
        raise PolicyQAError(f"{target} is there already: give the copy a folder of its own")
    part = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
    try:
        part.mkdir(mode=0o700, parents=True)
        _copy_index(index, part / INDEX)
        for path in files:
            shutil.copy2(path, part / path.name)
        for path in databases:
            _copy_database(path, part / path.name)
        part.rename(target)
    except (OSError, shutil.Error, sqlite3.Error) as error:
        raise PolicyQAError(f"{target} could not be written: {error}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _copy_index(index: Path, copy: Path) -> None:
    """Copies the present state of an index and checks every file of it.

    Raises:
        PolicyQAError: it has faults.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        manifest = read_manifest(index)
        try:
            for segment in manifest.segments:
                shutil.copytree(index / SEGMENTS / segment.name, copy / SEGMENTS / segment.name)
        except (FileNotFoundError, shutil.Error):
            # The index has changed twice meanwhile, and a segment that nobody needs any more is gone.
            if attempt == _ATTEMPTS or read_manifest(index).generation == manifest.generation:
                raise
            shutil.rmtree(copy, ignore_errors=True)  # may not have been begun
            continue
        write_manifest(copy, manifest)
        break
    if faults := Index.check(copy):
        raise PolicyQAError(f"{index} has faults and is not backed up: {'; '.join(faults)}")


def _copy_database(path: Path, copy: Path) -> None:
    """Copies a database as it is at one moment, whoever is writing into it."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.chmod(0o600)
