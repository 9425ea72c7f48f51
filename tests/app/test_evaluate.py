"""``policyqa eval``, run as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import policyqa

QUESTION = {
    "id": "a",
    "lang": "zh",
    "kind": "direct",
    "question": "黄埔每年评的人工智能示范应用项目按投入补几成，封顶多少？",
    "evidence": [{"any_of": [{"doc": 20, "quote": "每个应用项目经认定的实际投入费用的 50% 给予奖励"}]}],
    "answer_points": ["50%"],
}
NONE = QUESTION | {
    "id": "b",
    "lang": "en",
    "kind": "off-topic",
    "question": "Who won the cup?",
    "evidence": [],
}


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "few.jsonl"
    rows = (QUESTION, NONE | {"answer_points": []})
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_run_is_printed_and_saved(questions: Path, compendium_index: Path, tmp_path: Path) -> None:
    command = ("eval", "run", "--questions", questions, "--index", compendium_index)
    ran = policyqa(*command, "--output", tmp_path / "run", "--as-of", "2022-01-31")
    assert ran.returncode == 0, ran.stderr
    assert "first citation\t1.000 (1.00–1.00)" in ran.stdout
    assert max(map(len, ran.stdout.expandtabs(1).splitlines())) <= 100
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names >= {"answers.jsonl", "scores.jsonl", "manifest.json", "report.html"}
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text("utf-8"))
    assert manifest["as_of"] == "2022-01-31"


def test_a_run_as_json_has_every_row(questions: Path, compendium_index: Path, tmp_path: Path) -> None:
    command = ("eval", "run", "--questions", questions, "--index", compendium_index, "--json")
    printed = json.loads(policyqa(*command, "--output", tmp_path / "run").stdout)
    assert printed["run"] == str(tmp_path / "run")
    assert printed["rows"]["zh"]["first citation"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 1}
    assert printed["rows"]["kind off-topic"]["refusal recall"]["value"] == 1.0
    assert "document" in " ".join(printed["rows"])


def test_several_question_files_follow_one_option(
    questions: Path, compendium_index: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps(QUESTION | {"id": "c"}), encoding="utf-8")
    command = ("eval", "run", "--index", compendium_index, "--output", tmp_path / "run", "--json")
    printed = json.loads(policyqa(*command, "--questions", questions, other).stdout)
    assert printed["rows"]["all"]["refusal accuracy"]["n"] == 3


def test_nothing_is_asked_where_the_run_could_not_be_saved(questions: Path, tmp_path: Path) -> None:
    ran = policyqa("eval", "run", "--questions", questions, "--index", "none", "--output", tmp_path)
    assert ran.returncode == 2 and "is there already" in ran.stderr


def test_question_files_are_checked(questions: Path, tmp_path: Path) -> None:
    good = policyqa("eval", "check", questions)
    assert (good.returncode, good.stdout) == (0, "question files: 1, faults: none\n")
    questions.write_text(json.dumps(QUESTION | {"answer_points": ["60%"]}), encoding="utf-8")
    bad = policyqa("eval", "check", questions)
    assert bad.returncode == 2 and "few.jsonl line 1 a: the answer point '60%'" in bad.stdout
    assert "question files: 1, faults: 1" in bad.stderr
    missing = policyqa("eval", "check", tmp_path / "none.jsonl")
    assert missing.returncode == 2 and "none.jsonl" in missing.stderr


def run_at(day: str, folder: Path, questions: Path, index: Path) -> Path:
    command = ("eval", "run", "--questions", questions, "--index", index, "--as-of", day)
    assert policyqa(*command, "--output", folder).returncode == 0
    return folder


def test_two_runs_are_compared(questions: Path, compendium_index: Path, tmp_path: Path) -> None:
    first = run_at("2022-01-31", tmp_path / "a", questions, compendium_index)
    second = run_at("2023-01-31", tmp_path / "b", questions, compendium_index)
    ran = policyqa("eval", "compare", first, second)
    assert ran.returncode == 0, ran.stderr
    assert "2 questions in both runs" in ran.stdout
    assert "as_of: 2022-01-31 → 2023-01-31" in ran.stdout
    assert "first citation\t1.000\t1.000\t+0.000 (+0.000 to +0.000)\t1.000" in ran.stdout
    assert "no answer went" in ran.stdout
    printed = json.loads(policyqa("eval", "compare", first, second, "--json").stdout)
    assert printed["questions"] == 2 and printed["changed"] == []


def test_what_is_no_run_is_named(tmp_path: Path) -> None:
    ran = policyqa("eval", "compare", tmp_path, tmp_path)
    assert ran.returncode == 2 and "holds no run" in ran.stderr


@pytest.mark.parametrize(("floor", "status"), [("1.0", 0), ("1.1", 1)])
def test_a_figure_below_its_floor_is_exit_status_1(
    floor: str,
    status: int,
    questions: Path,
    compendium_index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floors = tmp_path / "floors.toml"
    floors.write_text(f'[dev.all]\n"first citation" = {floor}\n', encoding="utf-8")
    monkeypatch.setattr("eval.gate.FLOORS", floors)
    monkeypatch.setattr("eval.sets.set_files", lambda name: [questions])
    ran = policyqa("eval", "gate", "--index", compendium_index)
    assert ran.returncode == status, ran.stderr
    assert ("NOT KEPT" in ran.stdout) == bool(status)
    unknown = policyqa("eval", "gate", "--set", "prod", "--index", compendium_index)
    assert unknown.returncode == 2 and "'prod'" in unknown.stderr


def test_the_threshold_is_explained_and_written(tmp_path: Path) -> None:
    few = Path(__file__).resolve().parents[2] / "eval" / "questions" / "dev" / "PR.jsonl"
    ran = policyqa("eval", "threshold", "--questions", few, "--write", tmp_path / "rule.toml")
    assert ran.returncode == 0, ran.stderr
    assert "\tchosen\n" in ran.stdout and "Chosen: 0." in ran.stdout
    assert "coverage\t+" in ran.stdout
    assert "[decision]\nthreshold = 0." in (tmp_path / "rule.toml").read_text("utf-8")


def test_simpler_systems_are_measured_beside(questions: Path, compendium_index: Path, tmp_path: Path) -> None:
    command = ("eval", "run", "--questions", questions, "--index", compendium_index, "--baselines")
    ran = policyqa(*command, "--output", tmp_path / "run")
    assert ran.returncode == 0, ran.stderr
    for system in ("PolicyQA", "BM25 only", "dense only", "chunks of 500", "chunks, lenient"):
        assert f"\n{system}\t" in ran.stdout
        assert system in (tmp_path / "run" / "report.html").read_text("utf-8")


def test_answers_of_a_language_model_are_measured(
    questions: Path, compendium_index: Path, tmp_path: Path, writing_model: Path
) -> None:
    command = ("eval", "run", "--questions", questions, "--index", compendium_index)
    options = ("--generator", "transformers", "--output", tmp_path / "run")
    ran = policyqa(*command, *options, POLICYQA_MODEL=str(writing_model))
    assert ran.returncode == 0 and f"{writing_model} writes the answers" in ran.stderr, ran.stderr
    rows = [json.loads(line) for line in (tmp_path / "run" / "answers.jsonl").read_text().splitlines()]
    # The model knows nothing of this collection, so what it writes does not hold.
    assert (rows[0]["because"], rows[0]["instead"]) == ("as set", "unproven")
