"""Particulars of issue."""

from __future__ import annotations

from datetime import date

import pytest

from corpus.issue import Issue, read_issue, signature_lines
from corpus.types import Clause, ClauseKind


def _clause(text: str, kind: ClauseKind) -> Clause:
    return Clause("d/x", kind, "d", "江州市办法", "", None, (), (), "", text, ())


def _read(head: str, tail: str = "第二条 给予奖励。", title: str = "江州市办法") -> Issue:
    return read_issue(title, [_clause(head, ClauseKind.NOTICE), _clause(tail, ClauseKind.ARTICLE)])


@pytest.mark.parametrize(
    ("head", "issue"),
    [
        ("江政规〔2020〕18号\n各区：", Issue(doc_number="江政规〔2020〕18号")),
        ("（江政规[2020] 18 号）", Issue(doc_number="江政规[2020]18号")),
        ("根据《某通知》（江政规〔2020〕18号）制定。", Issue()),
        (
            "江州市科技局 江州市财政局\n２０２０年９月１日",
            Issue("江州市科技局、江州市财政局", "", date(2020, 9, 1)),
        ),
        (
            "江州市科技局\n江州市财政局\n二〇二〇年九月一日",
            Issue("江州市科技局、江州市财政局", "", date(2020, 9, 1)),
        ),
        ("截止时间为\n2020年9月1日", Issue()),
        ("江州市科技局\n2020年2月30日", Issue()),
        (
            "发文机关：江州市政府\n发文字号：江政规〔2020〕18号\n成文日期：2020-09-01",
            Issue("江州市政府", "江政规〔2020〕18号", date(2020, 9, 1)),
        ),
        (
            "索引号：\tJ01\t发文机关：\t江州市政府\n文号\t江政〔2020〕1号\t成文日期：\t2020年9月1日",
            Issue("江州市政府", "江政〔2020〕1号", date(2020, 9, 1)),
        ),
        ("江州市人民政府办公厅关于印发若干措施的通知\n各区：", Issue("江州市人民政府办公厅")),
    ],
)
def test_the_head(head: str, issue: Issue) -> None:
    assert _read(head) == issue


def test_a_signature_at_the_end() -> None:
    issue = _read("各区：", "第二条 给予奖励。\n江州市科技局\n2020年9月1日")
    assert (issue.issuer, issue.issued) == ("江州市科技局", date(2020, 9, 1))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("第二条 给予奖励。\n江州市科技局\n江州市财政局\n2020年9月1日", 3),
        ("第二条 申报截止时间：\n2020年9月1日", 0),
        ("第二条 给予奖励。\n江州市科技局", 0),
    ],
)
def test_the_lines_of_a_signature(text: str, count: int) -> None:
    assert signature_lines(text.split("\n")) == count


def test_an_issuer_in_the_title() -> None:
    assert _read("各区：", title="江州市人民政府关于支持算力产业的意见").issuer == "江州市人民政府"
    assert _read("各区：", title="江州市关于支持算力产业的意见").issuer == ""


def test_nothing() -> None:
    assert read_issue("江州市办法", ()) == Issue()
