"""How the lines of a document become a tree: one test a trap that real policies set."""

import pytest
from corpus_outlines import clauses_of, shown

from corpus.types import ClauseKind


def test_levels_nest_by_the_documents_own_numbering() -> None:
    text = (
        "一、总体要求\n（一）指导思想\n坚持创新。\n二、任务\n（一）研发\n"
        "1. 芯片。补贴。\n（1）流片。\n(2) 封装。\n2. 软件。"
    )
    assert shown(text) == [
        "1 一、总体要求",
        "1/1 （一）指导思想⏎坚持创新。",
        "2 二、任务",
        "2/1 （一）研发",
        "2/1/1 1. 芯片。补贴。",
        "2/1/1/1 （1）流片。",
        "2/1/1/2 (2) 封装。",
        "2/1/2 2. 软件。",
    ]


def test_numbers_run_on_across_parents_and_restart() -> None:
    text = "一、甲\n（一）子。\n（二）丑。\n二、乙\n（三）寅。\n三、丙\n（一）卯。"
    assert [line.split()[0] for line in shown(text)] == ["1", "1/1", "1/2", "2", "2/3", "3", "3/1"]


def test_items_below_an_article_end_its_own_text() -> None:
    text = "第二条 集中支持。最高1000万元。\n1. 芯片。\n2. 算法。\n第三条 建设平台。"
    assert shown(text) == [
        "2 第二条 集中支持。最高1000万元。",
        "2/1 1. 芯片。",
        "2/2 2. 算法。",
        "3 第三条 建设平台。",
    ]


def test_articles_run_through_chapters_and_are_named_without_them() -> None:
    clauses = clauses_of("第一章 总则\n第一条 目的。\n第二章 奖励\n第二条 金额如下：\n（一）一百万元。")
    assert [c.id for c in clauses] == ["d/ch1", "d/1", "d/ch2", "d/2", "d/2/1"]
    assert clauses[-1].label == "《某市若干政策》第二条（一）"
    assert clauses[-1].path == ("第二章 奖励", "第二条 金额如下", "（一）一百万元。")


def test_look_alike_numbers_open_nothing() -> None:
    text = (
        "一、支持\n对认定的标准，分别给予不超过100万元、\n\n30 万元资助。\n形成设施\n\n"
        "20 个以上。\n第三条规定的情形除外。\n5. 这里没有前四项。"
    )
    assert [c.id for c in clauses_of(text) if c.kind is not ClauseKind.PARAGRAPH] == ["d/1"]


def test_two_units_on_one_line_are_two() -> None:
    text = (
        "（一）设施\n1. 建设中心。\n（二）统筹政策试验 2. 发展智能。\n(1) 材料；(2) 证明；\n"
        "（三）开展行动，营造生态。3. 建设体系。"
    )
    assert shown(text) == [
        "1 （一）设施",
        "1/1 1. 建设中心。",
        "2 （二）统筹政策试验",
        "2/2 2. 发展智能。",
        "2/2/1 (1) 材料；",
        "2/2/2 (2) 证明；",
        "3 （三）开展行动，营造生态。",
        "3/3 3. 建设体系。",
    ]


def test_an_enumeration_in_running_text_stays_in_its_clause() -> None:
    assert shown("第一条 可以申请：（一）注册；（二）纳税。") == [
        "1 第一条 可以申请：（一）注册；（二）纳税。"
    ]


def test_articles_whose_line_breaks_were_lost_are_split() -> None:
    text = (
        "第一章 总则 第一条 目的。第二条 范围。依照第三条规定执行。"
        "第二章 附则 第三条 本办法自公布之日起施行。"
    )
    assert shown(text, "paragraph") == [
        "ch1 第一章 总则",
        "1 第一条 目的。",
        "2 第二条 范围。依照第三条规定执行。",
        "ch2 第二章 附则",
        "3 第三条 本办法自公布之日起施行。",
    ]


def test_dashes_are_units_and_text_behind_them_is_the_parents() -> None:
    text = "（一）目标\n到2020年领先。\n——应用。六个示范区。\n——创新。十个平台。\n到2030年，进入先进行列。"
    clauses = clauses_of(text)
    assert [c.id for c in clauses] == ["d/1", "d/1/dash1", "d/1/dash2", "d/1/text1"]
    assert clauses[1].label == "《某市若干政策》（一）“——”第1项"
    assert clauses[3].label == "《某市若干政策》（一）第2段"
    assert clauses[3].number is not None
    assert clauses[3].number.value == 2


