"""Scorers judge one answer against its question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corpus.text import squash
from eval.sets import Gold
from rag.figures import figures

Row = Mapping[str, Any]
_ANCHOR = re.compile(r"\[\d{1,3}\]")
LEAD = 200  # letters and digits within which what was asked should stand
WINDOW = 400  # letters and digits within which an answer point counts; both double with a second group


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one answer, each between 0 and 1; absent where they do not apply.

    Attributes:
        gold: the question.
        refused: whether the product said that the documents hold no answer.
        values: figure name to value.
        latency_ms: wall time to the complete answer, in milliseconds.
        cpu_ms: processor time spent on it, in milliseconds.
    """

    gold: Gold
    refused: bool
    values: Mapping[str, float]
    latency_ms: float
    cpu_ms: float


def score_answer(gold: Gold, answer: Row, clause_texts: Mapping[str, str]) -> Score:
    """Scores one answer of the batch contract.

    Args:
        gold: the question with its evidence.
        answer: a row that ``policyqa ask --questions`` writes.
        clause_texts: clause id to text; a citation whose text is not its clause's supports nothing.
    """
    citations: Sequence[Row] = answer.get("citations") or []
    cited = [_counted(c, clause_texts) for c in citations]
    refused = bool(answer.get("refused")) or (gold.kind == "chitchat" and not cited)
    values: dict[str, float] = {}
    if citations:
        values["quote verbatim"] = _mean([float(squash(c["quote"]) in squash(c["text"])) for c in citations])
    if not refused and (stated := _values(_ANCHOR.sub(" ", str(answer.get("answer", ""))))):
        known = _values(gold.question) | _values("\n".join(map(_words, citations)))
        known |= _values("\n".join(note["text"] for note in answer.get("notes") or []))
        values["figures cited"] = len(stated & known) / len(stated)
    if gold.answerable:
        retrieved = [_counted(r, clause_texts) for r in answer.get("retrieved") or []]
        values |= _retrieval(gold, retrieved) | _citation(gold, cited) | _points(gold, answer)
    return Score(gold, refused, values, float(answer.get("latency_ms", 0)), float(answer.get("cpu_ms", 0)))


def _values(text: str) -> set[float]:
    """The figures of a text by value: 500万 and 5 million are one."""
    return {figure.value for figure in figures(text)}


def _words(citation: Row) -> str:
    """Everything that a citation shows of its clause."""
    return "\n".join(str(citation.get(key) or "") for key in ("text", "title", "label", "path", "validity"))


def _counted(record: Row, clause_texts: Mapping[str, str]) -> str:
    text = squash(record["text"])
    return text if text == squash(clause_texts.get(record["clause_id"], "")) else ""


def _covers(text: str, group: Sequence[str]) -> bool:
    return any(squash(quote) in text for quote in group)


def _retrieval(gold: Gold, retrieved: Sequence[str]) -> dict[str, float]:
    """Recall at k: the share of evidence groups that the first k candidates cover."""
    return {
        f"R@{k}": _mean([float(any(_covers(t, group) for t in retrieved[:k])) for group in gold.evidence])
        for k in (1, 5, 20)
    }


def _citation(gold: Gold, cited: Sequence[str]) -> dict[str, float]:
    right = [float(any(_covers(text, group) for group in gold.evidence)) for text in cited]
    recall = [float(any(_covers(text, group) for text in cited)) for group in gold.evidence]
    return {
        "first citation": right[0] if right else 0.0,
        "citation recall": _mean(recall),
        "citation precision": _mean(right),
    }


def _points(gold: Gold, answer: Row) -> dict[str, float]:
    """The share of answer points that stand in the answer, and that stand near its beginning."""
    if not gold.points:
        return {}
    said, room = squash(answer.get("answer", "")), min(2, len(gold.evidence))
    return {
        name: _mean([float(squash(point) in said[: size * room]) for point in gold.points])
        for name, size in (("points", WINDOW), ("points lead", LEAD))
    }


def _mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing, as an answer without citations has no right one."""
    return sum(values) / len(values) if values else 0.0
