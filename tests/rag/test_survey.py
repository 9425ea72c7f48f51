"""Questions about all places, and comparisons in which a place has nothing to say."""

import pytest

from corpus.text import fold
from rag.engine import PolicyQA
from rag.gazetteer import Gazetteer
from rag.lexicon import load_lexicon
from rag.question import understand


@pytest.mark.parametrize(
    ("question", "surveys"),
    [
        ("哪些城市对人工智能企业的贷款给利息补贴？", True),
        ("有几个试验区给5G基站奖励", True),
        ("Which cities subsidise loan interest?", True),
        ("哪些市场主体可以申请？", False),
        ("哪些企业可以申请？", False),
        ("Which department is responsible?", False),
    ],
)
def test_what_asks_about_all_places(question: str, surveys: bool) -> None:
    assert bool(load_lexicon().survey.search(fold(question))) is surveys
    assert understand(question, (), Gazetteer(())).survey is surveys


def test_a_question_that_names_a_place_is_about_that_place(compendium: PolicyQA) -> None:
    answer = compendium.ask("德清的应用先导区在哪些地方？")
    assert {c.zone[:2] for c in answer.citations} <= {"德清"}


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("哪些城市对人工智能企业的贷款给利息补贴？", {"广州", "济南", "长沙"}),
        ("Which cities subsidise loan interest for AI companies?", {"广州", "济南", "长沙"}),
    ],
)
def test_one_clause_for_each_place_that_has_one(
    compendium: PolicyQA, question: str, places: set[str]
) -> None:
    answer = compendium.ask(question)
    zones = [c.zone[:2] for c in answer.citations]
    assert places <= set(zones)
    assert len(zones) == len(set(zones)) <= 8
    assert [n for n in answer.notes if n.kind == "scope" and "33" in n.text]


def test_the_best_of_each_place_stands_first_among_the_candidates(compendium: PolicyQA) -> None:
    found = compendium.search("哪些城市对人工智能企业的贷款给利息补贴？", 5)
    zones = [compendium.clause(c.clause_id).zone for c in found]
    assert len(set(zones)) == 5
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


@pytest.mark.parametrize(
    ("question", "silent"),
    [
        ("天津和武汉对新建5G基站各奖励多少？", "武汉的文件中没有找到"),
        ("Compare 5G base station rewards in Tianjin and Wuhan", "documents of Wuhan"),
    ],
)
def test_a_place_that_says_nothing_about_it_is_named_and_not_cited(
    compendium: PolicyQA, question: str, silent: str
) -> None:
    answer = compendium.ask(question)
    assert len({c.zone for c in answer.citations}) == 1
    assert any(silent in n.text for n in answer.notes if n.kind == "scope")


def test_a_comparison_says_which_place_each_clause_is_of(compendium: PolicyQA) -> None:
    answer = compendium.ask("杭州和武汉对应用场景示范项目各按多大比例补？")
    assert [s.text[:3] for s in answer.statements if s.text[2] == "："] == ["杭州：", "武汉："]
