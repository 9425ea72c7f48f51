import json
from importlib import resources

import pytest

from corpus.numbering import inner_marks, read_mark, styles


@pytest.mark.parametrize(
    ("line", "style", "value", "label", "rest"),
    [
        ("第五条 申请本奖励的企业", "条", 5, "第五条", "申请本奖励的企业"),
        ("第 一 条　为了规范", "条", 1, "第一条", "为了规范"),
        ("第一百零九条　本法", "条", 109, "第一百零九条", "本法"),
        ("第 １２ 条 办法", "条", 12, "第12条", "办法"),
        ("第二条本导则适用于", "条", 2, "第二条", "本导则适用于"),
        ("第二章 项目落地奖励", "章", 2, "第二章", "项目落地奖励"),
        ("第一节　一般规定", "节", 1, "第一节", "一般规定"),
        ("十二、深化数据资源", "一、", 12, "十二、", "深化数据资源"),
        ("(二) 强化政策扶持。", "（一）", 2, "（二）", "强化政策扶持。"),
        ("1. 智能语音。", "1.", 1, "1.", "智能语音。"),
        ("2．近三年", "1.", 2, "2.", "近三年"),
        ("3、概念界定", "1.", 3, "3、", "概念界定"),
        ("3. 5G 车联网应用示范。", "1.", 3, "3.", "5G 车联网应用示范。"),
        ("（3）项目材料；", "（1）", 3, "（3）", "项目材料；"),
        ("- 1、书面申请：", "1.", 1, "1、", "书面申请："),
        ("- (一) 服务于本区", "（一）", 1, "（一）", "服务于本区"),
        ("③证明", "①", 3, "③", "证明"),
        ("专栏 3 建设创新载体", "专栏", 3, "专栏3", "建设创新载体"),
        ("专栏 14 四大核心产业", "专栏", 14, "专栏14", "四大核心产业"),
        ("专栏一：科创产业培育", "专栏", 1, "专栏1", "科创产业培育"),
    ],
)
def test_numbers_are_read(line: str, style: str, value: int, label: str, rest: str) -> None:
    mark = read_mark(line)
    assert mark is not None
    assert (mark.style.name, mark.value, mark.label) == (style, value, label)
    assert line[mark.end :] == rest


def test_an_article_between_two_has_a_suffix() -> None:
    mark = read_mark("第三条之二　区数据局协助工作。")
    assert mark is not None
    assert (mark.value, mark.suffix, mark.label) == (3, 2, "第三条之二")


@pytest.mark.parametrize(
    "line",
    [
        "第十条规定的情形除外。",
        "第十条的规定适用于本章。",
        "第三条和第四条所列企业",
        "第二条第一款所称企业",
        "第五条、第六条的奖励",
        "30 万元资助。支持企业",
        "20 个以上，形成支撑",
        "15828037142）",
        "2018年9月17日",
        "2018",
        "三年行动计划（2021—2023 年）",
        "3.5G 赫兹频段",
        "1.5 亿元以上的项目",
        "一是加强组织领导。",
        "",
    ],
)
def test_what_only_looks_like_a_number_is_none(line: str) -> None:
    assert read_mark(line) is None


def test_every_style_reads_its_own_example() -> None:
    text = (resources.files("corpus") / "data" / "numbering.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    assert [row["style"] for row in rows] == [style.name for style in styles()]
    for row in rows:
        mark = read_mark(row["example"])
        assert mark is not None, row
        assert mark.style.name == row["style"]


def test_numbers_inside_a_line_stand_behind_an_end_or_a_space() -> None:
    line = "（三）统筹政策试验 11. 发展智能。（1）甲；(2)乙（三）丙"
    assert [mark.label for mark in inner_marks(line, 3)] == ["11.", "（1）", "（2）"]


def test_hostile_white_space_costs_linear_time() -> None:
    line = "第一条 甲" + " " * 200_000 + "乙" + "　" * 200_000
    assert list(inner_marks(line, 4)) == []
