"""Documents of one place that state different figures for the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from corpus.types import Clause
from rag.figures import Figure, FigureKind, figures
from rag.pieces import Piece, cut
from rag.scoring import whole_clause
from rag.types import Citation, ClauseSource, Evidence, Language, Note, Ranked

_COMPARED = {FigureKind.MONEY, FigureKind.PERCENT, FigureKind.COUNT}
_ALIKE = 0.4
_SHORTEST = 12
_TEXTS_KEPT = 5_000


def find_conflict(
    lead: Evidence, ranked: Sequence[Ranked], source: ClauseSource
) -> tuple[str, tuple[int, int]] | None:
    """Find the sentence of another document that says the same with other figures.

    Args:
        lead: the evidence that answers.
        ranked: the clauses from retrieval, the best first.
        source: where clauses are looked up.

    Returns:
        The other clause's id and the sentence's offsets in its text; None where no document disagrees.
    """
    unit = source.clauses[lead.clause_id]
    start, end = lead.sentences[0]
    mine = unit.text[start:end]
    years = _years_spoken_of(unit, start, end)
    if not unit.zone or not _compared(mine):
        return None
    best: tuple[float, str, Piece] | None = None
    for r in ranked:
        other = source.clauses[r.clause_id]
        if other.zone != unit.zone or other.document == unit.document:
            continue
        clause, _ = whole_clause(source, r.clause_id)
        for piece in cut(clause.id, clause.text):
            alike = likeness(mine, piece.text)
            if alike < _ALIKE or (best is not None and alike <= best[0]):
                continue
            theirs = _years_spoken_of(clause, piece.start, piece.end)
            if years & theirs or not (years and theirs):
                best = alike, clause.id, piece
    if best is None or not disagree(mine, best[2].text):
        return None
    return best[1], (best[2].start, best[2].end)


def _years_spoken_of(clause: Clause, start: int, end: int) -> frozenset[int]:
    """The years of a stretch, or else those last named before it in its clause or heading."""
    spoken: frozenset[int] = frozenset()
    before = (p.text for p in cut(clause.id, clause.text) if p.start < start)
    for text in ("\n".join(clause.path[-1:]), *before, clause.text[start:end]):
        years = frozenset(int(f.value) // 10000 for f in figures(text) if f.kind is FigureKind.DATE)
        spoken = years or spoken
    return spoken


def likeness(one: str, other: str) -> float:
    """How alike two sentences are without their figures, between 0 and 1."""
    a, b = _pairs(one), _pairs(other)
    if min(len(a), len(b)) < _SHORTEST:
        return 0.0
    return 2 * len(a & b) / (len(a) + len(b))


def disagree(one: str, other: str) -> bool:
    """Whether two sentences both state figures of some kind and unit, and no such figure in common."""
    years = [{f.value // 10000 for f in figures(s) if f.kind is FigureKind.DATE} for s in (one, other)]
    if all(years) and not years[0] & years[1]:
        return False
    a, b = _values(one), _values(other)
    return any(not a[kind] & b[kind] for kind in a.keys() & b.keys())


def _values(text: str) -> dict[tuple[FigureKind, str], set[float]]:
    """The values of a sentence's figures by kind and unit."""
    found: dict[tuple[FigureKind, str], set[float]] = {}
    for f in _compared(text):
        found.setdefault((f.kind, f.unit), set()).add(f.value)
    return found


def conflict_note(first: Citation, other: Citation, language: Language) -> Note:
    """The warning that two cited documents state different figures."""
    if language == "zh":
        return Note(
            "conflict", f"{first.label}与{other.label}所写的数字不同，两处都已列出，请以主管部门的解释为准。"
        )
    return Note(
        "conflict",
        f"{first.label} and {other.label} state different figures. Both are quoted: "
        "ask the competent office which one holds.",
    )


def _compared(text: str) -> list[Figure]:
    return [f for f in figures(text) if f.kind in _COMPARED]


@lru_cache(maxsize=_TEXTS_KEPT)
def _pairs(text: str) -> frozenset[str]:
    """Neighbouring letters outside the figures."""
    bare = list(text)
    for f in figures(text):
        bare[f.start : f.end] = " " * (f.end - f.start)
    return frozenset(a + b for a, b in pairwise("".join(bare)) if a.isalnum() and b.isalnum())
