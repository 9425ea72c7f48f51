"""The year that a question asks about, and those that sentences speak of."""

from __future__ import annotations

from collections.abc import Iterable

from rag.figures import Figure, FigureKind, figures
from rag.types import Query
from rag.wording import NAME

_BONUS = 0.3


def years_of(found: Iterable[Figure]) -> frozenset[int]:
    """The years of the dates among some figures."""
    return frozenset(int(f.value) // 10000 for f in found if f.kind is FigureKind.DATE and f.value >= 1e7)


def years_asked(query: Query) -> frozenset[int]:
    """The years in a question, without those that only say which document is meant (上海2018年的办法)."""
    light = {int(c.words[0]) for c in query.concepts if c.weight <= NAME and c.words[0].isdigit()}
    return years_of(figures(query.standalone)) - light


def year_bonus(asked: frozenset[int], said: frozenset[int]) -> float:
    """What a sentence gains for speaking of the year asked about, and loses for speaking of another."""
    if not asked or not said:
        return 0.0
    return _BONUS if asked & said else -_BONUS
