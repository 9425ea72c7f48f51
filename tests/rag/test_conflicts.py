from datetime import date

import pytest
from policies import COLLECTION, NORTH, NORTH_RULES, Collection, clause, ranked

from rag.citations import cite
from rag.conflicts import conflict_note, disagree, find_conflict, likeness
from rag.types import Evidence

RULE = "对企业开展人工智能技术攻关的，按项目研发投入的20%给予补助，最高不超过500万元。"
LEAD = Evidence("north-measures/3", ((4, 4 + len(RULE)),), 1.0)


def test_two_documents_of_one_place_state_different_caps():
    found = find_conflict(LEAD, ranked("north-measures/3", "north-rules/1"), COLLECTION)
    assert found is not None
    clause_id, (start, end) = found
    assert clause_id == "north-rules/1"
    assert "最高不超过300万元" in COLLECTION.clauses[clause_id].text[start:end]


def test_another_place_does_not_disagree():
    assert find_conflict(LEAD, ranked("north-measures/3", "south-measures/1"), COLLECTION) is None


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        ("对企业开展人工智能技术攻关的，按项目研发投入的20%给予补助，最高不超过300万元。", True),
        ("对企业开展人工智能技术攻关的，按项目研发投入的30%给予补助，最高不超过500万元。", True),
        (RULE, False),
        ("对企业开展人工智能技术攻关的，按项目研发投入的百分之二十给予补助，最高不超过五百万元。", False),
        ("对企业开展人工智能技术攻关的，给予补助，最高不超过300万元。", True),
        ("对企业开展人工智能技术攻关的，给予补助，最高不超过500万元。", False),
        ("每年评定100个开展人工智能技术攻关的企业。", False),
    ],
)
def test_disagree(other, differs):
    assert disagree(RULE, other) is differs


def test_targets_of_different_years_do_not_disagree():
    assert not disagree("到2020年，产业规模达到100亿元。", "到2023年，产业规模达到300亿元。")
    assert disagree("到2023年，产业规模达到100亿元。", "到2023年，产业规模达到300亿元。")


def test_the_year_named_before_tells_targets_apart():
    said = "新一代人工智能产业快速发展，核心产业产值达到{}亿元，相关产业产值达到{}亿元。"
    one = clause(NORTH, "条1", "第一条 到2020年，打好基础。" + said.format(30, 200))
    other = clause(NORTH_RULES, "条1", "第一条 到2025年，走在前列。" + said.format(90, 1000))
    same = clause(NORTH_RULES, "条2", "第二条 到2020年，走在前列。" + said.format(90, 1000))
    source = Collection((NORTH, NORTH_RULES), (one, other, same))
    start = one.text.index("新一代")
    lead = Evidence(one.id, ((start, len(one.text)),), 1.0)
    assert find_conflict(lead, ranked(one.id, other.id), source) is None
    assert find_conflict(lead, ranked(one.id, other.id, same.id), source)[0] == same.id


def test_likeness_looks_at_words_and_not_at_figures():
    assert likeness(RULE, RULE.replace("500", "300")) == 1.0
    assert likeness(RULE, "对新取得军工资质的企业，给予每证20万元一次性补助。") < 0.4
    assert likeness("最高500万元", "最高300万元") == 0.0  # too short to tell


def test_the_note_names_both_and_no_figure():
    one, two = (
        cite(COLLECTION, i, ("对企业",), date(2022, 1, 1), "zh")
        for i in ("north-measures/3", "north-rules/1")
    )
    note = conflict_note(one, two, "zh")
    assert note.kind == "conflict" and one.label in note.text and two.label in note.text
    assert "ask the competent office" in conflict_note(one, two, "en").text
