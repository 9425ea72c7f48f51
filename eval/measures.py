"""The measures: what each picks from the score of one answer, and which way is better."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from eval.scorers import Score

Share = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure that an evaluation reports; ``eval/README.md`` gives its formula and source.

    Attributes:
        name: what it is called.
        meaning: what it is, in a line.
        pick: what one answer adds to numerator and denominator; None where it does not apply.
        lower_is_better: whether less is better.
        quantile: the quantile that is reported of the answers' values, instead of their mean.
        unit: ``ms``, ``/s`` or ``GB``, or empty for a share.
    """

    name: str
    meaning: str
    pick: Callable[[Score], Share | None]
    lower_is_better: bool = False
    quantile: float | None = None
    unit: str = ""

    @property
    def digits(self) -> int:
        """Decimals that a figure of it is shown with."""
        return {"": 3, "ms": 0}.get(self.unit, 1)


def _mean(name: str, meaning: str, lower_is_better: bool = False) -> Measure:
    """The mean of a value over the answers that have it."""
    return Measure(
        name, meaning, lambda s: (s.values[name], 1) if name in s.values else None, lower_is_better
    )


def _share(name: str, meaning: str) -> Measure:
    """The share of all statements or citations, whichever answer they are in."""
    return Measure(name, meaning, lambda score: score.counts.get(name))


def _written(key: str, scale: float = 1.0) -> Callable[[Score], Share | None]:
    """What was measured of a language model while it wrote."""
    return lambda score: (score.written[key] / scale, 1) if key in score.written else None


def _rate(
    name: str,
    meaning: str,
    among: Callable[[Score], bool],
    counts: Callable[[Score], bool],
    lower_is_better: bool = False,
) -> Measure:
    """How many of some answers count."""
    return Measure(
        name, meaning, lambda score: (float(counts(score)), 1) if among(score) else None, lower_is_better
    )


def _answerable(score: Score) -> bool:
    return score.gold.answerable


def _unanswerable(score: Score) -> bool:
    return not score.gold.answerable


MEASURES = (
    _mean("first citation", "the first cited clause holds evidence (exact clause accuracy)"),
    _mean("right document", "the first citation is of a document that holds evidence"),
    _mean("right document, wrong clause", "of such a document, but of another clause of it", True),
    _mean("citation recall", "evidence groups that a cited clause covers, mean over questions"),
    _mean("citation precision", "cited clauses that hold evidence, mean over questions"),
    _share("citation precision, micro", "cited clauses that hold evidence, of all that are cited"),
    _mean("hit@1", "the first candidate of retrieval holds evidence"),
    _mean("R@1", "evidence groups that the first candidate covers"),
    _mean("R@5", "evidence groups that the first 5 candidates cover"),
    _mean("R@20", "evidence groups that the first 20 candidates cover"),
    _mean("MRR@10", "1 / rank of the first candidate that holds evidence, 0 beyond 10"),
    _mean("points", "answer points within the first 400 letters and digits"),
    _mean("points lead", "answer points within the first 200"),
    _share("evidence quoted", "right citations whose quoted words show the evidence"),
    _share("statement coverage", "statements with a valid citation"),
    _share("evidence support", "statements that their citations support, by figures and words"),
    _mean("statement recall", "statements that their citations support (ALCE), mean over answers"),
    _mean("statement precision", "citations that their statement needs (ALCE), mean over answers"),
    _mean("written", "answers that the language model wrote, of those it was asked for"),
    _share("verified", "statements of written answers that are verified"),
    _share("citation validity", "citations that resolve, with the exact text and a verbatim quote"),
    _mean("quote verbatim", "quotes that are words of the cited text, mean over questions"),
    _mean("figures cited", "figures stated that are cited, asked or shown to follow"),
    _mean("counterfactual", "without the clause cited first, what was said changes or goes"),
    _rate(
        "refusal precision",
        "refusals that were right",
        lambda s: s.refused,
        _unanswerable,
    ),
    _rate(
        "refusal recall",
        "unanswerable questions that were refused",
        _unanswerable,
        lambda s: s.refused,
    ),
    _rate(
        "refusal accuracy",
        "questions that were rightly answered or refused",
        lambda s: True,
        lambda s: s.refused != s.gold.answerable,
    ),
    _rate("false refusals", "answerable questions that were refused", _answerable, lambda s: s.refused, True),
    Measure("latency p50", "time to the answer, median", lambda s: (s.latency_ms, 1), True, 0.5, "ms"),
    Measure("latency p95", "time to the answer, 95 of 100", lambda s: (s.latency_ms, 1), True, 0.95, "ms"),
    Measure("cpu mean", "processor time of an answer", lambda s: (s.cpu_ms, 1), True, unit="ms"),
    Measure(
        "first word p50", "time to the model's first word, median", _written("first_word_ms"), True, 0.5, "ms"
    ),
    Measure(
        "first statement p50",
        "time to the first statement that may be shown, median",
        _written("first_statement_ms"),
        True,
        0.5,
        "ms",
    ),
    Measure("tokens a second", "tokens that the model writes", _written("pieces_a_second"), unit="/s"),
    Measure("memory", "the most memory taken", _written("memory_bytes", 1e9), True, 1.0, "GB"),
)
BY_NAME = {measure.name: measure for measure in MEASURES}
