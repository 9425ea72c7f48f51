"""Mentions and what they resolve to."""

from __future__ import annotations

import time

import pytest
from corpus_outlines import clauses_of

from corpus.references import Outline, find_mentions

_BODY = """第一章 总则
第一条 为了支持企业，制定本办法。
第二条 下列企业可以申请：
（一）小型企业；
（二）中型企业。
第三条 第一段。

第二段。

第三段。
第三条之一 插入的条文。
第二章 附则
第四条 本办法自2021年1月1日起施行。"""


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("参照第一条给予支持", ["第一条 条1"]),
        ("违反本实施细则第二十四条第(三)规定的", ["第二十四条第(三) 条24项3"]),
        ("本办法第三条第一款第（二）项规定", ["第三条第一款第（二）项 条3款1项2"]),
        ("见第四部分。", ["第四部分 部分4"]),
        ("（第四、五、七条政策）", ["第四、五、七条 条4", "第四、五、七条 条5", "第四、五、七条 条7"]),
        ("第二条至第四条", ["第二条 条2", "第四条 条4"]),
        ("第二至四条", ["第二至四条 条2", "第二至四条 条3", "第二至四条 条4"]),
        ("第十条之二", ["第十条之二 条10之2"]),
        ("《某市办法》第五条、第六条", ["《某市办法》第五条 《某市办法》条5", "第六条 《某市办法》条6"]),
        ("按照《某市办法》（某政〔2020〕1号）执行", ["《某市办法》 《某市办法》"]),
        ("依照公司法第三条", ["第三条 ？条3"]),
        ("《某市办法》施行后，该办法第三条", ["《某市办法》 《某市办法》", "第三条 《某市办法》条3"]),
        ("建设第三条生产线和第一节能中心", []),
    ],
)
def test_mentions(text: str, mentions: list[str]) -> None:
    found = find_mentions(text)
    shown = [
        f"{m.text} {m.title}"
        + "".join(f"{s.level}{s.value}" + (f"之{s.suffix}" if s.suffix else "") for s in m.steps)
        for m in found
    ]
    assert [s.strip() for s in shown] == mentions


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("第一条", "d/1"),
        ("第二条第（二）项", "d/2/2"),
        ("第二条第一款第二项", "d/2/2"),
        ("第三条第二款", "d/3/p2"),
        ("第三条之一", "d/3-1"),
        ("第三条第二款第九项", ""),
        ("第九条", ""),
        ("第二章", "d/ch2"),
        ("第九章", ""),
    ],
)
def test_resolution(text: str, target: str) -> None:
    outline = Outline(clauses_of(_BODY))
    (mention,) = find_mentions(text)
    assert outline.find(mention.steps) == target


def test_items_and_paragraphs_are_those_of_the_article_that_mentions_them() -> None:
    clauses = clauses_of(_BODY)
    outline = Outline(clauses)
    item = next(c for c in clauses if c.id == "d/2/2")
    (mention,) = find_mentions("前款第一项")
    assert outline.find(mention.steps, item) == "d/2/1"
    chapter = next(c for c in clauses if c.marks == ("第二章",))
    assert outline.find(mention.steps, chapter) == ""


@pytest.mark.parametrize("unit", ["《", "《a", "第", "第一", "第一条", "第（一", "《a》（", "第一、"])
def test_hostile_text_takes_no_time(unit: str) -> None:
    begin = time.process_time()
    find_mentions(unit * 5_000)
    assert time.process_time() - begin < 5
