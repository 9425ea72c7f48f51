"""Fits the refusal rule on a question set, and chooses and explains its threshold."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import numpy as np

from corpus.errors import PolicyQAError
from eval.fitting import Floats, area_under_curve, fit_logistic, fold_of, out_of_fold, predict
from eval.signals import Judged
from rag.refusal import answerability

ENRICHED, PLAIN = "enriched", "plain"
_HARDLY = 0.005
GRID = tuple(round(0.02 * n, 2) for n in range(1, 50))

_HEAD = """\
# When a question is answered. Two logistic regressions over the signals of rag/refusal.py, fitted by
# `policyqa eval threshold` with balanced classes on {total} questions, {without} of them without an answer:
# one where the best clause has enrichment, one where it has none. Area under the curve in tenfold
# cross-validation: {enriched:.3f} and {plain:.3f}. At the threshold, in the same way, refusals have precision
# {chosen.precision:.3f} and recall {chosen.recall:.3f}, and {chosen.false_refusals:.3f} of the answerable
# questions are refused.
[decision]
threshold = {chosen.threshold}"""

Rule = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold does to a question set; whole questions, decided by whichever rule decides them.

    Attributes:
        threshold: probability of an answer below which a question is refused.
        precision: of the refusals, the share that is right.
        recall: of the questions without an answer, the share that is refused.
        false_refusals: of the questions with an answer, the share that is refused.
    """

    threshold: float
    precision: float
    recall: float
    false_refusals: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall of the refusals."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True)
class Fit:
    """The rule as fitted: one regression where the best clause has enrichment, one where it has none.

    Attributes:
        enriched: the questions over the index with enrichment.
        plain: the same questions over one without.
        shipped: the parameters in use; their tables say which signals a regression has.
    """

    enriched: Sequence[Judged]
    plain: Sequence[Judged]
    shipped: Mapping[str, Rule]

    @cached_property
    def rules(self) -> dict[str, dict[str, float]]:
        """The constant and the weights of each regression, fitted on all questions."""
        found = {}
        for name in (ENRICHED, PLAIN):
            beta = fit_logistic(self._signals(name, self._fitted(name)), _labels(self._fitted(name)))
            found[name] = dict(zip(("constant", *self.names(name)), map(float, beta), strict=True))
        return found

    def names(self, rule: str) -> list[str]:
        """The signals of a regression."""
        return [name for name in self.shipped[rule] if name != "constant"]

    def area(self, rule: str) -> float:
        """The area under the curve of a regression in cross-validation."""
        fitted = self._fitted(rule)
        return area_under_curve(self._unseen(rule, fitted), _labels(fitted))

    def count(self, rule: str) -> tuple[int, int]:
        """How many questions a regression is fitted on, and how many of them have no answer."""
        labels = _labels(self._fitted(rule))
        return len(labels), int((1 - labels).sum())

    def trace(self, grid: Sequence[float] = GRID) -> list[Point]:
        """What each threshold does to the whole set over the index with enrichment, in cross-validation."""
        chances = np.full(len(self._open), np.nan)
        for rule in (ENRICHED, PLAIN):
            mine = [n for n, row in enumerate(self._open) if _rule_of(row) == rule]
            chances[mine] = self._unseen(rule, [self._open[n] for n in mine])
        return [self._point(threshold, chances) for threshold in grid]

    @property
    def in_use(self) -> Point:
        """What the parameters in use do to the set. They may have been fitted on these very questions."""
        chances = np.array([answerability(row.found) for row in self._open if row.found])
        return self._point(self.shipped["decision"]["threshold"], chances)

    @cached_property
    def _open(self) -> list[Judged]:
        """The questions that the fitted rule decides."""
        return [row for row in self.enriched if row.found]

    def _point(self, threshold: float, chances: Floats) -> Point:
        closed = [row for row in self.enriched if row.found is None]
        refused = np.array([*(chances < threshold), *(row.refused for row in closed)], dtype=bool)
        labels = np.concatenate([_labels(self._open), _labels(closed)])
        wrong, right = (float((refused & (labels == label)).sum()) for label in (1, 0))
        with_answer = float(labels.sum())
        return Point(
            threshold,
            right / max(1.0, right + wrong),
            right / max(1.0, len(labels) - with_answer),
            wrong / max(1.0, with_answer),
        )

    def _fitted(self, rule: str) -> list[Judged]:
        rows = self.enriched if rule == ENRICHED else self.plain
        return [row for row in rows if row.found and _rule_of(row) == rule]

    def _signals(self, rule: str, rows: Sequence[Judged]) -> Floats:
        names = self.names(rule)
        return np.array([[getattr(row.found, name) for name in names] for row in rows]).reshape(
            -1, len(names)
        )

    def _unseen(self, rule: str, rows: Sequence[Judged]) -> Floats:
        """Probabilities by the regressions that were fitted without the rows' own folds."""
        fitted = self._fitted(rule)
        folds = [fold_of(row.gold.dialogue) for row in fitted]
        betas = out_of_fold(self._signals(rule, fitted), _labels(fitted), folds)
        signals = self._signals(rule, rows)
        found = [
            float(predict(betas[fold_of(row.gold.dialogue)], signals[n : n + 1])[0])
            for n, row in enumerate(rows)
        ]
        return np.array(found)


def choose(points: Sequence[Point]) -> Point:
    """The lowest threshold, which refuses least, whose refusals have the highest F1 or hardly less."""
    best = max(point.f1 for point in points)
    return min((p for p in points if p.f1 >= best - _HARDLY), key=lambda point: point.threshold)


def load_shipped() -> dict[str, dict[str, float]]:
    """The parameters that the product uses.

    Raises:
        PolicyQAError: the file is not as this module knows it.
    """
    text = files("rag").joinpath("data/answerability.toml").read_text(encoding="utf-8")
    shipped: dict[str, dict[str, float]] = tomllib.loads(text)
    if missing := {"decision", ENRICHED, PLAIN} - shipped.keys():
        raise PolicyQAError(f"answerability.toml lacks {', '.join(sorted(missing))}")
    return shipped


def to_toml(fit: Fit, chosen: Point) -> str:
    """The fitted parameters in the form of ``rag/data/answerability.toml``."""
    total, without = fit.count(ENRICHED)
    head = _HEAD.format(
        total=total,
        without=without,
        enriched=fit.area(ENRICHED),
        plain=fit.area(PLAIN),
        chosen=chosen,
    )
    lines = [head]
    for rule, weights in fit.rules.items():
        lines += ["", f"[{rule}]", *(f"{name} = {round(value, 2)}" for name, value in weights.items())]
    return "\n".join(lines) + "\n"


def _rule_of(row: Judged) -> str:
    return ENRICHED if row.found and row.found.enriched else PLAIN


def _labels(rows: Sequence[Judged]) -> Floats:
    return np.array([float(row.gold.answerable) for row in rows])
