"""Enrichment: the words by which people look for a clause, kept beside it and never shown as the source's.

An entry belongs to a clause or paragraph unit by its id and a hash of its text, so that one written for
other words is dropped and reported instead of describing what is no longer there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.text import squash
from corpus.types import Clause, Enrichment

_HASH_BYTES = 8


def hash_text(text: str) -> str:
    """16 hex digits that change with a text's letters and digits, not with its spacing or punctuation."""
    return blake2b(squash(text).encode(), digest_size=_HASH_BYTES).hexdigest()


def shipped_enrichment() -> tuple[Enrichment, ...]:
    """The entries that ship with the project, for the compendium."""
    return load_enrichment(Path(str(resources.files("corpus") / "data" / "enrichment")))


def load_enrichment(folder: Path) -> tuple[Enrichment, ...]:
    """Reads all entries of a folder.

    Args:
        folder: holds one ``.jsonl`` file a document, one entry a line.

    Returns:
        The entries, by file name and line.

    Raises:
        SourceError: a line is no entry; the message names file and line.
    """
    found: list[Enrichment] = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                found.append(_read_entry(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise SourceError(f"{path} line {number} is no enrichment entry: {error!r}") from error
    return tuple(found)


def _read_entry(row: Mapping[str, Any]) -> Enrichment:
    zh, en, terms = (tuple(map(str, row[name])) for name in ("questions_zh", "questions_en", "terms"))
    return Enrichment(str(row["id"]), str(row["hash"]), str(row["gist_en"]), zh, en, terms)


def fit_enrichment(
    entries: Iterable[Enrichment], clauses: Sequence[Clause]
) -> tuple[Mapping[str, Enrichment], tuple[str, ...]]:
    """Joins entries with the clauses that they were written for.

    Args:
        entries: what ``load_enrichment`` gave.
        clauses: the clauses and paragraph units of a collection.

    Returns:
        Unit id to entry, and the ids of stale entries: their unit is gone or has other words now.
    """
    hashes = {clause.id: hash_text(clause.text) for clause in clauses}
    fitting: dict[str, Enrichment] = {}
    stale: list[str] = []
    for entry in entries:
        if hashes.get(entry.id) == entry.hash:
            fitting[entry.id] = entry
        else:
            stale.append(entry.id)
    return fitting, tuple(stale)
