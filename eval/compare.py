"""Two runs over the same questions: what changed, and whether by more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpus.errors import PolicyQAError
from eval.measures import MEASURES, Measure
from eval.metrics import SEED, Floats, draw, interval, reduce_sums, sum_shares
from eval.misses import Fault, find_fault
from eval.run import Run
from eval.scorers import Score

_SWAPS = 5_000
_COMPARED = (
    "questions", "index", "model", "generator", "writer", "cross_encoders", "code", "config", "versions",
    "as_of", "machine",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure in two runs over the same questions.

    Attributes:
        measure: the measure.
        before: its value in the first run; None where it applies to none of its answers, as what is measured
            of a language model does to extractive ones.
        after: its value in the second, likewise.
        low: lower end of the 95 % bootstrap interval of the change; 0 without a change.
        high: upper end.
        p: how often a change as large comes about where nothing but chance tells the runs apart; 1 without a
            change.
    """

    measure: Measure
    before: float | None
    after: float | None
    low: float = 0.0
    high: float = 0.0
    p: float = 1.0

    @property
    def change(self) -> tuple[float, float, float] | None:
        """The change with its interval; None where one of the runs has no value."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before, self.low, self.high


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose answer went from one fault, or none, to another."""

    score: Score
    before: Fault | None
    after: Fault | None


def pair_scores(before: Run, after: Run) -> tuple[list[Score], list[Score]]:
    """The scores of the questions that both runs have, in one order.

    Raises:
        PolicyQAError: they have none in common.
    """
    later = {score.gold.id: score for score in after.scores}
    shared = [
        score for score in before.scores if score.gold.id in later and later[score.gold.id].gold == score.gold
    ]
    if not shared:
        raise PolicyQAError("the runs have no question in common")
    return shared, [later[score.gold.id] for score in shared]


def compare_scores(before: Sequence[Score], after: Sequence[Score]) -> list[Difference]:
    """Each measure in two runs over the same questions; those that apply in neither are left out.

    The interval of the change is a paired bootstrap over questions and dialogues. The p-value is of a paired
    permutation test: each question's or dialogue's two results change sides at random.
    """
    found = (_difference(measure, before, after) for measure in MEASURES)
    return [difference for difference in found if difference]


def _difference(measure: Measure, before: Sequence[Score], after: Sequence[Score]) -> Difference | None:
    first, second = sum_shares(measure, before), sum_shares(measure, after)
    names = sorted(first.keys() | second.keys())
    if not first and not second:
        return None
    if not first or not second:
        return Difference(measure, _value(measure, first), _value(measure, second))
    one, two = (np.array([shares.get(name, (0.0, 0.0)) for name in names]) for shares in (first, second))
    draws = draw(len(names))
    low, high = interval(reduce_sums(measure, two[draws]) - reduce_sums(measure, one[draws]))
    return Difference(
        measure,
        float(reduce_sums(measure, one)),
        float(reduce_sums(measure, two)),
        low,
        high,
        _swap_test(measure, one, two),
    )


def _value(measure: Measure, shares: Mapping[str, tuple[float, float]]) -> float | None:
    return float(reduce_sums(measure, np.array(list(shares.values())))) if shares else None


def _swap_test(measure: Measure, one: Floats, two: Floats) -> float:
    """The p-value of a paired permutation test with random swaps."""
    seen = abs(reduce_sums(measure, two) - reduce_sums(measure, one))
    swap = np.random.default_rng(SEED).random((_SWAPS, len(one), 1)) < 0.5
    changes = reduce_sums(measure, np.where(swap, one, two)) - reduce_sums(measure, np.where(swap, two, one))
    as_large = np.abs(np.nan_to_num(changes)) >= seen - 1e-12
    return float((1 + as_large.sum()) / (1 + _SWAPS))


def find_changes(before: Sequence[Score], after: Sequence[Score]) -> list[Change]:
    """The questions whose answers have other faults than before, the fixed ones first."""
    changes = [Change(old, find_fault(old), find_fault(new)) for old, new in zip(before, after, strict=True)]
    return sorted(
        (change for change in changes if change.before is not change.after),
        key=lambda change: (change.after is not None, change.before is not None),
    )


def find_causes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """What the manifests of two runs say differs between them, one line each."""
    for key in _COMPARED:
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
            yield f"{key}: {', '.join(names)}"
        else:
            yield f"{key}: {old} → {new}"
