"""Stretches of a folded question: its clauses and the parts that say what is not meant."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rag.lexicon import load_lexicon

Span = tuple[int, int]

_CLAUSE_BREAK = re.compile(r"[,，。;；!！?？)）\n]|\.(?=\s)")


def negated_parts(folded: str) -> list[Span]:
    """Finds the parts of a question that say what is not meant.

    Args:
        folded: the folded question.

    Returns:
        Offsets of parts such as 不是2018年的, up to the next punctuation.
    """
    parts = []
    for start, end in load_lexicon().negation.spans(folded):
        stop = _CLAUSE_BREAK.search(folded, end)
        parts.append((start, stop.start() if stop else len(folded)))
    return parts


def inside(position: int, spans: Iterable[Span]) -> bool:
    """Whether an offset lies in one of several stretches."""
    return any(start <= position < end for start, end in spans)


def clause_before(folded: str, end: int, longest: int) -> str:
    """At most so many characters of what stands before an offset in the same clause of the question."""
    return _CLAUSE_BREAK.split(folded[max(0, end - longest) : end])[-1]
