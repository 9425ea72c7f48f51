from dataclasses import replace

import pytest
from policies import COLLECTION, SOUTH, Collection, clause, query, ranked

from rag.evidence import choose_evidence
from rag.pieces import cut, label_end, states
from rag.scoring import score_pieces
from rag.types import Concept, Fact, Ranked
from rag.units import cited_units


def said(evidence):
    return [COLLECTION.clauses[e.clause_id].text[a:b] for e in evidence for a, b in e.sentences]


def choose(question, words, facts, *clause_ids, **fields):
    return choose_evidence(query(question, words, facts, **fields), ranked(*clause_ids), COLLECTION)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("第五条 对", 4),
        ("（三）对", 3),
        ("1. 支持", 3),
        ("3. 5G", 3),
        ("3.5G", 0),
        ("——先行", 2),
        ("对企业", 0),
        ("① 对", 2),
    ],
)
def test_the_number_of_a_unit_is_not_quoted(text, length):
    assert label_end(text) == length


def test_cut_marks_headings_and_brackets():
    text = "五、支持企业发展\n做大做强。对首次上规的企业奖励10万元。（责任单位：市工信局）"
    text += "加强企业服务。（责任单位：市科技局）"
    pieces = cut("x", text)
    assert [(p.text, p.heading, p.bracket) for p in pieces] == [
        ("支持企业发展", True, False),
        ("做大做强。", True, False),
        ("对首次上规的企业奖励10万元。", False, False),
        ("（责任单位：市工信局）", False, True),
        ("加强企业服务。", False, False),
        ("（责任单位：市科技局）", False, True),
    ]
    assert all(text[p.start : p.end] == p.text for p in pieces)


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        (Fact.AMOUNT, "给予最高五十万元补助"),
        (Fact.RATIO, "按三成补助"),
        (Fact.RATIO, "由市、区两级按照1:2的比例承担"),
        (Fact.QUANTITY, "培育8-10家企业"),
        (Fact.DEADLINE, "公示5个工作日"),
        (Fact.OFFICE, "（牵头单位：市科技局）"),
        (Fact.PHONE, "咨询电话：12345678"),
        (Fact.VALIDITY, "自印发之日起施行"),
        (Fact.PROCEDURE, "向区科技部门提交申请材料"),
        (Fact.CONDITION, "应当符合下列要求"),
        (Fact.DEFINITION, "本办法所称载体是指孵化器"),
    ],
)
def test_what_kind_of_fact_a_sentence_states(fact, text):
    assert states(fact, text)
    assert not states(fact, "积极营造良好氛围")


def test_the_sentence_that_answers_and_not_its_neighbour():
    evidence = choose(
        "办军工资质补多少钱", ["军工", "资质"], [Fact.AMOUNT], "north-measures/3", "north-measures/2"
    )
    assert said(evidence) == ["对新取得军工资质的企业，给予每证20万元一次性补助。"]
    assert evidence[0].clause_id == "north-measures/3"


def test_two_things_asked_in_one_clause():
    evidence = choose(
        "新建项目固定资产投资奖励多少，归哪个部门管",
        ["新建", "固定资产", "奖励"],
        [Fact.AMOUNT, Fact.OFFICE],
        "north-measures/2",
    )
    assert said(evidence)[-1] == "（责任单位：市投资促进局、市财政局）"
    assert said(evidence)[0].startswith("对新建的人工智能项目")


def test_all_items_of_a_list_that_fit_alike():
    rule = "第六条 对主导国际标准的，给予100万元；对主导国家标准的，给予50万元；对举办展会的，给予9万元。"
    source = Collection((SOUTH,), (clause(SOUTH, "条6", rule),))

    def shown(question, words):
        asked = query(question, words, [Fact.AMOUNT])
        (item,) = choose_evidence(asked, ranked("south-measures/6"), source)
        return [rule[a:b] for a, b in item.sentences]

    assert len(shown("主导标准奖励多少", ["主导", "标准"])) == 2
    assert shown("主导国家标准奖励多少", ["国家标准"]) == ["对主导国家标准的，给予50万元；"]


def test_the_sentence_that_explains_a_term_is_preferred_to_those_that_use_it():
    rule = (
        "第六条 统筹推进各片区建设，探索区域协同的发展模式，构建“一带、双港、多园”的双港带动格局，"
        "形成双港产业优势。“双港”即空港和陆港，重点建设仓库。"
    )
    source = Collection((SOUTH,), (clause(SOUTH, "条6", rule),))
    asked = query("片区建设里的双港指什么", ["双港", "片区", "建设"], [Fact.DEFINITION])
    (item,) = choose_evidence(asked, ranked("south-measures/6"), source)
    assert rule[slice(*item.sentences[0])].startswith("“双港”即空港和陆港")


def test_a_place_asked_for_is_named_by_the_sentence_that_opens_its_paragraph():
    rule = (
        "第六条 滨江片区积极打造金融合作示范区和金融科技先行示范区。鼓励设立各类专业机构。"
        "发展数字文化，培育动漫游戏和电子竞技项目。"
    )
    source = Collection((SOUTH,), (clause(SOUTH, "条6", rule),))
    asked = query("电子竞技放在哪个片区", ["电子竞技", "片区"], [Fact.PLACE])
    (item,) = choose_evidence(asked, ranked("south-measures/6"), source)
    said = [rule[a:b] for a, b in item.sentences]
    assert said[0].startswith("发展数字文化") and any(s.startswith("滨江片区") for s in said)


