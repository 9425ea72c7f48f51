"""A run as one self-contained page: figures with intervals, worst documents, every miss side by side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from corpus.text import squash
from eval.measures import BY_NAME, MEASURES
from eval.metrics import Metric, Table, aggregate, tabulate
from eval.misses import Fault, find_misses
from eval.run import Run
from eval.scorers import Score
from eval.summary import LANGUAGES, OWN, show

if TYPE_CHECKING:
    from jinja2 import Environment

_HEADLINES = ("first citation", "citation recall", "R@5", "refusal recall", "quote verbatim", "latency p95")
_BY_LANGUAGE = (
    "first citation", "right document", "citation recall", "citation precision", "R@5", "points",
    "points lead", "refusal precision", "refusal recall",
)  # fmt: skip
_BY_SYSTEM = ("first citation", "R@5", "citation recall", "points")
_WORST = 10
_CONTEXT = 120  # characters around the quoted words that are shown
_BREAK = re.compile(r"\s+")

Bars = list[dict[str, Any]]


def render_report(run: Run) -> str:
    """The report as HTML; it needs nothing from outside and runs no script."""
    table = tabulate(run.scores)
    misses = list(find_misses(run))
    return _environment().get_template("report.html").render(
        manifest=run.manifest,
        count=len(run.scores),
        answerable=sum(score.gold.answerable for score in run.scores),
        tiles=list(_tiles(table)),
        languages={key: name for key, name in LANGUAGES.items() if key in table},
        by_language=_language_bars(table),
        by_kind=_kind_bars(run.scores),
        systems=_system_rows(run) if run.baselines else [],
        system_measures=_BY_SYSTEM,
        measures=[(measure, table) for measure in MEASURES if table["all"][measure.name]],
        documents=_worst_documents(table, run.manifest["documents"]),
        worst=_WORST,
        zones=sorted(_rows_of(table, "zone"), key=lambda row: _value(row[1]["first citation"])),
        outcomes=Counter(row["counterfactual"]["outcome"] for row in run.answers if "counterfactual" in row),
        misses={fault: found for fault in Fault if (found := [m for m in misses if m.fault is fault])},
        pieces=shown_pieces,
        show=show,
        by_name=BY_NAME,
    )  # fmt: skip


def shown_pieces(text: str, quotes: Sequence[str]) -> list[tuple[str, bool]]:
    """A clause's text cut into stretches that are marked as quoted or not, the rest shortened.

    Args:
        text: the text.
        quotes: words of it; spacing and punctuation may differ.
    """
    marked = [False] * len(text)
    letters = [(i, c) for i, char in enumerate(text) for c in squash(char)]
    plain = "".join(c for _, c in letters)
    for quote in filter(None, map(squash, quotes)):
        start = plain.find(quote)
        if start >= 0:
            first, last = letters[start][0], letters[start + len(quote) - 1][0]
            marked[first : last + 1] = [True] * (last + 1 - first)
    edges = [0, *(i for i in range(1, len(text)) if marked[i] != marked[i - 1]), len(text)]
    return [
        (text[a:b] if marked[a] else _shorten(text[a:b], first=a == 0, last=b == len(text)), marked[a])
        for a, b in pairwise(edges)
        if a < b
    ]


def _shorten(text: str, first: bool, last: bool) -> str:
    """Unmarked words, only so many of them beside the marked ones."""
    text = _BREAK.sub(" ", text)
    if len(text) <= 2 * _CONTEXT:
        return text
    if first and last:
        return text[: 2 * _CONTEXT] + "…"
    return (text[:_CONTEXT] if not first else "") + "…" + (text[-_CONTEXT:] if not last else "")


def _tiles(table: Table) -> Iterator[dict[str, Any]]:
    for name in _HEADLINES:
        if whole := table["all"][name]:
            parts = {LANGUAGES[key]: table[key][name] for key in LANGUAGES if key in table}
            yield {"measure": BY_NAME[name], "whole": whole, "parts": parts}


def _language_bars(table: Table) -> Bars:
    return [
        {"label": name, "dots": [(key, table[key][name]) for key in LANGUAGES if key in table]}
        for name in _BY_LANGUAGE
        if table["all"][name]
    ]


def _kind_bars(scores: Sequence[Score]) -> Bars:
    """First citation by kind and language; kinds without an answer by their refusal."""
    bars = []
    for kind in sorted({score.gold.kind for score in scores}):
        of_kind = [score for score in scores if score.gold.kind == kind]
        name = "first citation" if any(score.gold.answerable for score in of_kind) else "refusal recall"
        dots = [
            (key, aggregate(BY_NAME[name], [s for s in of_kind if s.gold.language == key]))
            for key in LANGUAGES
        ]
        bars.append({"label": kind, "group": name, "dots": [dot for dot in dots if dot[1]]})
    return sorted(bars, key=lambda bar: str(bar["group"]))


def _system_rows(run: Run) -> list[dict[str, Any]]:
    rows = []
    for name, scores in ({OWN: run.scores} | dict(run.baselines)).items():
        own = {key: [s for s in scores if s.gold.language == key] for key in LANGUAGES}
        cells = {
            key: {measure: aggregate(BY_NAME[measure], held) for measure in _BY_SYSTEM}
            for key, held in own.items()
            if held
        }
        rows.append({"label": name, "cells": cells})
    return rows


def _rows_of(table: Table, group: str) -> list[tuple[str, Mapping[str, Metric | None]]]:
    return [
        (row.removeprefix(f"{group} "), metrics)
        for row, metrics in table.items()
        if row.startswith(f"{group} ")
    ]


def _worst_documents(table: Table, documents: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """The documents, those first whose clauses are least often cited first."""
    rows = [(documents[name] | {"id": name}, metrics) for name, metrics in _rows_of(table, "document")]
    return sorted(rows, key=lambda row: (_value(row[1]["first citation"]), row[0]["number"]))


def _value(metric: Metric | None) -> float:
    return metric.value if metric else 1.0


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("eval"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
