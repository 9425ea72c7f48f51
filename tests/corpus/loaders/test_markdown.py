"""Reading Markdown."""

from __future__ import annotations

import time

import pytest

from corpus.loaders.markdown import read_markdown
from corpus.source import SourceText
from shared import shared_path

_LAW = """---
title: 另一个题目
---
# 某市支持人工智能办法

<!-- 2021年通过
-->
## 第一章 总则 ##

**第一条** 为了[支持](http://a.b/c)企业，制定本办法。

- （一）甲*重点*；
* （二）乙。

1\\. 第一项 5*6*7 a_b_c

| 名称 | 金额 |
| --- | ---: |
| 甲\\|乙 | 50万 |

> 引用

***
第二条 换行的
下一行
"""


def _blocks(source: SourceText) -> list[tuple[str, int, str]]:
    return [(b.kind, b.level, source.text[b.start : b.end]) for b in source.blocks]


def test_blocks() -> None:
    (source,) = read_markdown(_LAW, "a.md")
    assert source.title == "某市支持人工智能办法"
    assert _blocks(source) == [
        ("heading", 1, "某市支持人工智能办法"),
        ("heading", 2, "第一章 总则"),
        ("paragraph", 0, "第一条 为了支持企业，制定本办法。"),
        ("list", 0, "（一）甲重点；"),
        ("list", 0, "（二）乙。"),
        ("paragraph", 0, "1. 第一项 5*6*7 a_b_c"),
        ("table", 0, "名称\t金额\n甲|乙\t50万"),
        ("paragraph", 0, "引用"),
        ("line", 0, "第二条 换行的"),
        ("line", 0, "下一行"),
    ]


def test_underlined_headings_and_code() -> None:
    (source,) = read_markdown("办法\n====\n\n总则\n---\n\n```\n第一条 *甲*\n```\n", "a.md")
    assert _blocks(source) == [("heading", 1, "办法"), ("heading", 2, "总则"), ("line", 0, "第一条 甲")]


def test_the_title_may_stand_in_the_front_matter() -> None:
    (source,) = read_markdown('---\ntitle: "某市办法"\n---\n第一条 甲\n', "a.md")
    assert source.title == "某市办法"


def test_windows_line_ends() -> None:
    (source,) = read_markdown("# 办法\r\n\r\n第一条 甲\r\n", "a.md")
    assert _blocks(source)[1] == ("paragraph", 0, "第一条 甲")


def test_a_law_keeps_the_offsets_of_its_file() -> None:
    path = shared_path("eval/laws/经济法__中小企业促进法(2017-09-01).md")
    raw = path.read_text("utf-8")
    (source,) = read_markdown(raw, path.name)
    assert all(source.text[b.start : b.end] == raw[b.start : b.end] for b in source.blocks)
    assert not any("INFO" in text for _, _, text in _blocks(source))


@pytest.mark.parametrize(
    "unit", ["**a ", "`a``b", "[", "![](a ", "_a ", "~~a ", "<a ", "*a", "<!--", "> ", "|", "\\", "- "]
)
def test_hostile_marks_take_no_time(unit: str) -> None:
    begin = time.process_time()
    read_markdown(unit * 10_000 + "\n|-|", "a.md")
    assert time.process_time() - begin < 5
