import json
from datetime import date
from pathlib import Path

import pytest

from corpus.errors import PolicyQAError
from rag.batch import answer_file, read_questions, search_file
from rag.engine import PolicyQA

LINES = [
    {"id": "A", "question": "武汉对入选的领军型创新创业团队资助多少？", "lang": "zh", "evidence": []},
    {"id": "B", "turns": [{"question": "重庆的智慧农业谁牵头？"}, {"question": "智慧教育呢？"}]},
    {"id": 7, "question": "你好"},
    {"id": "E", "question": "What does Tianjin pay for each new 5G base station?"},
]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in LINES) + "\n\n", encoding="utf-8-sig")
    return path


def rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_dialogue_s_turns_are_numbered(questions: Path) -> None:
    assert [a.id for a in read_questions(questions)] == ["A", "B#1", "B#2", "7", "E"]
    assert [a.first for a in read_questions(questions)] == [True, True, False, True, True]


def test_answers_follow_the_contract(compendium: PolicyQA, questions: Path, tmp_path: Path) -> None:
    output = tmp_path / "answers.jsonl"
    seen: list[tuple[int, int]] = []
    count = answer_file(compendium, questions, output, date(2026, 1, 1), lambda n, of: seen.append((n, of)))
    found = {row["id"]: row for row in rows(output)}
    assert count == 5
    assert list(found) == ["A", "B#1", "B#2", "7", "E"]
    assert seen[-1] == (5, 5)

    first = found["A"]
    assert not first["refused"]
    assert "500万元" in first["answer"]
    assert len(first["retrieved"]) == 20
    for record in first["retrieved"]:
        assert record["text"] == compendium.clause(record["clause_id"]).text
        assert record["document"] == compendium.clause(record["clause_id"]).document
    for citation in first["citations"]:
        assert citation["quote"] in citation["text"]
        assert citation["text"] == compendium.clause(citation["clause_id"]).text
        assert citation["validity"]
    assert first["latency_ms"] > 0
    assert first["cpu_ms"] > 0

    assert "市教委" in found["B#2"]["answer"]
    assert found["7"]["citations"] == []
    assert not found["7"]["refused"]
    assert "2 万元" in found["E"]["answer"]


def test_searches_hold_only_candidates(compendium: PolicyQA, questions: Path, tmp_path: Path) -> None:
    output = tmp_path / "found.jsonl"
    search_file(compendium, questions, output, top=7)
    found = rows(output)
    assert [set(row) for row in found] == [{"id", "retrieved"}] * 5
    assert len(found[0]["retrieved"]) == 7
    assert found[0]["retrieved"][0]["document"].startswith("wuhan")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id": "A", "question": "a"}\n{"id": "B"', "line 2 is not JSON"),
        ('{"question": "a"}', "line 1 is no object with an id"),
        ('["A"]', "line 1 is no object with an id"),
        ('{"id": "A"}', "line 1 has no question"),
        ('{"id": "A", "question": 3}', "line 1 has no question"),
        ('{"id": "A", "turns": []}', "line 1: turns is no list of questions"),
        ('{"id": "A", "turns": [{"text": "a"}]}', "line 1 has no question"),
        ('{"id": "A", "question": "a"}\n{"id": "A", "question": "b"}', "two questions with the id A"),
        ("\n\n", "holds no questions"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyQAError, match=message):
        read_questions(path)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyQAError, match=r"missing\.jsonl cannot be read"):
        read_questions(tmp_path / "missing.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "A", "question": "\xff"}')
    with pytest.raises(PolicyQAError, match="not UTF-8"):
        read_questions(tmp_path / "latin.jsonl")


def test_an_old_output_stays_until_all_is_answered(compendium: PolicyQA, tmp_path: Path) -> None:
    path, output = tmp_path / "q.jsonl", tmp_path / "out.jsonl"
    path.write_text('{"id": "A", "question": "武汉补多少"}\n{"id": "B", "question": "  "}', encoding="utf-8")
    output.write_text("old", encoding="utf-8")
    with pytest.raises(PolicyQAError, match="Question B: The question is empty"):
        answer_file(compendium, path, output)
    assert output.read_text(encoding="utf-8") == "old"
    assert {p.name for p in tmp_path.iterdir()} == {"q.jsonl", "out.jsonl"}


def test_an_output_that_cannot_be_written_is_one_line(compendium: PolicyQA, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"id": "A", "question": "武汉补多少"}', encoding="utf-8")
    with pytest.raises(PolicyQAError, match="cannot be written"):
        answer_file(compendium, path, tmp_path / "no" / "out.jsonl")


def test_a_line_nested_without_end_is_named(tmp_path: Path) -> None:
    path = tmp_path / "deep.jsonl"
    path.write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(PolicyQAError, match="line 1"):
        read_questions(path)