def test_text_that_leads_in_to_further_dashes_carries_them() -> None:
    text = "1. 布局\n范围如下。\n——甲园。\n——乙园。\n分期建设：\n——初期。\n——远期。"
    assert [c.id for c in clauses_of(text)] == [
        "d/1",
        "d/1/dash1",
        "d/1/dash2",
        "d/1/text1",
        "d/1/text1/dash1",
        "d/1/text1/dash2",
    ]


def test_text_behind_a_closed_list_is_not_its_last_items() -> None:
    text = "第三条 应当符合下列条件：\n(一) 注册;\n(二) 纳税。\n前款所称纳税，由税务局认定。\n第四条 其他。"
    assert shown(text) == [
        "3 第三条 应当符合下列条件：",
        "3/1 (一) 注册;",
        "3/2 (二) 纳税。",
        "3/text1 前款所称纳税，由税务局认定。",
        "4 第四条 其他。",
    ]


def test_a_last_item_of_a_bare_heading_keeps_its_paragraphs() -> None:
    text = (
        "（一）概念\n1、载体。指孵化器。\n2、企业。指下列企业。\n软件包括：视觉软件。\n"
        "（二）程序\n见第四部分。"
    )
    assert shown(text)[2] == "1/2 2、企业。指下列企业。⏎软件包括：视觉软件。"


def test_a_second_list_in_one_clause_hangs_on_its_lead_in() -> None:
    text = "第一条 条件如下：\n（一）注册。\n（二）纳税。\n材料如下：\n（一）申请书。\n（二）执照。"
    ids = [c.id for c in clauses_of(text)]
    assert ids == ["d/1", "d/1/1", "d/1/2", "d/1/text1", "d/1/text1/1", "d/1/text1/2"]
    assert clauses_of(text)[-1].label == "《某市若干政策》第一条第2段（二）"


BOX = (
    "（一）产业\n1. 芯片。\n2. 软件。\n专栏一：培育工程\n1. 引育。名企。\n"
    "2. 攻关。核心。\n（二）应用\n1. 医疗。"
)


def test_items_in_a_box_are_its_own() -> None:
    clauses = clauses_of(BOX)
    assert [c.id for c in clauses] == [
        "d/1",
        "d/1/1",
        "d/1/2",
        "d/box1",
        "d/box1/1",
        "d/box1/2",
        "d/2",
        "d/2/1",
    ]
    assert clauses[5].label == "《某市若干政策》专栏1第2项"
    assert clauses[3].path == ("（一）产业", "专栏1 培育工程")


def test_a_list_goes_on_behind_a_box() -> None:
    text = (
        "1. 项目。\n(1) 芯片。\n专栏 14 四大产业\n1. 芯片产业\n研究芯片。\n2. 语音产业\n"
        "研究语音。\n(2) 机器人。\n2. 集群。"
    )
    clauses = clauses_of(text)
    assert [c.id for c in clauses] == ["d/1", "d/1/1", "d/box14", "d/box14/1", "d/box14/2", "d/1/2", "d/2"]
    assert clauses[3].path[-2:] == ("专栏14 四大产业", "第1项 芯片产业")


def test_a_box_of_paragraphs_has_paragraph_units() -> None:
    text = "1. 理论。\n专栏 1 基础理论\n深度学习。研究甲。\n类脑智能。研究乙。\n2. 技术。"
    clauses = clauses_of(text)
    assert [c.id for c in clauses] == ["d/1", "d/box1", "d/box1/p1", "d/box1/p2", "d/2"]
    assert clauses[2].label == "《某市若干政策》专栏1第1段"


@pytest.mark.parametrize(
    "closing",
    [
        "以上措施自发布之日起实施，由科信局负责解释。",
        "本办法自发布之日起实施，有效期至 2020 年 12 月 31 日。",
        "此方案自2020年12月10日实施，有效期至2022年12月31日止。",
        "以上资金由市、区按1:1承担。本政策自公布之日起30日后施行。",
    ],
)
def test_closing_provisions_are_no_part_of_the_last_unit(closing: str) -> None:
    clauses = clauses_of(f"第一条 支持研发。\n第二条 支持应用。\n{closing}")
    assert [(c.id, c.kind) for c in clauses[-2:]] == [
        ("d/2", ClauseKind.ARTICLE),
        ("d/closing", ClauseKind.CLOSING),
    ]
    assert clauses[-1].text == closing


