"""A run: a question set answered and scored, with what it was measured on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from corpus.errors import PolicyQAError
from eval.answers import Progress, answer_questions
from eval.baselines import run_baselines
from eval.counterfactual import Counterfactual
from eval.expected import find_expected
from eval.manifest import describe_run
from eval.scorers import Reference, Score, score_answer
from eval.sets import load_golds
from rag.engine import PolicyQA
from rag.generators.watching import Watched
from rag.generators.written import Writer
from rag.reranker import CrossEncoders


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a question set.

    Attributes:
        manifest: on what it was measured; see ``eval.manifest``.
        answers: one row a question, in order.
        scores: one a question, in the same order.
        expected: the clauses that hold the evidence, by question id; see ``eval.expected``.
        baselines: the scores of simpler systems on the same questions, by their names.
    """

    manifest: Mapping[str, Any]
    answers: Sequence[Mapping[str, Any]]
    scores: Sequence[Score]
    expected: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    baselines: Mapping[str, Sequence[Score]] = field(default_factory=dict)


def evaluate(
    index_dir: Path,
    paths: Sequence[Path],
    as_of: date | None = None,
    *,
    counterfactual: bool = True,
    baselines: bool = False,
    writer: Writer | None = None,
    cross_encoders: CrossEncoders | None = None,
    progress: Progress | None = None,
) -> Run:
    """Answers question files by the engine and scores each answer.

    Args:
        index_dir: the index asked.
        paths: question files; ids must differ over all of them.
        as_of: the day of asking; None means today.
        counterfactual: whether each answered question is asked again without its first cited clause.
        baselines: whether simpler systems answer the questions too.
        writer: the language model that writes the answers, the counterfactual ones too; None for extractive
            ones.
        cross_encoders: what reads pairs of texts, where it is configured.
        progress: called with the number of questions done and of all.

    Raises:
        PolicyQAError: a file is no question file, two questions have one id, or there is no index.
    """
    golds = load_golds(paths)
    if not golds:
        raise PolicyQAError(f"no questions in {', '.join(path.name for path in paths)}")
    seen: set[str] = set()
    for gold in golds:
        if gold.id in seen:
            raise PolicyQAError(f"two questions have the id {gold.id}")
        seen.add(gold.id)
    engine = PolicyQA.from_path(index_dir, cross_encoders=cross_encoders)
    watched = Watched(writer.model) if writer else None
    engine.writer = Writer(watched, writer.because) if watched and writer else None
    without = Counterfactual.from_path(index_dir, writer, cross_encoders) if counterfactual else None
    reference = Reference.of(engine.documents, engine.clauses)
    answers = answer_questions(engine, golds, as_of, without, watched, progress)
    scores = [score_answer(gold, row, reference) for gold, row in zip(golds, answers, strict=True)]
    manifest = describe_run(engine, index_dir, paths, as_of, answers)
    expected = find_expected(golds, engine.clauses, reference)
    simpler = run_baselines(index_dir, golds, progress) if baselines else {}
    return Run(manifest, answers, scores, expected, simpler)
