from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from running import bench

from eval.bench import ask, generate, kills, load
from eval.bench.machine import describe_machine, spread
from eval.bench.swapping import QUESTION, States


def test_spread_shows_median_and_extremes() -> None:
    assert spread([3.0, 1.0, 2.0], "s", 1) == "2.0 s (1.0 to 3.0, 3 runs)"


def test_the_machine_is_described_with_versions() -> None:
    lines = describe_machine()
    assert any("cores" in line for line in lines)
    assert any("tantivy 0." in line for line in lines)


def test_answers_are_timed(
    compendium_index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    questions = tmp_path / "questions.jsonl"
    rows = [
        {"id": "a", "question": "黄埔区的奖励最高多少？"},
        {"id": "b", "turns": [{"question": "德清有什么补贴？"}, {"question": "要什么条件？"}]},
    ]
    questions.write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = ["ask", "--questions", str(questions), "--index", str(compendium_index), "--runs", "2"]
    monkeypatch.setattr("sys.argv", [*arguments, "--cores", "64"])
    assert ask.main() in (0, 1)
    printed = capsys.readouterr().out
    assert "3 questions and turns" in printed and "b#2" in printed
    assert "p95" in printed and "2 runs" in printed


def test_a_missing_question_file_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["ask", "--questions", str(tmp_path / "none.jsonl"), "--cores", "64"])
    assert ask.main() == 2
    error = capsys.readouterr().err
    assert "none.jsonl" in error and error.count("\n") == 1


def test_reading_and_writing_are_measured_against_the_memory(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "_STREAMED", 1 << 20)
    arguments = ["--shape", "tiny", "--device", "cpu", "--prompt", "32", "--written", "2", "--runs", "2"]
    monkeypatch.setattr("sys.argv", ["generate", *arguments])
    generate.main()
    printed = capsys.readouterr().out
    assert "float32, weights 0.00 GB" in printed and "bfloat16" in printed
    assert printed.count("2 runs") == 8 and printed.count("writing reaches") == 2


def test_a_model_has_the_parameters_that_its_name_says() -> None:
    for name in ("0.6B", "1.7B", "4B"):
        model = generate.build(generate.SHAPES[name], torch.bfloat16, "meta")
        assert model.num_parameters() / 1e9 == pytest.approx(float(name[:-1]), rel=0.03)


def test_the_limit_is_one_reading_of_the_weights_a_token() -> None:
    result = generate.Result("float32", 2_000, [10_000.0, 4_000.0], [1.0, 1.0], [2.0, 1.0])
    assert result.limits == [5, 2] and result.reached == pytest.approx(0.45)
    assert "writing reaches 45% of it" in "".join(generate.describe(result))


def test_a_load_is_measured_while_the_index_changes(
    compendium_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--index", compendium_index, "--seconds", "6", "--warm-up", "1")
    assert bench(load.main, *arguments, "--askers", "2", "--swap", "1") in (0, 1)
    printed = capsys.readouterr().out
    assert "no error kept" in printed and "no wrong answer kept" in printed and "p95" in printed
    assert "wrong        0 answers" in printed and "logged       0 lines" in printed


def test_an_answer_of_two_states_is_found() -> None:
    states = States({"a/1": "甲"}, {1: {}, 2: {"ufo/1": "最高700万元"}, 3: {}, 4: {"ufo/1": "最高701万元"}})

    def answer(generation: int, *cited: tuple[str, str, str], question: str = QUESTION) -> dict[str, Any]:
        citations = [{"clause_id": name, "text": text, "quotes": [quote]} for name, text, quote in cited]
        return {
            "question": question,
            "index_generation": generation,
            "citations": citations,
            "related": [],
        }

    right = ("ufo/1", "最高700万元", "700万元")
    assert states.faults(answer(2, right)) == []
    assert states.faults(answer(3)) == [] == states.faults(answer(1, ("a/1", "甲", "甲")))
    assert states.faults(answer(3, right)) and states.faults(answer(4, right)) and states.faults(answer(2))
    assert states.faults(answer(5)) and states.faults(answer(1, ("a/1", "乙", "乙"), question="?"))
    assert states.faults(answer(2, ("ufo/1", "最高700万元", "701")))


def test_the_chat_is_asked_through_gradios_queue(
    compendium_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--index", compendium_index, "--seconds", "3", "--warm-up", "1")
    assert bench(load.main, *arguments, "--askers", "3", "--through", "gradio") in (0, 1)
    printed = capsys.readouterr().out
    assert "no error kept" in printed and "no wrong answer kept" in printed
    assert "wrong        0 answers" in printed and "logged       0 lines" in printed


def test_an_index_outlives_the_kill_of_its_writer_and_server(
    compendium_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--index", compendium_index, "--kills", "1", "--askers", "2")
    assert bench(kills.main, *arguments) == 0, capsys.readouterr()
    assert "2 kills, 1 of 1 writers in their work" in capsys.readouterr().out
