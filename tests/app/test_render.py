from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from urllib.parse import quote

from app.i18n import messages
from app.markdown import answer_markdown, escape
from app.quoted import excerpt, highlight
from app.render import Setting, badge_of, clause_href, render, view_turn
from app.terminal import answer_lines
from corpus.types import Document
from rag.types import Answer, Citation, Note, Refusal, Related, Statement

ATTACK = '<img src=x onerror="alert(1)">'
TEXT = "第六条 固定资产投资1亿元以上的，给予500万元奖励。" + ATTACK
QUOTE = "给予500万元奖励"
CITATION = Citation(
    clause_id="north/6",
    document="north",
    label=f"《北江办法{ATTACK}》第六条",
    title=f"北江办法{ATTACK}",
    zone=f"北江{ATTACK}",
    path=(f"第二章 奖励{ATTACK}", "第六条"),
    text=TEXT,
    quote=QUOTE,
    validity="有效期至2022年12月31日",
    lead_in=f"符合下列条件的：{ATTACK}",
)
DOCUMENT = Document(id="north", title="北江办法", effective=date(2020, 1, 1), expires=date(2022, 12, 31))
OTHER = replace(CITATION, clause_id="north/9", text="联系市科技局。", quote="联系市科技局。")
ANSWER = Answer(
    question="多少？",
    language="zh",
    statements=(Statement(f"500万元。{ATTACK}", (1,)), Statement("没有这样的来源。", (7,))),
    citations=(CITATION,),
    related=(Related("contact", f"市科技局{ATTACK}", OTHER),),
    notes=(Note("computed", f"400万 × 30% = 120万{ATTACK}"), Note("expired", "已失效")),
)


def items(clause_id: str) -> list[str]:
    return [f"（一）{clause_id}的第一项{ATTACK}"]


def shown(answer: Answer, question: str = "多少？") -> tuple[str, str]:
    setting = Setting(messages("zh"), date(2022, 6, 1), {"north": DOCUMENT}, items, lambda _: "held")
    turns = [view_turn(1, question, answer, "done", limits=(f"北江{ATTACK}",), setting=setting)]
    return render("conversation.html", "zh", turns=turns), render("sources.html", "zh", turns=turns)


def test_a_text_is_cut_where_quotes_begin_and_end() -> None:
    pieces = highlight("甲乙丙丁戊", ["丁戊", "乙丙", "己", ""])
    assert [(p.text, p.quoted) for p in pieces] == [("甲", False), ("乙丙", True), ("丁戊", True)]
    overlapping = highlight("甲乙丙丁", ["甲乙丙", "乙丙丁"])
    assert "".join(p.text for p in overlapping) == "甲乙丙丁"
    assert all(p.quoted for p in overlapping)


def test_a_long_text_is_cut_around_its_quote() -> None:
    pieces = excerpt("前" * 500 + QUOTE + "后" * 500, [QUOTE])
    assert [p.text for p in pieces if p.quoted] == [QUOTE]
    assert pieces[0].text.startswith("…") and pieces[-1].text.endswith("…")
    assert excerpt(TEXT, [QUOTE]) == ()


def test_nothing_that_texts_say_becomes_markup() -> None:
    for page in shown(ANSWER, f"问题{ATTACK}"):
        assert "<img" not in page
        assert "&lt;img src=x" in page


def test_statements_lead_to_the_cards_of_their_clauses() -> None:
    conversation, sources = shown(ANSWER)
    assert 'data-source="s1-c1"' in conversation and 'id="s1-c1"' in sources
    assert 'data-source="s1-c2"' in conversation and 'id="s1-c2"' in sources
    assert conversation.count("pq-cite") == 2, "a number without a source is not shown"
    assert f"<mark>{QUOTE}</mark>" in sources
    assert "有效至 2022年12月31日" in sources


def test_a_clause_that_comes_up_again_keeps_its_card_and_number() -> None:
    again = replace(CITATION, quote="第六条 固定资产投资1亿元以上的")
    answer = replace(ANSWER, related=(Related("conditions", "投资1亿元以上", again), *ANSWER.related))
    conversation, sources = shown(answer)
    assert sources.count('class="pq-source"') == 2
    assert re.findall('data-source="([^"]+)"', conversation) == ["s1-c1", "s1-c1", "s1-c2"]
    assert re.findall("<mark>(.*?)</mark>", sources)[:2] == [again.quote, QUOTE]
    markdown = answer_markdown("多少？", answer, messages("zh"))
    assert "投资1亿元以上 [1]" in markdown and "[2] [" in markdown and "[3]" not in markdown
    lines = [line for line, _ in answer_lines(answer, messages("zh"))]
    assert sum(line.startswith("[1]") for line in lines) == 1 and not any("[3]" in line for line in lines)


def test_a_clause_that_only_introduces_items_is_shown_with_them() -> None:
    introduces = replace(CITATION, text="应当符合下列条件：", quote="应当符合下列条件：")
    _, sources = shown(replace(ANSWER, citations=(introduces,), related=()))
    assert "（一）north/6的第一项" in sources
    assert "的第一项" not in shown(ANSWER)[1]


def test_all_that_statements_repeat_of_a_clause_is_highlighted() -> None:
    first, second = "对研发企业给予最高三百万元补助。", "对入选团队给予最高五百万元资助；"
    clause = replace(CITATION, text=f"八、人才\n{first}在引才计划中突出支持。{second}其余不变。", quote=first)
    statements = (Statement(first, (1,)), Statement(f"Beijiang: {second}", (1,)), Statement("五百万元", (1,)))
    _, sources = shown(replace(ANSWER, statements=statements, citations=(clause,), related=()))
    assert re.findall("<mark>(.*?)</mark>", sources) == [first, second]
    assert f"quote={quote(first)}&amp;quote={quote(second)}" in sources


def test_hints_of_a_refusal_are_no_citations() -> None:
    refusal = Answer(question="?", language="zh", refusal=Refusal("没有规定。", (CITATION,)))
    conversation, sources = shown(refusal)
    assert "没有规定。" in conversation and "pq-cite" not in conversation
    assert "只在筛选范围内查找" in conversation, "the limits may be why"
    assert "pq-number" not in sources and "<mark>" not in sources and 'id="s1-h1"' in sources


def test_the_badge_says_whether_a_document_holds_on_a_day() -> None:
    words = messages("en")
    assert badge_of(DOCUMENT, date(2019, 1, 1), words).kind == "not-yet"
    assert badge_of(DOCUMENT, date(2021, 1, 1), words).text == "In force until 31 December 2022"
    assert badge_of(DOCUMENT, date(2023, 1, 1), words).kind == "expired"
    assert badge_of(None, date(2023, 1, 1), words).kind == "not-stated"


def test_addresses_of_clauses_hold_any_id_and_quote() -> None:
    assert clause_href("a/二/p1") == "clause/a/%E4%BA%8C/p1"
    assert clause_href("a", ['x&y="<', "z"]) == "clause/a?quote=x%26y%3D%22%3C&quote=z"


def test_markdown_shows_texts_as_they_stand() -> None:
    assert escape("1. *a* [b](javascript:x) <i>") == r"1\. \*a\* \[b\](javascript:x) \<i\>"
    text = answer_markdown("多少？", ANSWER, messages("zh"))
    assert text.startswith("## 多少？\n\n500万元。")
    assert "](policyqa-origin:clause/north/6)" in text
    assert f"> {QUOTE}" in text
    assert "**注意** 已失效" in text
    assert "120万" not in text, "a computation stands in its statement"
