"""What stands beside a clause: the office, telephone or procedure that it does not state itself."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.types import Clause, ClauseKind
from rag.pieces import cut, states
from rag.scoring import Scored, beside
from rag.types import ClauseSource, Evidence, Fact, Query
from rag.units import placed_evidence

NEIGHBOUR_FACTS = (Fact.OFFICE, Fact.PHONE, Fact.PROCEDURE)
"""Facts that one provision may state for those beside it."""

_MOST_PIECES = 3


def from_neighbours(
    query: Query, chosen: Sequence[Scored], source: ClauseSource
) -> tuple[list[Evidence], bool]:
    """Offices, telephones and procedures that a unit beside the chosen one states.

    Args:
        query: the question as understood.
        chosen: the pieces chosen of one clause.
        source: where clauses are looked up.

    Returns:
        The evidence found, and whether it is all that was asked.
    """
    clause = chosen[0].clause
    said = "\n".join(s.piece.text for s in chosen)
    wanted = [f for f in query.facts[:2] if f in NEIGHBOUR_FACTS and not states(f, said)]
    if not wanted:
        return [], False
    best: tuple[float, Clause, list[tuple[int, int]]] | None = None
    for distance, neighbour in enumerate(_neighbours(clause, source)):
        pieces = [p for p in cut(neighbour.id, neighbour.text) if not p.heading]
        telling = [p for p in pieces if states(wanted[0], p.text)]
        if telling:
            stated = max(sum(states(f, p.text) for f in query.facts[:2]) for p in telling)
            worth = stated - 0.1 * distance
            if best is None or worth > best[0]:
                best = worth, neighbour, [(p.start, p.end) for p in telling[:_MOST_PIECES]]
    if best is None:
        return [], False
    _, neighbour, spans = best
    return placed_evidence(source, neighbour, spans, 0.5), all(f in wanted for f in query.facts)


def _neighbours(clause: Clause, source: ClauseSource) -> list[Clause]:
    """The units beside a clause under the same heading, the nearest first, then those below it."""
    siblings = beside(source, clause)
    place = next((i for i, c in enumerate(siblings) if c.id == clause.id), 0)
    near = sorted((c for c in siblings if c.id != clause.id), key=lambda c: abs(siblings.index(c) - place))
    below = [c for c in source.children(clause.id) if c.kind is not ClauseKind.PARAGRAPH]
    return [*below, *near]
