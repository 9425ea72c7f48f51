"""What a document says about its own validity and interpretation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from corpus_outlines import clauses_of

from corpus.provisions import read_provisions
from corpus.types import ClauseKind


def _provisions(closing: str) -> tuple[str, str, str, str]:
    found = read_provisions(
        clauses_of(f"第一条 为了支持企业，制定本办法。\n第二条 给予奖励。\n第三条 {closing}")
    )
    start, term, who = found.effective, found.validity, found.interpretation
    day = (
        start.day.isoformat() if start and start.day else "since issue" if start and start.since_issue else ""
    )
    until = term.day.isoformat() if term and term.day else term.words if term else ""
    return (start.words if start else "", day, until, who.words if who else "")


@pytest.mark.parametrize(
    ("closing", "words", "day", "until", "who"),
    [
        ("本办法自2020 年 1 月 13 日起施行。", "自2020 年 1 月 13 日起施行", "2020-01-13", "", ""),
        ("本实施细则于二〇二一年五月一日起实施。", "于二〇二一年五月一日起实施", "2021-05-01", "", ""),
        (
            "本政策自印发之日起 30 日后正式施行，有效期四年。",
            "自印发之日起 30 日后正式施行",
            "",
            "有效期四年",
            "",
        ),
        (
            "本措施自发布之日起执行，有效期至2023年12月31日止。",
            "自发布之日起执行",
            "since issue",
            "2023-12-31",
            "",
        ),
        (
            "本办法由市科技局会同市财政局负责解释，自2021年3月1日起施行，有效期与《上位办法》（某政〔2019〕1号）一致。",
            "自2021年3月1日起施行",
            "2021-03-01",
            "有效期与《上位办法》（某政〔2019〕1号）一致",
            "市科技局会同市财政局",
        ),
        ("本规定自2021年1月1日起试行，试行期一年。", "自2021年1月1日起试行", "2021-01-01", "试行期一年", ""),
        (
            "本办法自2021年1月1日起施行，至2023年12月31日止。",
            "自2021年1月1日起施行",
            "2021-01-01",
            "2023-12-31",
            "",
        ),
        ("本办法自2021年1月1日起施行。有效期五年。", "自2021年1月1日起施行", "2021-01-01", "有效期五年", ""),
        ("本办法有效期自2021年1月1日起三年。", "", "", "2023-12-31", ""),
        (
            "本办法具体应用中的问题，由市科技局、市财政局按照各自职责负责解释。",
            "",
            "",
            "",
            "市科技局、市财政局",
        ),
        (
            "本政策自2022年4月1日起施行，有效期3年。由市工信局负责解释。",
            "自2022年4月1日起施行",
            "2022-04-01",
            "有效期3年",
            "市工信局",
        ),
        ("本办法解释权归某市科技局所有。", "", "", "", "某市科技局"),
        ("以上政策由管委会（科信局）负责解释。", "", "", "", "管委会（科信局）"),
    ],
)
def test_provisions(closing: str, words: str, day: str, until: str, who: str) -> None:
    assert _provisions(closing) == (words, day, until, who)


@pytest.mark.parametrize(
    "text",
    [
        "《某市条例》自2015年1月1日起施行。",
        "本市出台的政策自2020年1月1日起施行。",
        "该办法自2015年1月1日起施行。",
        "原办法自2015年1月1日起施行的规定同时废止。",
        "认定资格有效期三年。",
        "申请人的营业执照须在有效期内，有效期至2023年12月31日。",
        "享受本奖励的项目应在《实施意见》有效期内投产。",
        "平台自批准之日起实施建设。",
        "由专家负责解释评审标准。",
    ],
)
def test_what_is_said_of_something_else_does_not_count(text: str) -> None:
    assert _provisions(text) == ("", "", "", "")


def test_the_document_outweighs_the_notice_it_came_with() -> None:
    own, *_ = clauses_of("第一条 本办法自2021年3月1日起施行。")
    notice = replace(
        own, id="d/notice", kind=ClauseKind.NOTICE, text="本通知自2020年1月1日起施行，有效期三年。"
    )
    found = read_provisions([notice, own])
    assert found.effective is not None and found.validity is not None
    assert (found.effective.clause, found.effective.day) == ("d/1", date(2021, 3, 1))
    assert found.validity.clause == "d/notice"


def test_a_date_that_does_not_exist_is_not_taken() -> None:
    assert _provisions("本办法自2021年2月30日起施行。")[1] == ""
