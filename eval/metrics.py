"""Metrics aggregate scores, each with its number of questions and a bootstrap interval."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    picked = [(score.gold.dialogue, share) for score in scores if (share := measure.pick(score)) and share[1]]
    if not picked:
        return None
    if measure.quantile is not None:
        data = np.array([share[0] / share[1] for _, share in picked])
        draws = np.sort(data[_draw(len(data))], axis=1)
        place = min(len(data) - 1, int(measure.quantile * len(data)))
        value, resampled = float(np.sort(data)[place]), draws[:, place]
    else:
        sums = sum_shares(picked)
        value = float(sums[:, 0].sum() / sums[:, 1].sum())
        totals = sums[_draw(len(sums))].sum(axis=1)
        resampled = totals[:, 0] / totals[:, 1]
    low, high = np.percentile(resampled, [2.5, 97.5])
    return Metric(value, float(low), float(high), len(picked))


def sum_shares(picked: Iterable[tuple[str, tuple[float, float]]]) -> Floats:
    """Numerators and denominators summed by dialogue: one row a dialogue or single question."""
    sums: dict[str, Floats] = defaultdict(lambda: np.zeros(2))
    for dialogue, share in picked:
        sums[dialogue] += share
    return np.array(list(sums.values()))


def _draw(count: int) -> npt.NDArray[np.int64]:
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
