"""Answers to questions, as rows of the batch contract with what the scorers want beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from corpus.errors import PolicyQAError
from eval.counterfactual import Counterfactual
from eval.sets import Gold
from rag.batch import answer_row, statement_rows
from rag.engine import PolicyQA
from rag.generators.watching import Watched, peak_memory
from rag.streaming import FIRST_STATEMENT
from rag.types import Answer, Filters, Turn

Progress = Callable[[int, int], None]


def answer_questions(
    engine: PolicyQA,
    golds: Sequence[Gold],
    as_of: date | None,
    without: Counterfactual | None = None,
    watched: Watched | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Answers questions in order, the turns of a dialogue with those before them.

    Args:
        engine: what answers.
        golds: the questions.
        as_of: the day of asking; None means today.
        without: asks each answered question again without its first cited clause; None leaves that out.
        watched: the language model that writes, where there is one.
        progress: called with the number of questions done and of all.

    Returns:
        One row a question; one that a language model was asked to answer says under ``written`` how soon, how
        fast and with how much memory it did.

    Raises:
        PolicyQAError: a question is empty or too long.
    """
    filters = Filters(as_of=as_of)
    rows: list[dict[str, Any]] = []
    history: list[Turn] = []
    for done, gold in enumerate(golds, 1):
        if not gold.follows:
            history = []
        if watched:
            watched.reset()
        started = time.perf_counter()
        try:
            answer = engine.ask(gold.question, history, filters)
        except PolicyQAError as error:
            raise PolicyQAError(f"question {gold.id}: {error}") from error
        row = _row(gold, answer)
        if watched and watched.started:
            row["written"] = _written(answer, watched, started)
        if without and answer.citations:
            row["counterfactual"] = without.judge(answer, history, filters)
        rows.append(row)
        history.append(Turn(gold.question, answer))
        if progress:
            progress(done, len(golds))
    return rows


def _written(answer: Answer, watched: Watched, started: float) -> dict[str, float]:
    """How a language model wrote; what it did not come to is absent."""
    found: dict[str, float] = {"pieces": watched.pieces, "memory_bytes": peak_memory()}
    if watched.first:
        found["first_word_ms"] = (watched.first - started) * 1e3
    if FIRST_STATEMENT in answer.timings:
        steps = list(answer.timings)
        until = steps[: steps.index(FIRST_STATEMENT) + 1]
        found["first_statement_ms"] = sum(answer.timings[step] for step in until)
    if watched.rate:
        found["pieces_a_second"] = watched.rate
    return {name: round(value, 3) for name, value in found.items()}


def _row(gold: Gold, answer: Answer) -> dict[str, Any]:
    row = answer_row(gold.id, answer)
    row["statements"] = statement_rows(answer)
    for shown, citation in zip(row["citations"], answer.citations, strict=True):
        shown["quotes"] = list(citation.quotes or (citation.quote,))
        shown["lead_in"] = citation.lead_in
    return row
