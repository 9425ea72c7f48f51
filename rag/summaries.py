"""Whether an English summary of a clause states only figures that the clause states."""

from __future__ import annotations

import re

from corpus.text import parse_numeral
from corpus.types import Clause
from rag.figures import figures
from rag.types import ClauseSource

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_NUMERAL = re.compile("[一二三四五六七八九十百]+")
_BARE_SCALE = re.compile(r"(?<![\d.])([十百千万]?亿)")
_SCALES = {"亿": 1e8, "十亿": 1e9, "百亿": 1e10, "千亿": 1e11, "万亿": 1e12}
"""百亿级, 超亿元: a scale with no number before it says that very amount."""


def foreign_figures(summary: str, source: ClauseSource, unit: Clause) -> tuple[str, ...]:
    """The figures of a summary that its clause does not state, by value: 5 million is 500万.

    Args:
        summary: an English sentence about the unit.
        source: where the clause above is looked up.
        unit: the clause or paragraph unit.

    Returns:
        The figures as the summary writes them; empty where it holds.
    """
    above = source.clauses[unit.parent].text if unit.parent else ""
    stated = _values("\n".join((unit.text, *unit.path, above, unit.title)))
    return tuple(summary[f.start : f.end] for f in figures(summary) if f.value not in stated)


def _values(text: str) -> set[float]:
    found = {figure.value for figure in figures(text)}
    found |= {float(year) for year in _YEAR.findall(text)}
    found |= {float(value) for run in _NUMERAL.findall(text) if (value := parse_numeral(run)) is not None}
    return found | {_SCALES[word] for word in _BARE_SCALE.findall(text)}
