"""Which unit is cited for stretches of a clause: a paragraph where that is enough."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.types import Clause
from rag.scoring import placed_paragraphs, whole_clause
from rag.types import ClauseSource, Evidence

LONGEST_CITED_CLAUSE = 400
"""Characters from which a clause of several paragraphs is cited by paragraph."""


def cited_units(source: ClauseSource, clause: Clause, spans: Sequence[tuple[int, int]]) -> tuple[Clause, ...]:
    """The units to cite for stretches of a clause: paragraphs where those are enough.

    Args:
        source: where clauses are looked up.
        clause: the clause.
        spans: offsets into the clause's text.

    Returns:
        One unit where one holds them all, or the paragraphs that hold them where the clause is long.
    """
    placed = placed_paragraphs(clause, whole_clause(source, clause.id)[1])
    holding: list[Clause] = []
    for start, end in spans:
        paragraph = next((p for p, (a, b) in placed if a <= start and end <= b), None)
        if paragraph is None:
            return (clause,)
        if paragraph not in holding:
            holding.append(paragraph)
    if len(clause.text) > LONGEST_CITED_CLAUSE or len(holding) == 1:
        return tuple(holding) or (clause,)
    return (clause,)


def placed_evidence(
    source: ClauseSource, clause: Clause, spans: Sequence[tuple[int, int]], score: float
) -> list[Evidence]:
    """Stretches of a clause as evidence, by the units that are cited.

    Args:
        source: where clauses are looked up.
        clause: the clause.
        spans: offsets into the clause's text, the most wanted first.
        score: how sure the choice is.

    Returns:
        The evidence with offsets into each unit's text, its sentences in the order given.
    """
    starts = {p.id: a for p, (a, _) in placed_paragraphs(clause, whole_clause(source, clause.id)[1])}
    found = []
    for unit in cited_units(source, clause, spans):
        base = starts.get(unit.id, 0)
        inside = tuple((a - base, b - base) for a, b in spans if a >= base and b - base <= len(unit.text))
        found.append(Evidence(unit.id, inside, score))
    return found
