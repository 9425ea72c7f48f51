"""What is known of words that a model writes about clauses."""

from dataclasses import replace
from datetime import date

import pytest
from policies import COLLECTION, Collection, query
from small_cross_encoder import small_cross_encoder

from rag.gazetteer import Gazetteer
from rag.prose import Bench, Verdict, judge_statement
from rag.reranker import CrossEncoderModel, CrossEncoders

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


def judged(text, *units, question="研发投入400万，能补多少？", **cross_encoders):
    read = CrossEncoders(**cross_encoders)
    bench = Bench(COLLECTION, query(question), GAZETTEER, likeness, DAY, read)
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


@pytest.mark.parametrize("amount", ["RMB 200,000", "CNY 0.2 million", "200,000 yuan", "¥200,000"])
def test_english_amounts_are_those_of_the_clause_in_any_unit_but_nobody_can_tell_more(amount):
    assert judged(f"A subsidy of {amount} is given.", RATE).verdict is UNVERIFIED
    wrong = amount.replace("2", "3")
    found = judged(f"A subsidy of {wrong} is given.", RATE)
    assert found.verdict is FAILED and "does not stand in the cited text" in found.reasons[0]


# What a small model knows by heart of the sentence that gives 200,000 for a certificate.
SAYS = "Companies newly certified for military work get a one-off subsidy of RMB 200,000 per certificate."
LESS = "Companies get a one-off subsidy of RMB 200,000 per certificate."
TURNED = "Companies newly certified for military work get no subsidy of RMB 200,000 per certificate."
OTHER = "A certificate is worth RMB 200,000."
LOOSE = "取得军工资质的，每证补助20万元。"


@pytest.fixture(scope="module")
def entailing(tmp_path_factory):
    sentence, zone = PROOF_SAID, COLLECTION.clauses[RATE].zone

    def both(text, there, back):
        return {(f"{zone}：{sentence}", text): there, (f"{zone}：{text}", sentence): back}

    known = both(SAYS, 0, 0) | both(LESS, 0, 1) | both(TURNED, 2, 2) | both(OTHER, 1, 1) | both(LOOSE, 0, 0)
    folder = small_cross_encoder(tmp_path_factory.mktemp("entailing"), known)
    return CrossEncoderModel.load(str(folder), "entailment")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [(SAYS, VERIFIED), (LOOSE, VERIFIED), (LESS, UNVERIFIED), (TURNED, UNVERIFIED), (OTHER, UNVERIFIED)],
)
def test_an_entailment_model_may_tell_that_other_words_say_the_same(entailing, text, verdict):
    found = judged(text, RATE, entailment=entailing, relevance=Sure())
    assert found.verdict is verdict
    unit = COLLECTION.clauses[RATE]
    assert [unit.text[slice(*s.span)] for s in found.supports] == [PROOF_SAID]
    assert judged(text, RATE, relevance=Sure()).verdict is UNVERIFIED


class Sure:
    """A reader that takes every sentence with a certificate for one that is meant, and all for the same."""

    name = "sure"

    def score(self, pairs):
        return [float("证" in known or "证" in said) for known, said in pairs]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Each certificate brings 20万元.", VERIFIED),
        ("Each certificate brings RMB 0.2 million.", VERIFIED),
        ("Each certificate brings a subsidy.", UNVERIFIED),
        ("Each certificate brings RMB 2 million.", FAILED),
        ("In 2021 each certificate brought RMB 200,000.", FAILED),
        ("《南山县促进人工智能产业发展意见》: each certificate brings RMB 200,000.", FAILED),
        ("Article 8: 第八条 gives each certificate RMB 200,000.", FAILED),
        ("Shanghai gives each certificate RMB 200,000.", FAILED),
    ],
)
def test_figures_and_names_are_checked_whatever_a_model_says(text, verdict):
    assert judged(text, RATE, entailment=Sure(), relevance=Sure()).verdict is verdict


def test_amounts_that_change_places_are_not_verified_whatever_a_model_says():
    tiers = replace(COLLECTION.clauses[RATE], text="第三条 对取得证书的，5亿元以上的奖励1000万元。")
    bench = Bench(
        Collection(COLLECTION.documents.values(), [tiers]),
        query("?"),
        GAZETTEER,
        likeness,
        DAY,
        CrossEncoders(Sure(), Sure()),
    )
    told = "持有证书的企业达到{}元以上的就奖励{}元"
    assert judge_statement(told.format("5亿", "1000万"), [tiers], bench).verdict is VERIFIED
    assert judge_statement(told.format("1000万", "5亿"), [tiers], bench).verdict is not VERIFIED


def test_a_reranker_finds_the_sentence_that_words_do_not():
    text = "拿到军品许可的厂家每张可领钱。"
    assert judged(text, RATE).verdict is FAILED
    found = judged(text, RATE, relevance=Sure())
    assert found.verdict is UNVERIFIED
    assert COLLECTION.clauses[RATE].text[slice(*found.supports[0].span)] == PROOF_SAID


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
