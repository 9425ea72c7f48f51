"""Comparisons and surveys as rows: a place or document each, in the words of its clause."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rag.batch import answer_row
from rag.engine import PolicyQA
from rag.generators.extractive import ExtractiveGenerator
from rag.question import understand
from rag.types import Answer, Filters, Row
from rag.verification import verify

EQUIPMENT = "武汉和杭州对AI平台购买设备各补几成、封顶多少？"


def rows(answer: Answer) -> dict[str, Row]:
    assert answer.comparison is not None
    return {row.name: row for row in answer.comparison.rows}


def test_places_compared_stand_side_by_side(compendium: PolicyQA) -> None:
    answer = compendium.ask(EQUIPMENT)
    found = rows(answer)
    assert list(found) == ["武汉", "杭州"]
    assert found["武汉"].amount == "按平台建设新购置研发设备总价的50%给予最高4000万元资金补助"
    assert found["武汉"].condition == "支持建设人工智能共性技术研发平台"
    assert "最高不超过 3000 万元" in found["杭州"].amount
    assert [answer.citations[row.citation - 1].zone[:2] for row in found.values()] == ["武汉", "杭州"]
    assert answer.prose == (), "the rows stand for the sentences"
    assert len(answer.statements) > 1 and answer.text.count("[2]") >= 1, "which stay in the answer"


def test_every_cell_is_a_stretch_of_its_clause(compendium: PolicyQA) -> None:
    for question in (EQUIPMENT, "哪些城市对购买算力有补贴？", "Which cities subsidise computing power?"):
        answer = compendium.ask(question)
        assert len(rows(answer)) == len(answer.citations)
        for row in rows(answer).values():
            cells = [cell for cell in (row.amount, row.condition, *row.words) if cell]
            assert cells and all(cell in answer.citations[row.citation - 1].text for cell in cells)
            assert bool(row.amount) != bool(row.words)


def test_english_rows_name_places_in_english_and_repeat_the_figures(compendium: PolicyQA) -> None:
    answer = compendium.ask(
        "If we buy services from a public AI platform, how much do Chengdu, Huangpu and Changsha reimburse?"
    )
    found = rows(answer)
    assert list(found) == ["Chengdu", "Guangzhou", "Changsha"]
    assert found["Changsha"].amount == "按实际采购费用给予 30% 补贴，单个企业最高 50 万元"
    assert found["Changsha"].english == "30%; up to RMB 500,000."


def test_a_cap_in_the_next_sentence_stays_with_the_rate(compendium: PolicyQA) -> None:
    found = rows(compendium.ask("哪些城市对人工智能企业的贷款给予贴息？"))
    assert "1.5%" in found["广州"].words[0] and "每年最高贴息 100 万元" in found["广州"].words[0]


def test_what_is_no_amount_stands_as_it_is(compendium: PolicyQA) -> None:
    answer = compendium.ask("智慧农业的AI应用，重庆和苏州分别归哪个部门管？")
    assert answer.comparison is not None and not answer.comparison.parted
    assert any("市农业农村局" in words for words in rows(answer)["苏州"].words)


def test_documents_of_one_place_go_by_their_titles(compendium: PolicyQA) -> None:
    answer = compendium.ask(
        "上海2017年的实施意见和2018年的实施办法都定了应用场景和示范项目的数量，两份文件的数字一样吗？"
    )
    assert answer.comparison is not None and answer.comparison.subject == "document"
    assert list(rows(answer)) == [citation.title for citation in answer.citations]


@pytest.mark.parametrize(
    "question",
    ["天津和武汉对新建5G基站各奖励多少？", "天津对新建5G基站奖励多少？", "哪些城市对火星移民有补贴？"],
)
def test_nothing_is_compared_where_at_most_one_place_says_something(
    compendium: PolicyQA, question: str
) -> None:
    answer = compendium.ask(question)
    assert answer.comparison is None
    assert answer.prose == answer.statements


def test_a_survey_that_one_place_answers_is_a_table_still(compendium: PolicyQA) -> None:
    answer = compendium.ask("哪些城市要设立千亿规模的人工智能产业发展基金？")
    assert answer.comparison is not None and answer.comparison.subject == "place"
    assert any(note.kind == "scope" and "33" in note.text for note in answer.notes)


@pytest.mark.parametrize(
    "forged",
    [
        {"amount": "给予最高5000万元资金补助"},  # another figure
        {"condition": "支持建设量子计算平台"},  # other words
        {"amount": "000万元资金补助"},  # a figure cut in two
        {"english": "Up to RMB 50 million."},  # another figure in English
    ],
)
def test_a_cell_that_is_not_the_clauses_takes_the_table_away(
    compendium: PolicyQA, forged: dict[str, str]
) -> None:
    snapshot = compendium._snapshot
    query = understand(EQUIPMENT, (), snapshot.gazetteer)
    ranked = snapshot.retriever.rank(query, Filters(), date(2022, 6, 1))
    draft = ExtractiveGenerator().compose(query, ranked[:20], snapshot.index, date(2022, 6, 1))
    assert draft.comparison is not None
    assert verify(draft, snapshot.index, query).draft.comparison == draft.comparison
    first, *others = draft.comparison.rows
    table = replace(draft.comparison, rows=(replace(first, **forged), *others))
    kept = verify(replace(draft, comparison=table), snapshot.index, query).draft
    assert kept.comparison is None and kept.statements == draft.statements


def test_batches_write_the_rows(compendium: PolicyQA) -> None:
    row = answer_row("1", compendium.ask(EQUIPMENT))
    assert row["comparison"]["subject"] == "place"
    assert [r["name"] for r in row["comparison"]["rows"]] == ["武汉", "杭州"]
    assert answer_row("2", compendium.ask("天津对新建5G基站奖励多少？"))["comparison"] is None


def test_each_of_two_places_says_until_when_its_policy_holds(compendium: PolicyQA) -> None:
    found = rows(compendium.ask("济南和长沙的政策什么时候到期？"))
    assert "有效期至2023年6月16日" in "".join(found["济南"].words)
    assert "有效期" in "".join(found["长沙"].words)
