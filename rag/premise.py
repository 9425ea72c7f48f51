"""What a question takes for granted: that so much is given, where no clause states it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from corpus.text import fold
from corpus.types import Clause
from rag.figures import Figure, FigureKind, figures
from rag.pieces import gives, hands_out
from rag.types import ClauseSource, Query, Ranked
from rag.wording import STATED_FIGURE, own_case

_READ = 5
_PARTS = re.compile(r"[？?！!。；;，]|,(?!\d)|\.(?=\s)")
# Asking how to get it says nothing of one's own case.
_ASKING = re.compile(
    r"\b(?:do|does|can|could|should|must|would|will) (?:we|i|our \w+|my \w+)\b"
    r"|[我咱]们?(?:公司|企业)?(?:怎么|怎样|如何|要|该|能|可以|什么时候)"
)
_GIVEN = (FigureKind.MONEY, FigureKind.PERCENT)


def unstated_figures(query: Query, ranked: Sequence[Ranked], source: ClauseSource) -> tuple[str, ...]:
    """The sums and shares that a question says are given, where no clause at hand states one of them.

    What the person says of their own case (我们投了500万) is no premise.

    Args:
        query: the question as understood.
        ranked: the clauses that may answer, the best first.
        source: where clauses are looked up.

    Returns:
        The figures as the person typed them; empty where none is claimed or the best clauses hold one.
    """
    claimed: dict[str, tuple[FigureKind, float]] = {}
    for part in _PARTS.split(query.question):
        folded = fold(part)
        if (gives(folded) or hands_out(folded)) and not own_case(_ASKING.sub("", folded)):
            claimed |= {_typed(part, f): _value(f) for f in figures(part) if f.kind in _GIVEN}
    if not claimed:
        return ()
    stated = {_value(f) for clause in _at_hand(ranked, source) for f in figures(clause.text)}
    return () if stated & set(claimed.values()) else tuple(claimed)


def _typed(part: str, figure: Figure) -> str:
    """A figure as it was typed, with its currency and without the word behind it."""
    typed = (m for m in STATED_FIGURE.finditer(part) if m.start() < figure.end and figure.start < m.end())
    return next((m.group().strip() for m in typed), part[figure.start : figure.end])


def _value(figure: Figure) -> tuple[FigureKind, float]:
    return figure.kind, figure.value


def _at_hand(ranked: Sequence[Ranked], source: ClauseSource) -> Iterable[Clause]:
    """The best clauses and what stands above each."""
    for r in ranked[:_READ]:
        clause = source.clauses[r.clause_id]
        yield clause
        if clause.parent in source.clauses:
            yield source.clauses[clause.parent]
