"""What is known of words that a model writes about clauses."""

from dataclasses import replace
from datetime import date

import pytest
from policies import COLLECTION, Collection, query

from rag.gazetteer import Gazetteer
from rag.prose import Bench, Verdict, judge_statement

MONEY, RATE, FAIR, SOUTH = "north-measures/2", "north-measures/3", "north-measures/4/p1", "south-measures/1"
CONDITIONS, ITEM = "north-measures/5", "north-measures/5/1"
FAIR_SAID = "对参加国内外人工智能展会的企业，按展位费的50%给予补助，单个企业每年最高20万元。"
TIERS = "对新引进的企业，年营业收入1亿元以上的，奖励500万元；5亿元以上的，奖励1000万元。"
PROOF_SAID = "对新取得军工资质的企业，给予每证20万元一次性补助。"
DAY = date(2022, 6, 1)
GAZETTEER = Gazetteer(tuple(COLLECTION.documents.values()))
VERIFIED, UNVERIFIED, FAILED = Verdict.VERIFIED, Verdict.UNVERIFIED, Verdict.FAILED


def likeness(text, others):
    """Stands in for a bilingual model: what is about subsidies is like what is about 补助."""
    return [0.6 if "subsid" in text and "补助" in other else 0.0 for other in others]


def judged(text, *units, question="研发投入400万，能补多少？"):
    bench = Bench(COLLECTION, query(question), GAZETTEER, likeness, DAY)
    return judge_statement(text, [COLLECTION.clauses[u] for u in units], bench)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("对企业开展人工智能技术攻关的，按项目研发投入的20%给予补助，最高不超过500万元。", RATE),
        ("对企业开展人工智能技术攻关的，按照项目研发投入百分之二十予以补助，最高五百万元。", RATE),
        ("北江市对企业开展人工智能技术攻关的，按项目研发投入的20%给予补助，最高不超过500万元", RATE),
        ("根据《北江市支持人工智能产业发展若干政策》第三条，" + PROOF_SAID, RATE),
        (FAIR_SAID, FAIR),
        ("申请本政策奖励的企业应当同时符合以下条件：在本市注册并纳税的独立法人。", ITEM),
    ],
)
def test_the_clauses_words_are_verified(text, unit):
    found = judged(text, unit)
    assert found.verdict is VERIFIED and [s.unit for s in found.supports] == [unit]


def test_sentences_of_different_places_are_not_put_together():
    text = PROOF_SAID + FAIR_SAID
    assert judged(text, RATE, FAIR).verdict is not VERIFIED
    office = "（责任单位：市科技局）"
    assert judged(PROOF_SAID + office, RATE).verdict is VERIFIED
    assert judged(FAIR_SAID + office, FAIR, RATE).verdict is not VERIFIED


def test_of_several_citations_only_the_one_that_says_it_is_kept():
    found = judged(PROOF_SAID, SOUTH, RATE)
    assert found.verdict is VERIFIED and [s.unit for s in found.supports] == [RATE]


@pytest.mark.parametrize(
    "text",
    [
        "展位费补助按50%给予，单个企业最高20万元。",
        "参加国内外展会的企业可以重复享受展位费补助。",
        "人工智能企业参加展会，展位费给予补助。",
        "企业展位费补助50%，人工智能企业除外。",
    ],
)
def test_of_free_prose_nobody_can_tell_so_the_clauses_sentence_stands_beside_it(text):
    found = judged(text, FAIR)
    assert found.verdict is UNVERIFIED
    start, end = found.supports[0].span
    assert COLLECTION.clauses[FAIR].text[start:end].startswith("对参加国内外人工智能展会的企业")


@pytest.mark.parametrize(
    ("text", "unit", "reason"),
    [
        (FAIR_SAID.replace("万", "亿"), FAIR, "20亿元 does not stand"),
        ("对参加国内外人工智能展会的企业，按展位费的50‰给予补助。", FAIR, "50‰ does not stand"),
        (FAIR_SAID.replace("按", "不按"), FAIR, "differs"),
        (FAIR_SAID.replace("国内外", ""), FAIR, "differs"),
        ("《南山县促进人工智能产业发展意见》" + FAIR_SAID, FAIR, "is not the cited"),
        ("第八条：" + FAIR_SAID, FAIR, "第八条 is not the cited"),
        ("上海" + FAIR_SAID, FAIR, "上海 is not of the cited"),
        ("海外高层次人才的子女可以在国际学校就读。", FAIR, "not the cited clause's"),
        ("Foreign experts pay no tax.", FAIR, "not the cited clause's"),
        ("对企业给予最高400万元补助。", RATE, "own figure"),
        ("补助。", RATE, "says too little"),
    ],
)
def test_what_the_clause_does_not_say_fails(text, unit, reason):
    found = judged(text, unit)
    assert found.verdict is FAILED and any(reason in r for r in found.reasons)


def test_a_statement_without_a_clause_fails():
    assert judged("按项目研发投入的20%给予补助。").reasons == ("cites nothing",)


def test_english_is_never_verified_but_its_figures_are_checked():
    assert judged("R&D is subsidised with 20%, up to RMB 5 million.", RATE).verdict is UNVERIFIED
    assert judged("R&D is subsidised with 20%, up to RMB 50 million.", RATE).verdict is FAILED


def test_a_citation_that_does_not_speak_of_it_is_left_out():
    found = judged("展位费补助按50%给予，单个企业最高20万元。", FAIR, CONDITIONS)
    assert [s.unit for s in found.supports] == [FAIR]


@pytest.mark.parametrize(
    "text",
    [
        "5亿元以上的，奖励1000万元。",
        "对新引进的企业，年营业收入1亿元以上的，奖励500万元。",
        "根据《另一市促进办法》，" + TIERS,
        "根据第三款，" + TIERS,
        "人工智能企业，" + TIERS,
    ],
)
def test_a_part_that_leaves_out_a_condition_or_names_another_text_is_not_verified(text):
    tiers = replace(COLLECTION.clauses[RATE], text=f"第三条 {TIERS}参照《另一市促进办法》执行。")
    bench = Bench(Collection(COLLECTION.documents.values(), [tiers]), query("?"), GAZETTEER, likeness, DAY)
    assert judge_statement(TIERS, [tiers], bench).verdict is VERIFIED
    assert judge_statement(text, [tiers], bench).verdict is not VERIFIED
