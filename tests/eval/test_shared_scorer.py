"""Figures that have the same name here and in the scorer beside the project mean the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eval.answers import answer_questions
from eval.measures import BY_NAME
from eval.metrics import aggregate
from eval.scorers import Reference, score_answer
from eval.sets import QUESTIONS, load_golds
from rag.engine import PolicyQA
from shared import shared_path

FILES = [QUESTIONS / "dev" / name for name in ("P-G1.jsonl", "P-G2.jsonl", "PD.jsonl", "PX.jsonl")]
NAMES = {
    "R@1": "R@1",
    "R@5": "R@5",
    "R@20": "R@20",
    "first_citation_right": "first citation",
    "citation_recall": "citation recall",
    "citation_precision": "citation precision",
    "points": "points",
    "points_lead": "points lead",
    "quotes_verbatim": "quote verbatim",
    "figures_cited": "figures cited",
    "refusal_precision": "refusal precision",
    "refusal_recall": "refusal recall",
}
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def answers(compendium: PolicyQA) -> Rows:
    return answer_questions(compendium, load_golds(FILES), None)


def theirs(rows: Rows, engine: PolicyQA, folder: Path) -> dict[str, Any]:
    scorer = shared_path("eval/score.py")
    answered, clauses = folder / "answers.jsonl", folder / "clauses.jsonl"
    answered.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    texts = [{"id": clause.id, "text": clause.text} for clause in engine.clauses.values()]
    clauses.write_text("\n".join(json.dumps(text) for text in texts), encoding="utf-8")
    command = [sys.executable, scorer, answered, *FILES, "--clauses", clauses, "--json"]
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)["all"]


def ours(rows: Rows, engine: PolicyQA) -> dict[str, float]:
    reference = Reference.of(engine.documents, engine.clauses)
    by_id = {row["id"]: row for row in rows}
    scores = [score_answer(gold, by_id[gold.id], reference) for gold in load_golds(FILES)]
    found = {name: aggregate(BY_NAME[name], scores) for name in NAMES.values()}
    return {name: metric.value for name, metric in found.items() if metric}


def spoil(rows: Rows) -> Rows:
    """Answers that go wrong in every way: others' words, forged texts and quotes, nothing cited, refusals."""
    spoilt = []
    for n, row in enumerate(rows):
        row = json.loads(json.dumps(row))
        if n % 7 == 1:
            row["answer"] = rows[n - 1]["answer"]
        elif n % 7 == 2:
            row["citations"] = rows[n - 1]["citations"] + row["citations"]
        elif n % 7 == 3 and row["citations"]:
            row["citations"][0]["text"] += "另加一句话"
        elif n % 7 == 4 and row["citations"]:
            row["citations"][-1]["quote"] = "没有这句话的原文"
        elif n % 7 == 5:
            row["refused"] = not row["refused"]
        elif n % 7 == 6:
            row["citations"], row["retrieved"] = [], row["retrieved"][::-1]
        spoilt.append(row)
    return spoilt


@pytest.mark.parametrize("change", [list, spoil], ids=["as answered", "spoilt"])
def test_the_figures_are_the_same(change: Any, answers: Rows, compendium: PolicyQA, tmp_path: Path) -> None:
    rows = change(answers)
    expected, found = theirs(rows, compendium, tmp_path), ours(rows, compendium)
    for their_name, name in NAMES.items():
        # Figures are read by parsers of their own, which part ways over a date or an article's number.
        tolerance = 0.02 if name == "figures cited" else 1e-9
        assert found[name] == pytest.approx(expected[their_name], abs=tolerance), name
