import json
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from corpus.types import ClauseKind
from rag.engine import PolicyQA
from rag.question import understand
from rag.ranking import load_weights
from rag.retrieval import LONG_CLAUSE, Retriever
from rag.steering import within_scope
from rag.types import Filters, Query, Ranked

DAY = date(2022, 1, 1)
OWN = Path(__file__).parent / "data" / "own_questions.jsonl"


@pytest.fixture(scope="module")
def retriever(compendium: PolicyQA) -> Retriever:
    return compendium._snapshot.retriever


def query(compendium: PolicyQA, question: str) -> Query:
    return understand(question, (), compendium._snapshot.gazetteer)


def rank(compendium: PolicyQA, question: str, filters: Filters | None = None) -> tuple[Ranked, ...]:
    snapshot = compendium._snapshot
    return snapshot.retriever.rank(query(compendium, question), filters or Filters(), DAY)


def documents(compendium: PolicyQA, ranked: tuple[Ranked, ...]) -> list[str]:
    return [compendium.clauses[r.clause_id].document for r in ranked]


def test_own_questions_find_their_clauses(compendium: PolicyQA) -> None:
    found = []
    for line in OWN.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        groups = [g for g in row["clauses"] if g != [""]]
        top = [r.clause_id for r in rank(compendium, row["question"])[:5]] if groups else []
        found += [any(c == a or c.startswith(f"{a}/") for c in top for a in group) for group in groups]
    assert len(found) >= 50
    assert sum(found) / len(found) >= 0.95


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("黄埔区评国家级示范项目奖多少", "huangpu-rules"),
        ("What does Huangpu pay for an international AI award?", "huangpu-rules"),
        ("海淀办挑战赛补多少", "beijing-2019-measures"),
        ("昌沙人工智能产业信息中心给多少经费", "changsha-opinions"),
        ("武漢對孵化器有什麼資助", "wuhan-2020-measures"),
    ],
)
def test_the_place_named_comes_first_and_hides_nothing(
    compendium: PolicyQA, question: str, document: str
) -> None:
    found = documents(compendium, rank(compendium, question))
    assert found[0].split("-")[0] == document.split("-")[0]
    assert len(set(found)) > 5


def test_a_comparison_takes_the_places_in_turn(compendium: PolicyQA) -> None:
    ranked = rank(compendium, "济南和长沙对参加展会各怎么补？")
    zones = [compendium.clauses[r.clause_id].zone[:2] for r in ranked[:4]]
    assert zones == ["济南", "长沙", "济南", "长沙"]
    assert all(a.score >= b.score for a, b in pairwise(ranked))


def test_paragraphs_stand_for_long_clauses(compendium: PolicyQA) -> None:
    ranked = rank(compendium, "长沙承办国家级人工智能论坛补贴多少")
    clauses = [compendium.clause(r.clause_id) for r in ranked]
    assert any(c.kind is ClauseKind.PARAGRAPH for c in clauses)
    for clause in clauses:
        if clause.kind is not ClauseKind.PARAGRAPH and len(clause.text) > LONG_CLAUSE:
            assert not any(k.kind is ClauseKind.PARAGRAPH for k in compendium.children(clause.id))


def test_no_bare_heading_is_among_the_first(compendium: PolicyQA) -> None:
    for r in rank(compendium, "成都对人工智能企业的支持政策")[:10]:
        assert len(compendium.clause(r.clause_id).text) > 30


def test_the_clause_that_states_the_validity_is_found(compendium: PolicyQA) -> None:
    first = rank(compendium, "长沙开放创新平台认定管理暂行办法有效期多久")[0]
    assert first.clause_id == compendium.documents["changsha-2021-platform-rules"].expires_clause


@pytest.mark.parametrize(
    "filters",
    [
        Filters(documents=("huangpu-rules",)),
        Filters(zones=("广州国家新一代人工智能创新发展试验区",)),
        Filters(in_force_only=True),
    ],
)
def test_filters_hold(compendium: PolicyQA, filters: Filters) -> None:
    day = replace(filters, as_of=date(2026, 1, 1)).as_of
    ranked = compendium._snapshot.retriever.rank(query(compendium, "国家级示范项目奖励多少"), filters, day)
    assert ranked
    for name in set(documents(compendium, ranked)):
        document = compendium.documents[name]
        assert not filters.documents or name in filters.documents
        assert not filters.zones or document.zone in filters.zones
        assert not (filters.in_force_only and document.expires and document.expires < day)


def test_filters_that_nothing_passes_find_nothing(compendium: PolicyQA) -> None:
    assert rank(compendium, "奖励多少", Filters(zones=("月球",))) == ()


def test_only_the_places_named_may_answer(compendium: PolicyQA) -> None:
    asked = query(compendium, "苏州给创投机构的风险补助是百分之几？")
    ranked = rank(compendium, asked.question)
    scope = within_scope(asked, ranked, compendium._snapshot.index)
    assert {d.split("-")[0] for d in documents(compendium, scope)} == {"suzhou"}
    assert len(scope) < len(ranked)


def test_the_same_question_ranks_the_same_again(compendium: PolicyQA, retriever: Retriever) -> None:
    again = Retriever(compendium._snapshot.index, compendium._encoder, load_weights())
    asked = query(compendium, "重庆的智慧农业谁牵头")
    assert again.rank(asked, Filters(), DAY) == retriever.rank(asked, Filters(), DAY)


@pytest.mark.parametrize(
    ("question", "clause_id"),
    [
        ("黄埔实施细则第十条讲什么", "huangpu-rules/10"),
        ("《杭州市建设国家新一代人工智能创新发展试验区若干政策》第三条", "hangzhou-2020-measures/3"),
    ],
)
def test_an_article_named_by_its_number_comes_first(
    compendium: PolicyQA, question: str, clause_id: str
) -> None:
    first = compendium.clause(rank(compendium, question)[0].clause_id)
    assert clause_id in (first.id, first.parent)


def test_traditional_characters_find_what_simplified_ones_do(compendium: PolicyQA) -> None:
    simplified = compendium.search("武汉对顶尖人才团队的重大项目有什么政策支持？", 5)
    traditional = compendium.search("武漢對頂尖人才團隊的重大項目有什麼政策支持？", 5)
    assert [(c.clause_id, c.score) for c in traditional] == [(c.clause_id, c.score) for c in simplified]
