import json
from pathlib import Path

import pytest

from corpus.types import Document
from rag.engine import PolicyQA
from rag.gazetteer import Gazetteer
from rag.question import understand
from rag.types import Answer, Citation, Fact, Turn

OWN = Path(__file__).parent / "data" / "own_dialogues.jsonl"
GAZETTEER = Gazetteer(
    (
        Document("wuhan", "武汉市若干政策", "武汉试点区"),
        Document("changsha-old", "长沙市若干政策", "长沙试点区"),
        Document("changsha-new", "长沙市进一步促进产业发展的意见", "长沙试点区"),
    )
)


def cited(document: str, clause_id: str = "") -> Citation:
    return Citation(clause_id or f"{document}/1", document, "", "", "", (), "", "", "")


def turn(question: str, document: str = "", standalone: str = "", reply: str = "") -> Turn:
    citations = (cited(document),) if document else ()
    answer = Answer(
        question, "zh", citations=citations, standalone_question=standalone or question, reply=reply
    )
    return Turn(question, answer)


FIRST = turn("武汉对领军型创新创业团队资助多少？", "wuhan")


def test_a_place_alone_is_put_into_the_question_before() -> None:
    query = understand("那长沙呢？", (FIRST,), GAZETTEER)
    assert query.standalone == "长沙对领军型创新创业团队资助多少？"
    assert query.zones == ("长沙试点区",)
    assert query.facts == (Fact.AMOUNT,)
    assert query.recent == ()


def test_a_question_without_a_subject_takes_that_of_the_turn_before() -> None:
    query = understand("归哪两个部门管？", (FIRST,), GAZETTEER)
    assert query.standalone == "（武汉对领军型创新创业团队资助多少）归哪两个部门管？"
    assert query.zones == ("武汉试点区",)
    assert query.facts[0] == Fact.OFFICE
    assert dict(query.terms)["团队"] >= 0.5
    assert query.recent == ("wuhan/1",)


def test_the_subject_lasts_over_several_turns() -> None:
    second = turn("归哪两个部门管？", "wuhan", "（武汉对领军型创新创业团队资助多少）归哪两个部门管？")
    query = understand("要什么条件？", (FIRST, second), GAZETTEER)
    assert query.standalone == "（武汉对领军型创新创业团队资助多少）要什么条件？"
    assert dict(query.terms)["团队"] >= 0.5


def test_a_new_subject_keeps_the_place() -> None:
    query = understand("那引进外籍院士怎么支持？", (FIRST,), GAZETTEER)
    terms = dict(query.terms)
    assert query.zones == ("武汉试点区",)
    assert terms["院士"] == 1.0
    assert terms.get("团队", 0) < 0.5


def test_a_whole_question_stands_alone() -> None:
    query = understand("长沙企业发行公司债券有补助吗？", (FIRST,), GAZETTEER)
    assert query.standalone == "长沙企业发行公司债券有补助吗？"
    assert not any(concept.carried for concept in query.concepts)


def test_small_talk_in_between_does_not_break_the_thread() -> None:
    history = (FIRST, turn("谢谢", reply="不客气"))
    assert understand("那长沙呢？", history, GAZETTEER).standalone.startswith("长沙对领军型")


def test_a_refused_turn_in_between_does_not_break_the_thread() -> None:
    history = (FIRST, turn("武汉今天热不热？"))
    assert understand("归谁管？", history, GAZETTEER).standalone.startswith("（武汉对领军型")


def test_another_document_is_named_by_saying_which_is_not_meant() -> None:
    first = turn("长沙若干政策给示范项目奖多少？", "changsha-old")
    query = understand(
        "不是这份，是后来那份《进一步促进产业发展的意见》，一年评多少个？", (first,), GAZETTEER
    )
    assert query.documents == ("changsha-new",)
    assert query.local


def test_english_follow_ups_are_completed_too() -> None:
    first = turn("How much does Wuhan pay leading innovation teams?", "wuhan")
    query = understand("Which department do we apply to?", (first,), GAZETTEER)
    assert query.zones == ("武汉试点区",)
    assert query.standalone.endswith("Which department do we apply to?")
    assert understand("What about Changsha?", (first,), GAZETTEER).zones == ("长沙试点区",)


@pytest.mark.parametrize("question", ["长沙的孵化器补多少？", "归谁管？"])
def test_without_a_dialogue_nothing_is_added(question: str) -> None:
    assert understand(question, (), GAZETTEER).standalone == question


def test_a_place_outside_the_collection_is_not_replaced_by_the_one_before() -> None:
    query = understand("那宁波呢？", (FIRST,), GAZETTEER)
    assert query.absent == ("宁波",)
    assert query.local == ()


def test_a_figure_alone_is_put_into_the_question_before() -> None:
    first = turn("我们在武汉投了1亿元，能拿多少奖励？", "wuhan")
    query = understand("那1.5亿呢？", (first,), GAZETTEER)
    assert query.standalone == "我们在武汉投了1.5亿，能拿多少奖励？"
    assert query.inputs == ("1.5亿",)


def test_a_place_is_exchanged_in_a_question_that_only_compares() -> None:
    query = understand("长沙也是这个数吗？", (FIRST,), GAZETTEER)
    assert query.standalone == "长沙对领军型创新创业团队资助多少？"


def test_another_figure_asks_the_exchanged_question_again_after_other_facts() -> None:
    first = turn("我们在武汉投了1亿元，能拿多少奖励？", "wuhan")
    second = turn("材料交给谁？", "wuhan", "（我们在武汉投了1亿元，能拿多少奖励）材料交给谁？")
    query = understand("那1.5亿呢？", (first, second), GAZETTEER)
    assert query.standalone == "我们在武汉投了1.5亿，能拿多少奖励？"
    assert query.facts[0] == Fact.AMOUNT


def test_own_dialogues_cite_their_clauses(compendium: PolicyQA) -> None:
    first_turns, later_turns = [], []
    for line in OWN.read_text(encoding="utf-8").splitlines():
        history: list[Turn] = []
        for row in json.loads(line)["turns"]:
            answer = compendium.ask(row["question"], history)
            if row["clauses"]:
                cited = [c.clause_id for c in answer.citations[:1]]
                right = any(c == a or c.startswith(f"{a}/") for c in cited for a in row["clauses"])
                (later_turns if history else first_turns).append(right)
            else:
                assert answer.citations == ()
            history.append(Turn(row["question"], answer))
    assert len(later_turns) >= 90
    assert sum(first_turns) / len(first_turns) >= 0.9
    assert sum(later_turns) / len(later_turns) >= 0.87
