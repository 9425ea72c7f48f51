from dataclasses import replace

import pytest

from rag.engine import PolicyQA
from rag.parts import add_answer, parts_of
from rag.types import Citation, Draft, Note, Statement


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("补多少？", ()),
        ("一个站奖多少？市里全出吗？", (("", "一个站奖多少？"), ("一个站奖多少？", "市里全出吗？"))),
        ("How much? Who pays it?", (("", "How much?"), ("How much?", "Who pays it?"))),
        ("真的？？", ()),
    ],
)
def test_the_questions_that_a_text_holds(question: str, parts: tuple[tuple[str, str], ...]) -> None:
    assert parts_of(question) == parts


def test_the_first_of_two_questions_is_answered_where_the_second_outweighs_it(compendium: PolicyQA) -> None:
    answer = compendium.ask("济南试验区若干政策里，新引进的团队怎么奖？这份文件什么时候到期？")
    assert {c.clause_id.split("/")[0] for c in answer.citations} == {"jinan-2020-measures"}
    assert len(answer.citations) > 1


def test_other_words_of_a_clause_already_cited_are_quoted_with_those() -> None:
    first, second = "资金由市、区两级按1:1承担。", "本政策有效期至2023年12月31日。"
    clause = Citation("a/closing", "a", "l", "t", "z", (), first + second, second, "", quotes=(second,))
    whole = Draft((Statement(second, (1,)),), (clause,))
    part = Draft((Statement(first, (1,)),), (replace(clause, quote=first, quotes=(first,)),))
    joined = add_answer(whole, part)
    assert [c.quotes for c in joined.citations] == [(second, first)]
    assert [(s.text, s.citations) for s in joined.statements] == [(second, (1,)), (first, (1,))]


def test_each_of_two_questions_is_answered_from_its_own_clause(compendium: PolicyQA) -> None:
    answer = compendium.ask("在天津新建5G基站，一个站奖励多少？这笔钱是市里全出还是区里也要分担？")
    cited = [c.clause_id for c in answer.citations]
    assert cited == ["tianjin-2020-manufacturing-measures/2/7", "tianjin-2020-manufacturing-measures/8"]
    assert "2 万元" in answer.text and "由市级财政承担" in answer.text
    assert [s.citations for s in answer.statements] == [(1,), (2,)]


def test_what_the_documents_do_not_say_is_not_added(compendium: PolicyQA) -> None:
    answer = compendium.ask("在天津新建5G基站，一个站奖励多少？护照怎么续签？")
    assert [c.clause_id for c in answer.citations] == ["tianjin-2020-manufacturing-measures/2/7"]


def test_warnings_of_expiry_and_sums_come_along() -> None:
    def draft(clause: str, *notes: Note) -> Draft:
        cited = Citation(clause, "d", "l", "t", "z", (), f"{clause}的话。", f"{clause}的话。", "")
        return Draft((Statement(cited.quote, (1,)),), (cited,), (), notes)

    expired, total = Note("expired", "甲已过有效期"), Note("computed", "2 × 3 = 6")
    joined = add_answer(draft("甲", expired), draft("乙", expired, total, Note("conflict", "丙")))
    assert joined.notes == (expired, total)
    assert [s.citations for s in joined.statements] == [(1,), (2,)]
