"""Reading HTML pages."""

from __future__ import annotations

import time

import pytest

from corpus.errors import SourceError
from corpus.loaders.web import read_web
from corpus.source import SourceText

_PAGE = """<!DOCTYPE html><html><head><title>某市办法_某市人民政府</title><style>p{}</style></head><body>
<nav><a href="/">首页</a></nav><div><a>政务</a> <a>公开</a> <a>互动</a></div>
<h1>某市支持人工智能办法</h1><p>第一条 为了支持企业，
   促进<b>发展</b>，制定&nbsp;本办法。</p>甲<br>乙<p style="display: none">藏</p>
<ol><li>申请</li><li><p>审核</p></li><li value="7">（一）公示</li></ol>
<ul><li>要点<ul><li>内层</li></ul></li></ul>
<table><caption>标准</caption><tr><th>名称</th><th>金额</th></tr>
<tr><td>甲<br>乙</td><td>50 万</td></tr></table>
<table><tr><td><p>第二条 版面。</p><p>第三条 表格。</p></td></tr></table>
<pre>一行
二行</pre><!-- 注 --><script>alert(1)</script><footer>版权所有</footer></body></html>"""


def _blocks(source: SourceText) -> list[tuple[str, int, str]]:
    return [(b.kind, b.level, source.text[b.start : b.end]) for b in source.blocks]


def test_blocks() -> None:
    (source,) = read_web(_PAGE, "a.html")
    assert source.title == "某市支持人工智能办法"
    assert _blocks(source) == [
        ("heading", 1, "某市支持人工智能办法"),
        ("paragraph", 0, "第一条 为了支持企业，促进发展，制定 本办法。"),
        ("paragraph", 0, "甲"),
        ("paragraph", 0, "乙"),
        ("list", 0, "1. 申请"),
        ("list", 0, "2. 审核"),
        ("list", 0, "（一）公示"),
        ("list", 0, "要点"),
        ("list", 0, "内层"),
        ("table", 0, "标准\n名称\t金额\n甲 乙\t50 万"),
        ("paragraph", 0, "第二条 版面。"),
        ("paragraph", 0, "第三条 表格。"),
        ("line", 0, "一行"),
        ("line", 0, "二行"),
    ]


def test_without_a_heading_the_title_is_the_page_s_without_the_site() -> None:
    (source,) = read_web("<html><title>某市办法 - 某市人民政府</title><p>第一条 甲</p></html>", "a.html")
    assert source.title == "某市办法"


def test_only_the_main_part_counts() -> None:
    body = "第一条 为了支持企业，制定本办法。" * 15
    (source,) = read_web(f"<body><div>热门推荐</div><main><p>{body}</p></main><p>分享到</p></body>", "a.html")
    assert [text for _, _, text in _blocks(source)] == [body]


def test_what_surrounds_the_text_is_left_out() -> None:
    page = """<body><div class="top-nav">市长信箱</div><p>您的位置：首页 &gt; 政策</p><p>第一条 甲</p>
    <p>主办单位：市科技局</p><p>分享到：<a>微信</a></p><div id="footer"><p>某市人民政府</p></div>
    <p>主办：某市人民政府网站 电话：12345</p><p>某ICP备12345号</p></body>"""
    (source,) = read_web(page, "a.html")
    assert [text for _, _, text in _blocks(source)] == ["第一条 甲", "主办单位：市科技局"]


@pytest.mark.parametrize("tag", ["div", "q", "b", "table"])
def test_deep_nesting_is_refused_at_once(tag: str) -> None:
    begin = time.process_time()
    with pytest.raises(SourceError, match="nested deeper"):
        read_web(f"<{tag}>" * 50_000 + "第一条", "a.html")
    assert time.process_time() - begin < 5


def test_very_many_tags_are_refused_at_once() -> None:
    with pytest.raises(SourceError, match="tags"):
        read_web("<p>甲" * 500_000, "a.html")


def test_unclosed_tags_are_read() -> None:
    (source,) = read_web("<p>甲" * 1000 + "<li>乙" * 1000, "a.html")
    assert len(source.blocks) == 2000
