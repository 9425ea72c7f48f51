"""Metrics aggregate scores, each with its number of questions and a bootstrap interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from eval.measures import MEASURES, Measure
from eval.scorers import Score

RESAMPLES = 1000
SEED = 20220101
Floats = npt.NDArray[np.float64]
Table = Mapping[str, Mapping[str, "Metric | None"]]


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


def aggregate(measure: Measure, scores: Sequence[Score]) -> Metric | None:
    """One measure over questions, with its percentile bootstrap interval (Efron 1979).

    Whole dialogues are resampled, since their turns hang together.

    Returns:
        The figure; None where the measure applies to none of the questions.
    """
    shares = sum_shares(measure, scores)
    if not shares:
        return None
    sums = np.array(list(shares.values()))
    value = float(reduce_sums(measure, sums))
    low, high = interval(reduce_sums(measure, sums[draw(len(sums))]))
    return Metric(value, low, high, sum(_applies(measure, score) for score in scores))


def sum_shares(measure: Measure, scores: Sequence[Score]) -> dict[str, tuple[float, float]]:
    """Numerator and denominator of each dialogue or single question that a measure applies to.

    A quantile is one of answers, not of dialogues: there each answer stands alone.
    """
    sums: dict[str, tuple[float, float]] = {}
    for score in scores:
        share = measure.pick(score)
        if share and share[1]:
            name = score.gold.dialogue if measure.quantile is None else score.gold.id
            good, among = sums.get(name, (0.0, 0.0))
            sums[name] = good + share[0], among + share[1]
    return sums


def reduce_sums(measure: Measure, sums: Floats) -> Floats:
    """The figure for sums of shape (…, dialogues, 2); not a number where it applies to none of them."""
    if measure.quantile is not None:
        place = min(sums.shape[-2] - 1, int(measure.quantile * sums.shape[-2]))
        quantile: Floats = np.sort(sums[..., 0] / sums[..., 1], axis=-1)[..., place]
        return quantile
    totals = sums.sum(axis=-2)
    with np.errstate(invalid="ignore"):
        shares: Floats = totals[..., 0] / totals[..., 1]
    return shares


def interval(values: Floats) -> tuple[float, float]:
    """The middle 95 % of resampled values."""
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def draw(count: int) -> npt.NDArray[np.int64]:
    """Numbers below ``count``, drawn with replacement, one row a resample; the same every time."""
    return np.random.default_rng(SEED).integers(0, count, (RESAMPLES, count))


def tabulate(scores: Sequence[Score]) -> Table:
    """All measures over all questions, by language, kind, zone and document.

    Returns:
        Row name (``all``, ``zh``, ``en``, ``kind …``, ``zone …``, ``document …``) to measure name to metric.
        The zone and document of a question are those of its first evidence.
    """
    rows: dict[str, list[Score]] = {"all": list(scores)}
    for score in sorted(scores, key=lambda score: score.gold.language, reverse=True):
        rows.setdefault(score.gold.language, []).append(score)
    for score in scores:
        for group, name in (("kind", score.gold.kind), ("zone", score.zone), ("document", score.document)):
            if name:
                rows.setdefault(f"{group} {name}", []).append(score)
    return {row: {m.name: aggregate(m, found) for m in MEASURES} for row, found in rows.items()}


def _applies(measure: Measure, score: Score) -> bool:
    share = measure.pick(score)
    return bool(share and share[1])
