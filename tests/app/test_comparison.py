"""A comparison as a table: on the page, copied, and on the terminal."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

from running import policyqa

from app.comparison import comparison_table
from app.i18n import messages
from app.markdown import answer_markdown
from app.render import Setting, render, view_turn
from app.terminal import answer_lines
from corpus.types import Document
from rag.types import Answer, Citation, Comparison, Note, Row, Statement

ATTACK = "<img src=x>|"


def citation(name: str, text: str, *quotes: str) -> Citation:
    return Citation(
        clause_id=f"{name}/1",
        document=name,
        label=f"《{name}办法》第一条",
        title=f"{name}办法",
        zone=name,
        path=("第一条",),
        text=text,
        quote=quotes[0] if quotes else text,
        validity=f"{name}有效期",
        quotes=quotes or (text,),
    )


NORTH = citation(
    "北江", f"对平台{ATTACK}给予100万元。\n另行公布。", f"对平台{ATTACK}给予100万元。", "另行公布。"
)
SOUTH = citation("南江", "对企业给予一定补助。")
ANSWER = Answer(
    question="各补多少？",
    language="zh",
    statements=(Statement(f"北江：{NORTH.quote}", (1,)), Statement(f"南江：{SOUTH.quote}", (2,))),
    citations=(NORTH, SOUTH),
    comparison=Comparison(
        "place",
        (
            Row("北江", 1, amount="给予100万元", condition=f"对平台{ATTACK}", english="RMB 1 million."),
            Row("南江", 2, words=("对企业给予一定补助。",)),
        ),
    ),
    notes=(Note("scope", "西江的文件中没有。"),),
)


def page(answer: Answer, language: str = "zh") -> str:
    documents = {"北江": Document(id="北江", title="北江办法", expires=date(2021, 1, 1))}
    words = messages(language)  # type: ignore[arg-type]
    setting = Setting(words, date(2022, 6, 1), documents, lambda _: (), lambda _: "held")
    turn = view_turn(1, answer.question, answer, "done", setting=setting)
    return render("conversation.html", words.language, turns=[turn])


def cells(table: str) -> list[list[str]]:
    rows = re.findall(r"<tr.*?</tr>", table, re.DOTALL)
    found = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in row] for row in found]


def test_the_page_shows_a_row_a_place_with_heads_that_are_read_aloud() -> None:
    html = page(ANSWER)
    table = html[html.index("<table") : html.index("</table>")]
    assert table.count('scope="col"') == 5 and table.count('scope="row"') == 2
    assert cells(table) == [
        ["地区", "支持额度", "对象与条件", "有效期", "来源"],
        ["北江", "给予100万元 RMB 1 million.", "对平台&lt;img src=x&gt;|", "已于 2021年1月1日 失效", "1"],
        ["南江", "对企业给予一定补助。", "未载明有效期", "2"],
    ]
    assert table.count('colspan="2"') == 1, "what cannot be parted spans both"
    assert 'data-source="s1-c2"' in table
    assert html.index("</table>") < html.index("西江的文件中没有。")


def test_the_sentences_fold_away_behind_the_table() -> None:
    html = page(ANSWER)
    assert html.index("</table>") < html.index("<details") < html.index('class="pq-statement"')
    own_case = Statement("按您的情况计算：30万元。", (1,), applied=True)
    html = page(replace(ANSWER, statements=(own_case, *ANSWER.statements)))
    assert html.index("按您的情况计算") < html.index("<details")
    written = page(replace(ANSWER, generator="some-model", because="as set"))
    assert "<details" not in written and written.count('class="pq-statement"') == 2


def test_without_amounts_the_words_have_one_column() -> None:
    rows = (Row("北江", 1, words=("对平台给予补助。", "另行公布。")), Row("南江", 2, words=("对企业。",)))
    answer = replace(ANSWER, comparison=Comparison("document", rows))
    html = page(answer)
    assert html.count('scope="col"') == 4 and "colspan" not in html
    assert "<details" not in html, "the table holds all that is quoted"
    assert cells(html)[0] == ["文件", "条款原文", "有效期", "来源"]
    assert comparison_table(answer, messages("zh"))[1][0][:2] == ("北江", "对平台给予补助。 另行公布。")


def test_the_table_is_copied_as_markdown_with_all_that_is_quoted() -> None:
    text = answer_markdown("各补多少？", ANSWER, messages("zh"))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert lines[0] == "| 地区 | 支持额度 | 对象与条件 | 有效期 | 来源 |"
    assert lines[2].count(" | ") == 4 and r"\<img src=x\>\|" in lines[2]
    assert lines[3] == r"| 南江 | 对企业给予一定补助。 | （见左） | 南江有效期 | \[2\] |"
    assert "> 另行公布。" in text
    assert "北江：" not in text, "the sentences are quoted with their clauses"


def test_the_terminal_shows_the_table_instead_of_the_sentences(compendium_index: Path) -> None:
    lines = [line for line, _ in answer_lines(ANSWER, messages("zh"))]
    assert not any(line.startswith("北江：") for line in lines)
    assert any("另行公布" in line for line in lines)
    ran = policyqa("ask", "武汉和杭州对AI平台购买设备各补几成、封顶多少？", "--index", compendium_index)
    table = [line.split("\t") for line in ran.stdout.splitlines() if "\t" in line]
    assert [row[0] for row in table] == ["地区", "武汉", "杭州"]
    assert [len(row) for row in table] == [5, 5, 5]
    assert table[1][-1] == "[1]" and "4000万元" in table[1][1]
