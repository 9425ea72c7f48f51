"""A run in a few tables that fit a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from eval.compare import Change, Difference
from eval.gate import Held
from eval.measures import BY_NAME, MEASURES, Measure
from eval.metrics import Metric, Table, aggregate
from eval.scorers import Score
from eval.signals import describe_signals
from eval.threshold import Fit, Point

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
        value, low, high = (f"{v:.{measure.digits}f}" for v in (metric.value, metric.low, metric.high))
        return f"{value} ({low}–{high}) {measure.unit}"
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


def show_differences(differences: Sequence[Difference]) -> tuple[Cells, list[Cells]]:
    """Heads and rows: each measure before and after, the change with its interval, and the p-value."""
    rows: list[Cells] = []
    for d in differences:
        digits = 1 if d.measure.unit else 3
        before, after = ("–" if v is None else f"{v:.{digits}f}" for v in (d.before, d.after))
        change = p = ""
        if d.change:
            change = "{:+.{n}f} ({:+.{n}f} to {:+.{n}f})".format(*d.change, n=digits)
            p = f"{d.p:.3f}" if d.p >= 0.001 else "<0.001"
        rows.append((d.measure.name, before, after, change, p))
    return ("", "before", "after", "change", "p"), rows


def show_changes(changes: Sequence[Change]) -> tuple[Cells, list[Cells]]:
    """Heads and rows: the questions whose answers have other faults than before."""
    rows: list[Cells] = []
    for change in changes:
        word = "changed" if change.before and change.after else "broken" if change.after else "fixed"
        fault = change.after or change.before
        rows.append((word, change.score.gold.id, fault.value if fault else "", change.score.gold.question))
    return ("", "question", "fault", "words"), rows


def show_floors(held: Sequence[Held]) -> tuple[Cells, list[Cells]]:
    """Heads and rows: each figure against its floor."""
    rows: list[Cells] = []
    for one in held:
        sign = "≤" if one.measure.lower_is_better else "≥"
        state = "kept" if one.kept else "NOT KEPT"
        rows.append(
            (one.row, one.measure.name, show(one.metric, one.measure), f"{sign} {one.floor:g}", state)
        )
    return ("questions", "measure", "figure", "floor", ""), rows


def show_points(points: Sequence[Point], chosen: Point) -> tuple[Cells, list[Cells]]:
    """Heads and rows: what each second threshold does to the refusals, and the chosen one."""
    rows: list[Cells] = []
    for n, point in enumerate(points):
        if n % 2 == 0 or point is chosen:
            figures = (point.precision, point.recall, point.f1, point.false_refusals)
            mark = "chosen" if point is chosen else ""
            rows.append((f"{point.threshold:.2f}", *(f"{figure:.3f}" for figure in figures), mark))
    return ("threshold", "refusal precision", "refusal recall", "F1", "false refusals", ""), rows


def explain_choice(fit: Fit, chosen: Point) -> list[str]:
    """Why this threshold, and what the parameters in use do to the same questions."""
    without = sum(not row.gold.answerable for row in fit.enriched)
    used = fit.in_use
    return [
        f"{len(fit.enriched)} questions and turns, {without} without an answer in the documents;",
        f"rules that are not fitted decide {sum(row.found is None for row in fit.enriched)} of them.",
        f"Chosen: {chosen.threshold:.2f}, the lowest, which refuses least, of those whose refusals have",
        "the highest F1 in tenfold cross-validation, or hardly less.",
        f"In use: {used.threshold:.2f}, with precision {used.precision:.3f}, recall {used.recall:.3f}, "
        f"false refusals {used.false_refusals:.3f},",
        "not in cross-validation: it may have been fitted on these very questions.",
    ]


def show_weights(fit: Fit) -> tuple[Cells, list[Cells]]:
    """Heads and rows: the weight of each signal in both regressions, fitted and in use, and its meaning."""
    meanings = describe_signals() | {"constant": "how answerable a question is of which nothing is known"}
    heads = ["signal"]
    for rule in fit.rules:
        heads += [rule, "in use"]
    rows: list[Cells] = []
    for name in next(iter(fit.rules.values())):
        cells = []
        for rule, weights in fit.rules.items():
            cells += [f"{held[name]:+.2f}" if name in held else "–" for held in (weights, fit.shipped[rule])]
        rows.append((name, *cells, meanings.get(name, "")))
    return (*heads, "meaning"), rows
