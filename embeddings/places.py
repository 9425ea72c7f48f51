"""Where each document stands in the files of a segment, so that one is read without the others."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

PLACES = "places.npy"

Places = npt.NDArray[np.int64]


def write_records(folder: Path, groups: Iterable[Sequence[bytes]], names: Sequence[str]) -> Places:
    """Writes the records of documents one after the other.

    Args:
        folder: the segment's folder.
        groups: for every document its lines, one piece of bytes for each file.
        names: the files.

    Returns:
        (documents + 1, files + 1): where the document begins in each file, in bytes, and in the last row the
        files' lengths; in the last column the CRC-32 of the document's lines.
    """
    rows = [[0] * len(names)]
    sums = []
    handles = [(folder / name).open("wb") for name in names]
    try:
        for pieces in groups:
            for handle, piece in zip(handles, pieces, strict=True):
                handle.write(piece)
            rows.append([start + len(piece) for start, piece in zip(rows[-1], pieces, strict=True)])
            sums.append(_sum(pieces))
    finally:
        for handle in handles:
            handle.close()
    return np.column_stack([np.array(rows, dtype=np.int64), np.array([*sums, 0], dtype=np.int64)])


def read_records(folder: Path, place: int, places: Places, names: Sequence[str]) -> list[bytes]:
    """Reads the lines of one document.

    Args:
        folder: the segment's folder.
        place: which document.
        places: what ``write_records`` gave.
        names: the files.

    Returns:
        Its lines, one piece of bytes for each file.

    Raises:
        ValueError: if they are not what was written.
        OSError: if a file cannot be read.
    """
    pieces = []
    for column, name in enumerate(names):
        start, end = places[place : place + 2, column].tolist()
        with (folder / name).open("rb") as handle:
            handle.seek(start)
            pieces.append(handle.read(end - start))
    if _sum(pieces) != places[place, len(names)]:
        raise ValueError("its checksum is wrong")
    return pieces


def _sum(pieces: Sequence[bytes]) -> int:
    return zlib.crc32(b"".join(pieces))
