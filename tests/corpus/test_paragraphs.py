"""How lines that a page break or a line's width cut apart are joined again."""

import pytest
from corpus_outlines import clauses_of, shown

LINE = "支持高校院所和骨干企业合作建设面向重点行业应用的人工智能实训基地组织开展创新创业和技能竞赛"


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("，按照奖励总金额", "的 20% 给予奖励。", "，按照奖励总金额的 20% 给予奖励。"),
        ("，加快推动“天津智", "港”建设。", "，加快推动“天津智港”建设。"),
        ("，分别给予不超过100万元、", "30 万元资助。", "，分别给予不超过100万元、30 万元资助。"),
        (
            "（责任单位：市发改委、市科技",
            "局）加大采购力度。",
            "（责任单位：市发改委、市科技局）加大采购力度。",
        ),
        ("，推广“芯片—软件—应用”", "产业链一体化发展。", "，推广“芯片—软件—应用”产业链一体化发展。"),
        (" using the open", "source platform。", " using the open source platform。"),
    ],
)
def test_a_cut_sentence_is_joined(before: str, after: str, joined: str) -> None:
    assert shown(f"1. {LINE}{before}\n\n{after}") == [f"1 1. {LINE}{joined}"]


def test_a_short_cut_is_told_by_the_units_beside_it() -> None:
    text = (
        "（一）升级达到五大类、一百种以上的智能装备，形成一百个以\n\n上典型案例。\n"
        "（二）打造十个商用场景。\n（三）培育十家企业。"
    )
    assert shown(text)[0] == "1 （一）升级达到五大类、一百种以上的智能装备，形成一百个以上典型案例。"


def test_a_wide_heading_is_told_by_the_units_beside_it() -> None:
    text = (
        "（一）打造“1+3”国家级标杆示范区，促进人工智能重大应用场景落地\n凸显引领作用。\n"
        "（二）实施三大工程，构建有利于发展的良好生态\n促进产业发展。"
    )
    assert shown(text)[0].endswith("应用场景落地⏎凸显引领作用。")


def test_offices_in_a_bracket_belong_to_the_paragraph_above() -> None:
    text = (
        "(一) 支持研发。最高 20 万元资助。\n\n(责任单位：市科技局、市财政局)\n"
        "（二）支持应用。\n[责任部门:市经信局]"
    )
    assert shown(text) == [
        "1 (一) 支持研发。最高 20 万元资助。(责任单位：市科技局、市财政局)",
        "2 （二）支持应用。[责任部门:市经信局]",
    ]


def test_a_bracket_that_breaks_off_is_joined_until_it_closes() -> None:
    text = (
        "1. 场景紧密结合。\n（牵头单位：市政务服务数据管理局、市发展改革委，配\n合单位：市科技局，各区政府）"
    )
    assert len(shown(text)) == 1
    assert shown(text)[0].endswith(
        "。（牵头单位：市政务服务数据管理局、市发展改革委，配合单位：市科技局，各区政府）"
    )


def test_telephone_numbers_stay_apart() -> None:
    text = "1. 条件\n企业守信。\n2. 政策咨询\n市经信局，咨询电话：61885818\n市科技局，咨询电话：61886241"
    assert shown(text)[1] == "2 2. 政策咨询⏎市经信局，咨询电话：61885818⏎市科技局，咨询电话：61886241"
    assert len(shown(text)) == 2


def test_true_paragraphs_become_paragraph_units_with_their_own_labels() -> None:
    text = "（一）关于集聚\n对园区，给予 500 万元补助。\n对众创空间，给予 200 万元补助。"
    whole, first, second = clauses_of(text)
    assert whole.text == text
    assert (first.text, second.text) == tuple(text.split("\n")[1:])
    assert (second.id, second.label) == ("d/1/p2", "《某市若干政策》（一）第2段")
    assert second.parent == whole.id
    assert whole.spans[0].start <= second.spans[0].start < second.spans[0].end == whole.spans[-1].end


def test_a_table_is_one_paragraph_with_its_caption() -> None:
    text = (
        "（一）目标\n到 2022 年建成。\n表 1 主要指标\n类别\t单位\t2022 年\n"
        "产值\t亿元\t50\n\t家\t30\n注：数据为预测值。"
    )
    units = [c.text for c in clauses_of(text)[1:]]
    assert units == [
        "到 2022 年建成。",
        "表 1 主要指标\n类别\t单位\t2022 年\n产值\t亿元\t50\n\t家\t30",
        "注：数据为预测值。",
    ]


def test_blocks_of_a_structured_format_are_paragraphs_as_they_are() -> None:
    text = f"第一条 {LINE}，按照总额\n的 20% 给予奖励"
    assert len(clauses_of(text, "paragraph")) == 3


def test_the_first_line_of_a_wrapped_article_is_no_heading() -> None:
    texts = [
        "　　第一条 为了促进中小企业健康发展，扩大城乡就业和创新创业活动，依法保护其合法的权益",
        "制定本办法。",
        "　　第二条 本办法所称中小企业，是指在本市依法设立并且人员规模和经营规模都比较小的企业",
        "包括中型企业、小型企业和微型企业。",
    ] * 2
    numbered = [line.replace("第一条", "第三条").replace("第二条", "第四条") for line in texts[4:]]
    units = clauses_of("\n".join(texts[:4] + numbered))
    assert [unit.heading for unit in units] == ["", "", "", ""]
    assert units[1].text == (texts[2] + texts[3]).strip()