def test_a_long_clause_is_cited_by_paragraph():
    evidence = choose("参加展会展位费补多少", ["展会", "展位费"], [Fact.RATIO], "north-measures/4")
    assert [e.clause_id for e in evidence] == ["north-measures/4/p1"]
    assert said(evidence)[0].startswith("对参加国内外人工智能展会的企业")
    clause = COLLECTION.clauses["north-measures/4"]
    assert [u.id for u in cited_units(COLLECTION, clause, [(5, 10), (120, 130)])] == [
        "north-measures/4/p1",
        "north-measures/4/p2",
    ]


def test_one_evidence_for_each_place_that_is_compared():
    evidence = choose(
        "技术攻关，北江和南山县各补几成",
        ["技术攻关", "研发投入"],
        [Fact.RATIO],
        "north-measures/3",
        "north-rules/1",
        "south-measures/1",
        zones=("北江", "南山县"),
        comparison=True,
    )
    assert [COLLECTION.clauses[e.clause_id].zone for e in evidence] == ["北江", "南山县"]


def test_the_office_of_a_neighbouring_clause_answers_alone():
    evidence = choose("攻关补助怎么申请", ["攻关"], [Fact.PROCEDURE], "north-rules/1")
    assert [e.clause_id for e in evidence] == ["north-rules/2"]
    assert said(evidence) == ["申请企业向市科技局提交申报书和审计报告，公示5个工作日后拨付。"]


def test_conditions_are_listed_whole_under_their_introduction():
    evidence = choose("申请奖励要什么条件", ["奖励", "条件"], [Fact.CONDITION], "north-measures/5")
    assert [e.clause_id for e in evidence] == ["north-measures/5", "north-measures/5/1", "north-measures/5/2"]
    assert said(evidence)[0] == "申请本政策奖励的企业应当同时符合以下条件："


def test_one_condition_that_is_asked_for_stands_alone():
    evidence = choose("严重失信记录管几年", ["失信", "记录"], [Fact.CONDITION], "north-measures/5/2")
    assert [e.clause_id for e in evidence] == ["north-measures/5/2"]


def test_the_item_that_the_question_is_about_leads_even_without_an_amount():
    rule = "第六条 对领军团队，给予500万元资助；对顶尖人才和团队，实行一事一议。"
    source = Collection((SOUTH,), (clause(SOUTH, "条6", rule),))
    asked = query("顶尖人才团队能拿多少", ["顶尖人才", "团队"], [Fact.AMOUNT])
    (item,) = choose_evidence(asked, ranked("south-measures/6"), source)
    assert rule[slice(*item.sentences[0])] == "对顶尖人才和团队，实行一事一议。"


def test_validity_is_answered_by_the_closing_provision():
    evidence = choose(
        "这个政策有效期到什么时候",
        ["政策"],
        [Fact.VALIDITY],
        "north-measures/2",
        documents=("north-measures",),
    )
    assert [e.clause_id for e in evidence] == ["north-measures/9"]
    assert "有效期至2022年12月31日" in said(evidence)[0]


def test_the_year_asked_for_is_not_mixed_up():
    evidence = choose("到2025年培育多少家骨干企业", ["骨干企业"], [Fact.QUANTITY], "south-measures/2")
    assert "8-10家" in said(evidence)[0]


def test_no_candidates_no_evidence():
    assert choose("奖励多少", ["奖励"], [Fact.AMOUNT]) == ()
    assert choose_evidence(query("x"), ranked("no/such/clause"), COLLECTION) == ()


def test_a_term_is_explained_under_its_own_heading():
    rule = "1、孵化载体。指在区科技部门登记的孵化器和众创空间。\n孵化载体每培育一家孵化企业，奖励20万元。"
    source = Collection((SOUTH,), (clause(SOUTH, "条6", rule),))
    asked = query("孵化载体是怎么定义的", ["孵化载体", "孵化"], [Fact.DEFINITION])
    (item,) = choose_evidence(asked, ranked("south-measures/6"), source)
    assert rule[slice(*item.sentences[0])].startswith("指在区科技部门登记")


def test_what_each_of_two_neighbours_states_is_asked_for():
    upper = clause(SOUTH, "条6", "第六条 发展壮大智能硬件、智能软件产业。")
    hard = clause(SOUTH, "项1", "（一）到2025年，智能硬件产业规模达200亿元。", parent=upper.id)
    soft = clause(SOUTH, "项2", "（二）到2025年，智能软件产业规模达300亿元。", parent=upper.id)
    source = Collection((SOUTH,), (upper, hard, soft))
    words = ["智能", "硬件", "软件", "产业", "规模"]
    found = [Ranked(c.id, score, score, 0.5, 0.5) for c, score in ((hard, 1.0), (soft, 0.95))]
    asked = query("智能硬件和智能软件产业的规模各是多少", words, [Fact.AMOUNT])
    assert [e.clause_id for e in choose_evidence(asked, found, source)] == [hard.id, soft.id]
    one = query("智能硬件产业的规模是多少", [w for w in words if w != "软件"], [Fact.AMOUNT])
    assert [e.clause_id for e in choose_evidence(one, found, source)] == [hard.id]


def test_a_year_that_names_the_document_is_not_looked_for_in_its_sentences():
    rule = "第六条 建设展览馆的企业获得补贴。2018年建设展览馆的企业获得场地。"
    source = Collection((SOUTH,), (clause(SOUTH, "条6", rule),))
    dated = query("2018年的办法里建设展览馆的企业获得什么", ["建设展览馆", "企业"])
    named = replace(dated, concepts=(*dated.concepts, Concept(("2018",), 0.05)))
    leads = []
    for asked in (dated, named):
        scores = {s.piece.text: s.score for s in score_pieces(asked, ranked("south-measures/6"), source)[0]}
        leads.append(scores["2018年建设展览馆的企业获得场地。"] - scores["建设展览馆的企业获得补贴。"])
    assert leads[0] - leads[1] == pytest.approx(0.3, abs=0.1)
