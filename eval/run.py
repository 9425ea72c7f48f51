"""Runs a question set through the engine and scores what comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from eval.metrics import Metric, tabulate
from eval.scorers import Score, score_answer
from eval.sets import load_golds
from rag.batch import answer_file
from rag.engine import PolicyQA


def run_questions(
    engine: PolicyQA,
    paths: Sequence[Path],
    as_of: date | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Score]:
    """Answers question files by the batch contract and scores each answer.

    Args:
        engine: what answers.
        paths: question files.
        as_of: the day of asking; None means today.
        progress: called with the number of files done and of all.

    Raises:
        PolicyQAError: a file is no question file.
    """
    texts = {clause_id: clause.text for clause_id, clause in engine.clauses.items()}
    scores: list[Score] = []
    with TemporaryDirectory() as folder:
        for done, path in enumerate(paths):
            if progress:
                progress(done, len(paths))
            output = Path(folder) / path.name
            answer_file(engine, path, output, as_of=as_of)
            rows: dict[str, Any] = {
                row["id"]: row for row in map(json.loads, output.read_text("utf-8").splitlines())
            }
            scores.extend(score_answer(gold, rows[gold.id], texts) for gold in load_golds([path]))
    if progress:
        progress(len(paths), len(paths))
    return scores


def evaluate(
    engine: PolicyQA,
    paths: Sequence[Path],
    as_of: date | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, dict[str, Metric | None]]:
    """The metrics of a question set; see ``eval.metrics.tabulate`` for their layout."""
    return tabulate(run_questions(engine, paths, as_of, progress))
