from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpus.collection import shipped_corpus
from corpus.types import Corpus
from eval.sets import QUESTIONS, is_given, shipped_files
from eval.validation import Source, check_files, check_row
from small_index import document, join

LAST = "本办法自发布之日起施行。"
TEXTS = {
    "first": ["对企业按投入的30%给予补助，最高五百万元。", LAST],
    "second": ["对研究院给予一次性奖励，每家一百万元。", LAST],
}


@pytest.fixture(scope="module")
def source() -> Source:
    corpus = join(*(document(name, articles) for name, articles in TEXTS.items()))
    numbered = tuple(replace(held, position=n) for n, held in enumerate(corpus.documents, 1))
    return Source(replace(corpus, documents=numbered))


def question(**changes: Any) -> dict[str, Any]:
    evidence = [{"any_of": [{"doc": 1, "quote": "按投入的30%给予补助"}]}]
    row = {"id": "q", "lang": "zh", "kind": "direct", "question": "补几成？", "evidence": evidence}
    return row | {"answer_points": ["30%"]} | changes


def quoting(quote: str, doc: int = 1) -> list[dict[str, Any]]:
    return [{"any_of": [{"doc": doc, "quote": quote}]}]


def test_a_good_question_has_no_fault(source: Source) -> None:
    assert list(check_row(question(), source)) == []
    spaced = question(evidence=quoting("按投入的 30 ％ 给予，补助"))
    assert list(check_row(spaced, source)) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"author": "x"}, "has the fields"),
        ({"kind": "compar"}, "kind 'compar'"),
        ({"kind": "absent"}, "does not go with some evidence"),
        ({"evidence": [], "answer_points": []}, "does not go with no evidence"),
        ({"lang": "en"}, "not in the language"),
        ({"question": " 补几成？"}, "spaces around"),
        ({"answer_points": []}, "0 answer points"),
        ({"answer_points": ["40%"]}, "'40%' is no words of the evidence"),
        ({"evidence": [{"any_of": []}]}, "without alternatives"),
        ({"evidence": quoting("按投入的40%给予补助")}, "no unit of document 1 holds"),
        ({"evidence": quoting("按投入的30%给予补助", doc=2)}, "no unit of document 2 holds"),
        ({"evidence": quoting("给予补助")}, "no unit of document 1 holds"),
        ({"answer_points": ["120万"], "sums": {"120万": "400万 * 20%"}}, "120万 is not 400万 * 20%"),
        ({"sums": {"120万": "400万 * 30%"}}, "sums of no answer point"),
        ({"kind": "", "turns": [question()]}, "has the fields"),
    ],
)
def test_each_fault_is_named(source: Source, changes: dict[str, Any], fault: str) -> None:
    assert any(fault in found for found in check_row(question(**changes), source))


@pytest.mark.parametrize(
    ("shown", "expression"),
    [
        ("120万", "400万 × 30%"),
        ("60万元", "3亿 * 2‰"),
        ("48,000", "8 * 2000 * 3"),
        ("4000万", "5000万 - 1000万"),
    ],
)
def test_an_answer_point_may_be_a_right_sum(source: Source, shown: str, expression: str) -> None:
    row = question(answer_points=[shown], sums={shown: expression})
    assert list(check_row(row, source)) == []


def test_quotes_that_stand_elsewhere_too_are_a_fault_of_our_own_sets(source: Source) -> None:
    shared = question(evidence=quoting("本办法自发布之日起施行"), answer_points=["发布之日"])
    assert any("documents [2] too" in fault for fault in check_row(shared, source))
    assert list(check_row(shared, source, exclusive=False)) == []
    both = [{"any_of": [{"doc": n, "quote": "本办法自发布之日起施行"} for n in (1, 2)]}]
    assert list(check_row(question(evidence=both, answer_points=["发布之日"]), source)) == []


def test_a_dialogue_has_turns_that_are_each_checked(source: Source) -> None:
    turn = {key: question()[key] for key in ("question", "evidence", "answer_points")}
    dialogue = {"id": "d", "lang": "zh", "turns": [turn, turn | {"answer_points": ["9成"]}]}
    assert list(check_row(dialogue, source)) == ["turn 2: the answer point '9成' is no words of the evidence"]
    assert list(check_row(dialogue | {"turns": [turn]}, source)) == ["a dialogue has at least two turns"]


@pytest.mark.parametrize("line", ["{", "[]", "3", '{"id": "a"}', '{"id": "a", "turns": 3}'])
def test_lines_that_are_no_question_are_faults(line: str, source: Source, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("\n" + line, encoding="utf-8")
    (fault,) = check_files([path], source.corpus)
    assert fault.startswith("bad.jsonl line 2") and "is not a question" in fault


def test_hostile_sums_are_not_run(source: Source) -> None:
    for expression in ("9 ** 9 ** 9", "__import__('os')", "1 / 0", "(1)(2)", ""):
        row = question(answer_points=["9"], sums={"9": expression})
        with pytest.raises(ValueError, match="is no sum"):
            list(check_row(row, source))


def test_an_id_is_taken_once_over_all_files(source: Source, tmp_path: Path) -> None:
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for path in paths:
        path.write_text(json.dumps(question()), encoding="utf-8")
    assert check_files(paths, source.corpus) == ["b.jsonl line 1 q: its id is taken"]


@pytest.fixture(scope="module")
def compendium_corpus() -> Corpus:
    return shipped_corpus()


def test_every_shipped_question_is_in_order(compendium_corpus: Corpus) -> None:
    assert check_files(shipped_files(), compendium_corpus) == []


def test_only_the_given_development_files_are_given(tmp_path: Path) -> None:
    assert is_given(QUESTIONS / "dev" / "P-G1.jsonl")
    assert not is_given(QUESTIONS / "dev" / "own-singles.jsonl")
    assert not is_given(tmp_path / "P-G1.jsonl")
