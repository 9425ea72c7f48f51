"""A run in a few tables that fit a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from eval.measures import BY_NAME, MEASURES, Measure
from eval.metrics import Metric, Table, aggregate
from eval.scorers import Score

LANGUAGES = {"zh": "Chinese", "en": "English"}
OWN = "PolicyQA"
_OF_KINDS = ("first citation", "citation recall", "R@5", "refusal accuracy")
_OF_SYSTEMS = ("first citation", "R@5")

Cells = tuple[str, ...]


def show(metric: Metric | None, measure: Measure) -> str:
    """A figure with its interval, such as ``0.937 (0.90–0.97)`` or ``41 (40–43) ms``."""
    if metric is None:
        return "–"
    if measure.unit:
        return f"{metric.value:.0f} ({metric.low:.0f}–{metric.high:.0f}) {measure.unit}"
    return f"{metric.value:.3f} ({metric.low:.2f}–{metric.high:.2f})"


def summarise(table: Table) -> tuple[Cells, list[Cells]]:
    """Heads and rows: each measure over all questions and by language, with its number of questions."""
    columns = ["all", *(language for language in LANGUAGES if language in table)]
    heads = ("", *(LANGUAGES.get(column, column) for column in columns), "n")
    rows = []
    for measure in MEASURES:
        if whole := table["all"][measure.name]:
            cells = (show(table[column][measure.name], measure) for column in columns)
            rows.append((measure.name, *cells, str(whole.n)))
    return heads, rows


def by_kind(table: Table) -> tuple[Cells, list[Cells]]:
    """Heads and rows: the main measures by kind of question."""
    rows = []
    for name, metrics in table.items():
        if name.startswith("kind "):
            asked = metrics["latency p50"]
            cells = (show(metrics[key], BY_NAME[key]) for key in _OF_KINDS)
            rows.append((name.removeprefix("kind "), str(asked.n if asked else 0), *cells))
    return ("kind", "n", *_OF_KINDS), sorted(rows)


def by_system(scores: Sequence[Score], baselines: Mapping[str, Sequence[Score]]) -> tuple[Cells, list[Cells]]:
    """Heads and rows: this system and the simpler ones, by language."""
    found = {score.gold.language for score in scores}
    languages = [language for language in LANGUAGES if language in found]
    heads = ("system", *(f"{name} {language}" for name in _OF_SYSTEMS for language in languages))
    rows = [
        (system, *_cells(list(held), languages)) for system, held in ({OWN: scores} | dict(baselines)).items()
    ]
    return heads, rows


def _cells(scores: Sequence[Score], languages: Sequence[str]) -> Iterator[str]:
    for name in _OF_SYSTEMS:
        for language in languages:
            own = [score for score in scores if score.gold.language == language]
            yield show(aggregate(BY_NAME[name], own), BY_NAME[name])
