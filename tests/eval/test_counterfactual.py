from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from embeddings.encoder import Encoder
from eval.counterfactual import Counterfactual, HidingIndex, compare_answers
from rag.engine import PolicyQA
from rag.types import Answer, Citation, Filters, Refusal, Statement

FILTERS = Filters(as_of=date(2022, 1, 31))
QUESTIONS = (
    "黄埔区固定资产投资奖励多少？",
    "杭州攻关AI关键技术，最多补多少？",
    "How much does Tianjin pay for each new 5G base station?",
    "成都AI技改要投够多少才给补 补几个点",
)


@pytest.fixture(scope="module")
def index(compendium_index: Path) -> HidingIndex:
    found = HidingIndex.open(compendium_index, Encoder.load())
    assert isinstance(found, HidingIndex)
    return found


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_hidden_clause_is_nowhere_to_be_found(question: str, index: HidingIndex) -> None:
    engine = PolicyQA(index, Encoder.load())
    before = engine.ask(question, filters=FILTERS)
    hidden = index.family(before.citations[0].clause_id)
    index.hide(hidden)
    try:
        after = engine.ask(question, filters=FILTERS)
    finally:
        index.hide(())
    found = {c.clause_id for c in (*after.retrieved, *after.citations, *(r.citation for r in after.related))}
    assert found and not found & set(hidden)
    assert engine.ask(question, filters=FILTERS).text == before.text


def test_a_paragraph_goes_with_its_clause(index: HidingIndex) -> None:
    paragraph = next(clause_id for clause_id in index.clauses if clause_id.endswith("/p2"))
    owner = paragraph.removesuffix("/p2")
    assert index.family(paragraph) == index.family(owner)
    assert {owner, f"{owner}/p1", paragraph} <= set(index.family(owner))


def test_a_question_is_judged_without_its_clause(compendium_index: Path, compendium: PolicyQA) -> None:
    without = Counterfactual.from_path(compendium_index)
    answers = [compendium.ask(question, filters=FILTERS) for question in QUESTIONS]
    found = [without.judge(answer, (), FILTERS) for answer in answers]
    assert all(answer.citations[0].clause_id in f["hidden"] for answer, f in zip(answers, found, strict=True))
    # Chengdu's measures and their rules say the same in the same words.
    assert found[-1]["outcome"] == "twin"
    assert {f["outcome"] for f in found[:-1]} <= {"gone", "changed"}


def answer(words: str, clause_id: str, text: str = "给予最高100万元补助。") -> Answer:
    cited = Citation(clause_id, "a", "", "", "", (), text, words, "")
    return Answer("问", "zh", (Statement(words, (1,)),), (cited,))


@pytest.mark.parametrize(
    ("again", "outcome"),
    [
        (Answer("问", "zh", refusal=Refusal("没有。")), "gone"),
        (answer("给予最高50万元补助。", "a/2", "给予最高50万元补助。"), "changed"),
        (answer("给予最高100万元补助。", "b/1"), "twin"),
        (answer("给予最高100万元补助。", "b/1", "本办法自发布之日起施行。"), "kept"),
        (answer("给予最高100万元补助。", "a/1"), "kept"),
    ],
)
def test_what_became_of_a_statement(again: Answer, outcome: str) -> None:
    assert compare_answers(answer("给予最高100万元补助。", "a/1"), again, ["a/1"]) == outcome
