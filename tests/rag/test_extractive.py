from datetime import date

import pytest
from policies import COLLECTION, NORTH, SOUTH, query, ranked

from rag.english import figures_in_english, frame
from rag.generators.extractive import ExtractiveGenerator
from rag.places import short_name
from rag.types import Fact
from rag.validity import validity_line
from rag.verification import verify


def compose(question, words, facts, *clause_ids, as_of=date(2022, 6, 1), **fields):
    asked = query(question, words, facts, **fields)
    draft = ExtractiveGenerator().compose(asked, ranked(*clause_ids), COLLECTION, as_of)
    result = verify(draft, COLLECTION, asked)
    assert not result.failures
    return result.draft


def test_the_answer_leads_with_what_was_asked_and_quotes():
    draft = compose("办军工资质补多少", ["军工", "资质"], [Fact.AMOUNT], "north-measures/3")
    assert draft.statements[0].text == "对新取得军工资质的企业，给予每证20万元一次性补助。"
    assert draft.citations[0].label == "《北江市支持人工智能产业发展若干政策》第三条"
    assert draft.citations[0].quote in draft.citations[0].text


def test_a_tier_comes_first():
    draft = compose(
        "新建项目固定资产投资1亿，奖多少", ["新建", "固定资产", "奖励"], [Fact.AMOUNT], "north-measures/2"
    )
    assert draft.statements[0].text == "按您的情况，属于固定资产投资总额达到1亿元的一档：1000万元。"
    assert draft.statements[1].text in COLLECTION.clauses["north-measures/2"].text


def test_a_case_below_the_lowest_tier():
    draft = compose(
        "新建项目固定资产投资3000万，奖多少", ["新建", "固定资产", "奖励"], [Fact.AMOUNT], "north-measures/2"
    )
    assert draft.statements[0].text == "按您的情况，未到最低一档“固定资产投资总额达到5000万元”。"


def test_a_sum_leads_with_its_inputs_and_the_cap_is_quoted():
    draft = compose("研发投入3000万，攻关补多少", ["研发投入", "攻关"], [Fact.AMOUNT], "north-measures/3")
    assert ("computed", "3000万 × 20% = 600万") in [(n.kind, n.text) for n in draft.notes]
    assert (
        draft.statements[0].text
        == "按您的情况计算：3000万 × 20% = 600万，超过上限，以“最高不超过500万元”为限。"
    )


def test_differing_figures_are_both_quoted_with_one_warning():
    draft = compose(
        "攻关最高补多少", ["攻关", "研发投入"], [Fact.AMOUNT], "north-measures/3", "north-rules/1"
    )
    assert [c.clause_id for c in draft.citations] == ["north-measures/3", "north-rules/1"]
    assert [n.kind for n in draft.notes].count("conflict") == 1


def test_one_warning_where_the_policy_has_expired():
    draft = compose(
        "办军工资质补多少", ["军工", "资质"], [Fact.AMOUNT], "north-measures/3", as_of=date(2023, 1, 1)
    )
    assert [n.kind for n in draft.notes] == ["expired"]
    assert draft.citations[0].validity == "已过有效期（2022年12月31日止）"


def test_english_frames_repeat_figures_by_value_only():
    draft = compose(
        "How much for military certificates?",
        ["军工", "资质"],
        [Fact.AMOUNT],
        "north-measures/3",
        language="en",
    )
    assert [s.text for s in draft.statements] == [
        "RMB 200,000 (“给予每证20万元”).",
        "Original wording: 对新取得军工资质的企业，给予每证20万元一次性补助。",
    ]
    assert draft.citations[0].validity == "in force until 31 December 2022"


@pytest.mark.parametrize(
    ("quote", "line"),
    [
        ("给予最高 1000 万元支持", "Up to RMB 10 million (“最高 1000 万元”)."),
        (
            "按实际投入的30%给予最高200万元支持",
            "30% (“按实际投入的30%”); up to RMB 2 million (“最高200万元”).",
        ),
        ("给予不超过年度交易额 20%的支持", "Up to 20% (“不超过年度交易额 20%”)."),
        ("对年收入50万元以上的人才，给予5%的奖励", "5% (“给予5%”)."),
        (
            "对国家级、省级的，分别给予20万元、10万元",
            "RMB 200,000 (“分别给予20万元”); RMB 100,000 (“10万元”).",
        ),
        ("投资不低于500万元的项目", "At least RMB 5 million (“不低于500万元”)."),
        ("支出在5万元以上的", "At least RMB 50,000 (“5万元以上”)."),
        ("给予扶持", ""),
        ("分别给予10万元、20万元、30万元、40万元", ""),
    ],
)
def test_figures_in_english(quote, line):
    assert figures_in_english(quote, query("how much", facts=[Fact.AMOUNT])) == line
    assert figures_in_english(quote, query("who", facts=[Fact.OFFICE])) == ""


def test_the_place_is_named_where_it_is_known():
    from dataclasses import replace

    draft = compose("补多少", ["攻关"], [Fact.AMOUNT], "south-measures/1")
    citation = replace(draft.citations[0], zone="天津国家新一代人工智能创新发展试验区")
    assert short_name(citation.zone, "en") == "Tianjin"
    assert frame("给予支持", citation) == "Tianjin, original wording: 给予支持"


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        (date(2019, 12, 31), "尚未施行（2020年1月1日起）", "not yet in force (from 1 January 2020)"),
        (date(2020, 1, 1), "在有效期内（至2022年12月31日）", "in force until 31 December 2022"),
        (date(2022, 12, 31), "在有效期内（至2022年12月31日）", "in force until 31 December 2022"),
        (date(2023, 1, 1), "已过有效期（2022年12月31日止）", "expired on 31 December 2022"),
    ],
)
def test_validity_lines(day, zh, en):
    assert validity_line(NORTH, day, "zh") == zh
    assert validity_line(NORTH, day, "en") == en
    assert validity_line(SOUTH, day, "zh") == "文件未写明有效期"


def test_nothing_to_quote_gives_an_empty_draft():
    assert compose("奖多少", ["奖励"], [Fact.AMOUNT]).statements == ()
