"""Takes in a file that somebody sent: read in a process of its own, with limits."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from app.documents.names import SUFFIXES, safe_name
from app.documents.reader import REFUSED, SECONDS
from corpus.errors import SourceError
from corpus.types import Clause, Corpus, Document
from embeddings.records import load_lines

LARGEST_UPLOAD = 20 * 2**20
"""Bytes of a file."""

_ROOT = Path(__file__).resolve().parents[2]
_WAIT = 2 * SECONDS
_LONGEST_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was taken in.

    Attributes:
        name: its name, safe to show and to keep.
        sha256: of its bytes, in hex.
        size: in bytes.
        corpus: what it holds.
    """

    name: str
    sha256: str
    size: int
    corpus: Corpus


def take_in(data: bytes, name: str, largest: int = LARGEST_UPLOAD) -> Upload:
    """Reads a file that somebody sent.

    Args:
        data: its bytes.
        name: what they call it.
        largest: the most bytes that are taken.

    Returns:
        What it holds.

    Raises:
        SourceError: it cannot be used; one line that says why.
    """
    name = safe_name(name)
    if not name.lower().endswith(SUFFIXES):
        raise SourceError(f"{name}: not one of {', '.join(SUFFIXES)}")
    if len(data) > largest:
        raise SourceError(f"{name}: {len(data) / 2**20:.0f} MiB, more than {largest >> 20} MiB")
    if not data.strip():
        raise SourceError(f"{name}: the file is empty")
    with TemporaryDirectory(prefix="policyqa-") as folder:
        corpus = _read_apart(data, name, Path(folder))
    return Upload(name, sha256(data).hexdigest(), len(data), corpus)


def _read_apart(data: bytes, name: str, folder: Path) -> Corpus:
    (folder / "sent").mkdir()
    path, output, errors = folder / "sent" / name, folder / "output", folder / "errors"
    path.write_bytes(data)
    command = [sys.executable, "-P", "-m", "app.documents.reader", str(path)]
    # Nothing of this process's surroundings, and no secret among them, is any business of a parser's.
    surroundings = {"PYTHONPATH": str(_ROOT), "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    with output.open("wb") as out, errors.open("wb") as err:
        try:
            ended = subprocess.run(
                command,
                cwd=folder,
                env=surroundings,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                timeout=_WAIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SourceError(f"{name}: took longer than {_WAIT} s to read; divide it") from None
    if ended.returncode == REFUSED:
        raise SourceError(errors.read_bytes().decode(errors="replace")[:_LONGEST_MESSAGE])
    if ended.returncode < 0:
        raise SourceError(f"{name}: took more than {SECONDS} s or too much memory to read; divide it")
    if ended.returncode:
        raise SourceError(f"{name}: could not be read; it may be damaged or too large")
    try:
        return _corpus_of(output.read_bytes())
    except (ValueError, IndexError):
        raise SourceError(f"{name}: could not be read; it may be damaged") from None


def _corpus_of(output: bytes) -> Corpus:
    counts, _, records = output.partition(b"\n")
    documents = int(counts.split()[0])
    lines = records.split(b"\n")
    return Corpus(
        tuple(load_lines(b"\n".join(lines[:documents]), Document)),
        tuple(load_lines(b"\n".join(lines[documents:]), Clause)),
    )
