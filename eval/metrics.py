"""Metrics aggregate scores, each with its number of questions and a bootstrap interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.scorers import Score

_RESAMPLES = 1000
_SEED = 20220101


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure over a set of questions.

    Attributes:
        value: the figure.
        low: lower end of its 95 % bootstrap interval.
        high: upper end.
        n: number of questions it rests on.
    """

    value: float
    low: float
    high: float
    n: int


def mean_metric(values: Sequence[float]) -> Metric | None:
    """The mean with its percentile bootstrap interval (Efron 1979); None for nothing."""
    if not values:
        return None
    data = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(_SEED).integers(0, len(data), (_RESAMPLES, len(data)))
    low, high = np.percentile(data[draws].mean(axis=1), [2.5, 97.5])
    return Metric(float(data.mean()), float(low), float(high), len(data))


def refusal_precision(scores: Sequence[Score]) -> Metric | None:
    """Of the refusals, the share that was right; None where nothing was refused."""
    return mean_metric([float(not s.gold.answerable) for s in scores if s.refused])


def refusal_recall(scores: Sequence[Score]) -> Metric | None:
    """Of the unanswerable questions, the share that was refused; None where there are none."""
    return mean_metric([float(s.refused) for s in scores if not s.gold.answerable])


def figure(name: str) -> Callable[[Sequence[Score]], Metric | None]:
    """A metric that averages one figure of the scores that have it."""
    return lambda scores: mean_metric([s.values[name] for s in scores if name in s.values])


FIGURES = (
    "R@1",
    "R@5",
    "R@20",
    "first citation",
    "citation recall",
    "citation precision",
    "points",
    "points lead",
    "quote verbatim",
    "figures cited",
)
METRICS: dict[str, Callable[[Sequence[Score]], Metric | None]] = {name: figure(name) for name in FIGURES} | {
    "refusal precision": refusal_precision,
    "refusal recall": refusal_recall,
}


def tabulate(scores: Sequence[Score]) -> dict[str, dict[str, Metric | None]]:
    """All metrics over all questions, by language and by kind.

    Returns:
        Row name (``all``, ``zh``, ``en``, ``kind …``) to metric name to metric.
    """
    rows: dict[str, list[Score]] = {"all": list(scores)}
    for score in scores:
        rows.setdefault(score.gold.language, []).append(score)
        rows.setdefault(f"kind {score.gold.kind}", []).append(score)
    return {name: {key: metric(row) for key, metric in METRICS.items()} for name, row in rows.items()}