def test_a_closing_article_keeps_its_second_paragraph() -> None:
    text = (
        "第一条 目的。\n第二条 本细则自印发之日起施行，有效期三年。\n"
        "原细则同时废止，本细则施行前的事项按原文件执行。"
    )
    assert [c.id for c in clauses_of(text)] == ["d/1", "d/2", "d/2/p1", "d/2/p2"]


def test_a_last_paragraph_too_many_closes_the_document() -> None:
    text = (
        "（一）数据\n开放数据资源。\n（二）设施\n建设智能设施。\n"
        "发展人工智能是本市的重要举措，各部门、各区要高度重视，加强统筹协调，落实各项工作。"
    )
    assert clauses_of(text)[-1].kind is ClauseKind.CLOSING


@pytest.mark.parametrize("kind", ["line", "paragraph"])
def test_a_signature_is_no_part_of_the_last_unit(kind: str) -> None:
    signature = "江州市科技局\n江州市财政局\n2025年2月10日"
    clauses = clauses_of(f"第一条 支持研发。\n第二条 本办法由市科技局解释。\n{signature}", kind)
    whole = [c for c in clauses if c.kind is not ClauseKind.PARAGRAPH]
    assert [(c.id, c.text) for c in whole[1:]] == [
        ("d/2", "第二条 本办法由市科技局解释。"),
        ("d/closing", signature),
    ]


def test_an_annex_stands_beside_the_text_and_numbers_anew() -> None:
    text = (
        "第一条 支持研发。\n1. 甲。\n2. 乙。\n第二条 申报材料见附件。\n江州市科技局\n2025年2月10日\n"
        "附件 1\n申报指南\n一、对象\n企业。\n附件 2\n第一条 表格。\n3. 丙。"
    )
    whole = [c for c in clauses_of(text) if c.kind is not ClauseKind.PARAGRAPH]
    assert [(c.id, c.text) for c in whole] == [
        ("d/1", "第一条 支持研发。"),
        ("d/1/1", "1. 甲。"),
        ("d/1/2", "2. 乙。"),
        ("d/2", "第二条 申报材料见附件。"),
        ("d/closing", "江州市科技局\n2025年2月10日"),
        ("d/text1", "附件 1\n申报指南"),
        ("d/text1/1", "一、对象\n企业。"),
        ("d/text2", "附件 2"),
        ("d/text2/1", "第一条 表格。\n3. 丙。"),
    ]
    assert whole[6].label == "《某市若干政策》“附件 1”一、"


def test_text_before_the_first_number_is_the_preamble() -> None:
    clauses = clauses_of("前 言\n\n为加快发展，制定本政策。\n一、支持。")
    assert (clauses[0].id, clauses[0].text) == ("d/preamble", "前 言\n为加快发展，制定本政策。")
    assert (clauses[0].heading, clauses[0].path) == ("前 言", ("前言",))


def test_a_text_without_numbers_is_divided_by_headings() -> None:
    clauses = clauses_of("申报条件\n企业须在本市注册。\n企业近三年守信。\n申报时间\n每年三月申报。")
    assert [c.id for c in clauses] == ["d/text1", "d/text1/p1", "d/text1/p2", "d/text2"]
    assert clauses[3].label == "《某市若干政策》“申报时间”"
    assert clauses[0].kind is ClauseKind.TEXT


def test_a_text_without_numbers_or_headings_is_divided_by_paragraphs() -> None:
    clauses = clauses_of("企业须在本市注册。\n企业近三年守信。")
    assert [(c.id, c.label[-3:]) for c in clauses] == [("d/text1", "第1段"), ("d/text2", "第2段")]


def test_hostile_repetitions_stay_flat_and_distinct() -> None:
    clauses = clauses_of("\n".join("一、甲：\n（一）乙：\n专栏1 丙\n——丁" for _ in range(500)))
    assert len({c.id for c in clauses}) == len(clauses) >= 1500
    assert max(len(c.path) for c in clauses) < 12


def test_a_wrapped_line_that_begins_with_a_mention_is_no_article() -> None:
    full = "对于图灵奖菲尔兹奖等国际顶级奖项的获得者及其团队可参照"
    text = "\n".join([f"　　第{n}条　{full}\n第一条给予支持。" for n in "一二三四五"])
    assert [c.id for c in clauses_of(text)] == ["d/1", "d/2", "d/3", "d/4", "d/5"]
