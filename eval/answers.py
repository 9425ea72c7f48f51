"""Answers to questions, as rows of the batch contract with what the scorers want beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from corpus.errors import PolicyQAError
from eval.counterfactual import Counterfactual
from eval.sets import Gold
from rag.batch import answer_row
from rag.engine import PolicyQA
from rag.types import Answer, Filters, Turn

Progress = Callable[[int, int], None]


def answer_questions(
    engine: PolicyQA,
    golds: Sequence[Gold],
    as_of: date | None,
    without: Counterfactual | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Answers questions in order, the turns of a dialogue with those before them.

    Args:
        engine: what answers.
        golds: the questions.
        as_of: the day of asking; None means today.
        without: asks each answered question again without its first cited clause; None leaves that out.
        progress: called with the number of questions done and of all.

    Returns:
        One row a question.

    Raises:
        PolicyQAError: a question is empty or too long.
    """
    filters = Filters(as_of=as_of)
    rows: list[dict[str, Any]] = []
    history: list[Turn] = []
    for done, gold in enumerate(golds, 1):
        if not gold.follows:
            history = []
        try:
            answer = engine.ask(gold.question, history, filters)
        except PolicyQAError as error:
            raise PolicyQAError(f"question {gold.id}: {error}") from error
        row = _row(gold, answer)
        if without and answer.citations:
            row["counterfactual"] = without.judge(answer, history, filters)
        rows.append(row)
        history.append(Turn(gold.question, answer))
        if progress:
            progress(done, len(golds))
    return rows


def _row(gold: Gold, answer: Answer) -> dict[str, Any]:
    row = answer_row(gold.id, answer)
    row["statements"] = [{"text": s.text, "citations": list(s.citations)} for s in answer.statements]
    for shown, citation in zip(row["citations"], answer.citations, strict=True):
        shown["quotes"] = list(citation.quotes or (citation.quote,))
        shown["lead_in"] = citation.lead_in
    return row
