"""What a clause hands on to another: 可参照第一条给予支持."""

from __future__ import annotations

from collections.abc import Sequence

from rag.pieces import cut, gives, states
from rag.scoring import Scored
from rag.types import ClauseSource, Evidence, Fact, Query
from rag.units import placed_evidence

_MONEY = (Fact.AMOUNT, Fact.RATIO)


def referred_evidence(query: Query, chosen: Sequence[Scored], source: ClauseSource) -> list[Evidence]:
    """The clause that the chosen words refer to for what is given, where they do not say how much themselves.

    Args:
        query: the question as understood.
        chosen: the pieces chosen of one clause.
        source: where clauses are looked up.

    Returns:
        What that clause gives; empty where no amount is asked for, the chosen words state one, or they refer
        to nothing that does.
    """
    said = "\n".join(s.piece.text for s in chosen)
    wanted = [fact for fact in query.facts if fact in _MONEY]
    if not wanted or any(states(fact, said) for fact in _MONEY):
        return []
    for reference in chosen[0].clause.references:
        target = source.clauses.get(reference.target)
        if target is None or reference.text not in said:
            continue
        giving = [p for p in cut(target.id, target.text) if gives(p.text) and states(Fact.AMOUNT, p.text)]
        if giving:
            return placed_evidence(source, target, [(p.start, p.end) for p in giving], 0.5)
    return []
