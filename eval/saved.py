"""Runs on disk: a folder of JSON lines, a manifest and the report, which appears whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from corpus.errors import PolicyQAError
from eval.report import render_report
from eval.run import Run
from eval.scorers import Score
from eval.sets import Gold

MANIFEST = "manifest.json"
ANSWERS = "answers.jsonl"
SCORES = "scores.jsonl"
EXPECTED = "expected.jsonl"
BASELINES = "baselines.jsonl"
REPORT = "report.html"


def check_free(folder: Path) -> None:
    """Makes sure that a run can be saved in a folder, before it is made.

    Raises:
        PolicyQAError: something is there already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PolicyQAError(f"{folder} is there already: give --output a new folder")


def save_run(run: Run, folder: Path) -> None:
    """Writes a run into a new folder.

    Raises:
        PolicyQAError: something is there already, or it cannot be written.
    """
    check_free(folder)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        draft.mkdir(parents=True)
        (draft / MANIFEST).write_text(json.dumps(run.manifest, ensure_ascii=False, indent=1), "utf-8")
        _write(draft / ANSWERS, run.answers)
        _write(draft / SCORES, map(_score_row, run.scores))
        _write(draft / EXPECTED, ({"id": name, "evidence": held} for name, held in run.expected.items()))
        _write(
            draft / BASELINES,
            ({"system": name} | _score_row(s) for name, scores in run.baselines.items() for s in scores),
        )
        (draft / REPORT).write_text(render_report(run), "utf-8")
        draft.replace(folder)
    except OSError as error:
        raise PolicyQAError(f"{folder} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def load_run(folder: Path) -> Run:
    """Reads a run back.

    Raises:
        PolicyQAError: the folder holds no run, or a damaged one.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        answers = [json.loads(line) for line in _lines(folder / ANSWERS)]
        scores = [_score(json.loads(line)) for line in _lines(folder / SCORES)]
        expected = {row["id"]: row["evidence"] for row in map(json.loads, _lines(folder / EXPECTED))}
        baselines: dict[str, list[Score]] = {}
        for row in map(json.loads, _lines(folder / BASELINES)):
            baselines.setdefault(row.pop("system"), []).append(_score(row))
    except OSError as error:
        raise PolicyQAError(f"{folder} holds no run: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise PolicyQAError(f"the run in {folder} is damaged: {error!r}") from error
    return Run(manifest, answers, scores, expected, baselines)


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as handle:
        handle.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def _score_row(score: Score) -> dict[str, Any]:
    row = asdict(score)
    gold: dict[str, Any] = row.pop("gold")
    return gold | row


def _score(row: dict[str, Any]) -> Score:
    gold = Gold(
        **{key: row.pop(key) for key in ("id", "language", "kind", "question")},
        evidence=tuple(map(tuple, row.pop("evidence"))),
        points=tuple(row.pop("points")),
        documents=tuple(row.pop("documents")),
    )
    counts = {name: (good, among) for name, (good, among) in row.pop("counts").items()}
    return Score(gold, counts=counts, **row)
