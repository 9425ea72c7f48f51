"""Takes in the files and folders of whoever runs the server: all that can be used, in one go."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from app.documents.intake import Upload, take_in
from app.documents.names import SUFFIXES, safe_name
from corpus.collection import files_in, parse_sources
from corpus.errors import SourceError
from corpus.loaders.reading import LARGEST_FILE, read_file, read_source
from corpus.types import SkippedFile

RECORDS = ".jsonl"
"""Ending of files of records, which choose the ids of their documents: only the owner's are taken."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What files and folders hold.

    Attributes:
        uploads: the files that can be used, in order.
        skipped: the files of folders that cannot.
    """

    uploads: tuple[Upload, ...]
    skipped: tuple[SkippedFile, ...]


def gather(paths: Sequence[Path]) -> Gathered:
    """Reads files, and folders with all folders in them; each file in a process of its own, but records.

    Args:
        paths: files and folders.

    Returns:
        What they hold.

    Raises:
        SourceError: a file named in ``paths`` cannot be used, or nothing in the folders can.
    """
    files = list(_files(paths))
    with ThreadPoolExecutor(os.cpu_count()) as readers:
        read = list(readers.map(lambda file: _read(*file), files))
    uploads = tuple(one for one in read if isinstance(one, Upload))
    skipped = tuple(one for one in read if isinstance(one, SkippedFile))
    if not uploads:
        reasons = "; ".join(f"{Path(one.path).name}: {one.reason}" for one in skipped[:1])
        where = ", ".join(map(str, paths))
        raise SourceError(f"{where}: no usable policy text found" + (f" ({reasons})" if reasons else ""))
    return Gathered(uploads, skipped)


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """The files meant, and whether each was named itself."""
    for path in paths:
        if path.is_dir():
            yield from ((file, False) for file in files_in(path))
        else:
            yield path, True


def _read(path: Path, named: bool) -> Upload | SkippedFile:
    name = safe_name(path.name)
    try:
        if path.suffix.lower() == RECORDS:
            return _take_records(path, name)
        if not named and not name.lower().endswith(SUFFIXES):
            raise SourceError(f"{name}: not one of {', '.join((*SUFFIXES, RECORDS))}")
        return take_in(read_file(path), name, LARGEST_FILE)
    except SourceError as error:
        if named:
            raise
        return SkippedFile(str(path), str(error).removeprefix(name).lstrip(",: "))


def _take_records(path: Path, name: str) -> Upload:
    """Reads records here: there is no parser to fear, and they may be many."""
    data = read_file(path)
    corpus = parse_sources(read_source(path))
    if not corpus.clauses:
        raise SourceError(f"{name}: no usable policy text found")
    return Upload(name, sha256(data).hexdigest(), len(data), corpus)
