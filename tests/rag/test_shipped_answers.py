"""What the compendium's own clauses give, straight from evidence to verified answer."""

from datetime import date

import pytest
from policies import Collection, query, ranked

from corpus.collection import shipped_corpus
from rag.generators.extractive import ExtractiveGenerator
from rag.pieces import cut
from rag.scoring import whole_clause
from rag.types import Fact
from rag.verification import verify

AS_OF = date(2022, 1, 31)


@pytest.fixture(scope="module")
def compendium():
    corpus = shipped_corpus()
    return Collection(corpus.documents, corpus.clauses)


def holding(source, words):
    """Ids of the smallest units that hold these words, as retrieval would rank them first."""
    units = [c for c in source.clauses.values() if words in c.text.replace(" ", "")]
    return [c.id for c in sorted(units, key=lambda c: len(c.text))]


def answer(source, question, words, facts, *holders, **fields):
    asked = query(question, words, facts, **fields)
    clauses = [holding(source, h)[0] for h in holders]
    draft = ExtractiveGenerator().compose(asked, ranked(*clauses), source, AS_OF)
    result = verify(draft, source, asked)
    assert not result.failures
    return result.draft


def test_a_paired_list_of_tiers(compendium):
    draft = answer(
        compendium,
        "在黄埔区建人工智能项目，固定资产投资1亿，能拿多少奖励？",
        ["固定资产", "奖励"],
        [Fact.AMOUNT],
        "固定资产投资总额达到5000万元、1亿元",
    )
    assert draft.statements[0].text.endswith("固定资产投资总额达到1亿元的一档：1000万元。")
    assert {"conditions", "procedure", "validity"} <= {r.kind for r in draft.related}


def test_a_share_with_a_cap(compendium):
    draft = answer(
        compendium,
        "杭州研发投入3000万，能补多少？",
        ["研发投入"],
        [Fact.AMOUNT],
        "按项目研发投入的20%给予补助",
    )
    assert [n.text for n in draft.notes if n.kind == "computed"] == ["3000万 × 20% = 600万"]
    sum_and_cap = "3000万 × 20% = 600万，超过上限，以“最高不超过 500 万元”为限。"
    assert draft.statements[0].text == f"按您的情况计算：{sum_and_cap}"


def test_two_policies_of_one_city_disagree(compendium):
    draft = answer(
        compendium,
        "长沙人工智能产业子基金规模多大？",
        ["子基金", "规模"],
        [Fact.AMOUNT],
        "产业发展子基金，规模100亿元",
        "产业发展子基金，规模50亿元",
    )
    assert [n.kind for n in draft.notes] == ["conflict"]
    assert len({c.document for c in draft.citations}) == 2


def test_the_bracket_names_the_offices(compendium):
    draft = answer(
        compendium,
        "武汉领军型创新创业团队资助多少，归哪两个部门？",
        ["领军型创新创业团队"],
        [Fact.AMOUNT, Fact.OFFICE],
        "对入选的领军型创新创业团队",
    )
    shown = "".join(s.text for s in draft.statements)
    assert "最高500万元" in shown and "市招才局、市科技局" in shown


def test_every_clause_can_be_quoted_and_every_quote_verifies(compendium):
    generator = ExtractiveGenerator()
    asked = query("最高给予多少？", ["给予"], [Fact.AMOUNT])
    for number, clause_id in enumerate(compendium.clauses):
        if number % 7:
            continue
        draft = generator.compose(asked, ranked(clause_id), compendium, AS_OF)
        clause = whole_clause(compendium, clause_id)[0]
        bare = all(p.heading for p in cut(clause.id, clause.text))
        assert bool(draft.statements) is not bare, clause_id
        assert not verify(draft, compendium, asked).failures, clause_id
        for citation in draft.citations:
            has_paragraphs = bool(whole_clause(compendium, citation.clause_id)[1])
            assert len(citation.text) <= 400 or "/p" in citation.clause_id or not has_paragraphs
