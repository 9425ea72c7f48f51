"""What went wrong with an answer, told by kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from eval.run import Run
from eval.scorers import Score


class Fault(Enum):
    """The kinds of miss, the gravest first; each answer counts under the first that fits."""

    ANSWERED = "answered, though the documents hold no answer"
    DOCUMENT = "another document cited first"
    CLAUSE = "the right document, another clause cited first"
    REFUSED = "refused, though the documents hold an answer"
    PART = "the first citation right, a part of the evidence not cited"
    POINT = "the evidence cited, an answer point not shown"


@dataclass(frozen=True, slots=True)
class Miss:
    """One answer that is not as it should be.

    Attributes:
        fault: what is wrong with it.
        score: its question and figures.
        answer: its row.
        expected: the clauses that hold the evidence.
    """

    fault: Fault
    score: Score
    answer: Mapping[str, Any]
    expected: Sequence[Mapping[str, Any]]


def find_fault(score: Score) -> Fault | None:
    """The gravest fault of an answer; None where it is as it should be."""
    if not score.gold.answerable:
        return None if score.refused else Fault.ANSWERED
    if score.refused:
        return Fault.REFUSED
    if not score.values["first citation"]:
        return Fault.CLAUSE if score.values["right document"] else Fault.DOCUMENT
    if score.values["citation recall"] < 1:
        return Fault.PART
    return Fault.POINT if score.values.get("points", 1.0) < 1 else None


def find_misses(run: Run) -> Iterator[Miss]:
    """All misses of a run, in the order of its questions."""
    for score, answer in zip(run.scores, run.answers, strict=True):
        if fault := find_fault(score):
            yield Miss(fault, score, answer, run.expected.get(score.gold.id, ()))
