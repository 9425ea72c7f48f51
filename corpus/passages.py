"""Cuts clauses into passages: what is embedded and indexed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from math import ceil

from corpus.types import Clause, ClauseKind, Passage

LONGEST_PASSAGE = 500
"""Characters; a longer clause is cut at sentence ends into parts of about equal length. Only a part that
takes in a scrap of its neighbour may be a little longer."""

_SEPARATORS = ["\n", "。", "；", ". ", "，", ", ", ""]
_SHORTEST = 60  # characters
_SLACK = 1.15  # how far a part may exceed an equal share, so that sentences need not be cut


def split_passages(clauses: Iterable[Clause]) -> list[Passage]:
    """Cuts clauses into passages.

    One passage a clause, several where it is longer than ``LONGEST_PASSAGE``. Paragraph units give none:
    their words are in the passage of their clause. The parts of a clause follow each other without a gap
    or an overlap and are verbatim.

    Args:
        clauses: clauses and paragraph units of any documents.

    Returns:
        The passages in the order of the clauses.
    """
    return [
        passage for clause in clauses if clause.kind is not ClauseKind.PARAGRAPH for passage in _cut(clause)
    ]


def _cut(clause: Clause) -> list[Passage]:
    context = "\n".join(part for part in (clause.zone, clause.title, *clause.path[:-1]) if part)
    passages = []
    start = 0
    for number, text in enumerate(_parts(clause.text)):
        if text.strip():
            identity = _identity(clause.id, number, text, context)
            passages.append(Passage(identity, clause.id, text, start, context))
        start += len(text)
    return passages


def _parts(text: str) -> Sequence[str]:
    if len(text) <= LONGEST_PASSAGE:
        return [text]
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # takes half a second

    share = len(text) / ceil(len(text) / LONGEST_PASSAGE)
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=min(LONGEST_PASSAGE, ceil(share * _SLACK)),
        chunk_overlap=0,
        separators=_SEPARATORS,
        keep_separator="end",
        strip_whitespace=False,
    )
    return _without_scraps(splitter.split_text(text))


def _without_scraps(parts: Sequence[str]) -> list[str]:
    """Joins a heading or a tail too short to stand alone to its neighbour."""
    joined: list[str] = []
    for part in parts:
        if joined and (len(joined[-1]) < _SHORTEST or len(part) < _SHORTEST):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


def _identity(clause: str, number: int, text: str, context: str) -> int:
    """A stable id below 2**63, which FAISS and tantivy both take."""
    digest = hashlib.blake2b(digest_size=8)
    for field in (clause, str(number), text, context):
        encoded = field.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return int.from_bytes(digest.digest(), "big") >> 1
