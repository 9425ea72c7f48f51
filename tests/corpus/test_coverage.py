"""Nothing lost, nothing twice: every character of a source is in one clause, or listed as what else it is."""

import pytest
from corpus_sources import lines_of
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.collection import parse_sources, shipped_path
from corpus.coverage import Coverage, account, doubt_rows, furniture_rows, mend_rows
from corpus.loaders import read_source
from corpus.source import SourceText
from corpus.text import squash
from corpus.types import ClauseKind, Corpus
from shared import shared_path

EXEMPT = {"contents", "front matter", "back matter"}
FURNITURE = {"caption", "page rest", "repeated table head"}


@pytest.fixture(scope="module")
def source() -> SourceText:
    return read_source(shipped_path())[0]


@pytest.fixture(scope="module")
def corpus(source: SourceText) -> Corpus:
    return parse_sources([source])


@pytest.fixture(scope="module")
def coverage(source: SourceText, corpus: Corpus) -> Coverage:
    return account(source, corpus)


def test_every_character_of_the_compendium_is_accounted_for_once(
    source: SourceText, coverage: Coverage
) -> None:
    assert coverage.missing == ()
    assert coverage.twice == ()
    owners = [0] * len(source.text)
    for stretch in coverage.stretches:
        for at in range(stretch.start, stretch.end):
            owners[at] += 1
    odd = [(at, c) for at, c in enumerate(source.text) if not c.isspace() and owners[at] != 1]
    assert odd == []


def test_little_of_the_compendium_is_furniture(coverage: Coverage) -> None:
    total = sum(coverage.letters.values())
    assert set(coverage.letters) == {"clause", "heading", "notice", "title"} | EXEMPT | FURNITURE
    assert sum(coverage.letters[kind] for kind in FURNITURE) < 0.01 * total
    assert coverage.letters["clause"] > 0.95 * total


def test_furniture_is_listed_line_by_line(source: SourceText) -> None:
    rows = furniture_rows(source)
    listed = {(row["line"], row["kind"]): row["text"] for row in rows if row["kind"] not in EXEMPT}
    assert listed[1196, "caption"] == "图1 德清县区位关系图"
    assert listed[4389, "page rest"] == "2018"
    assert listed[1273, "repeated table head"].startswith("类别")
    assert [row["line"] for row in rows if row["kind"] == "back matter"] == [4485, 4489, 4493]
    assert sum(row["kind"] == "title" for row in rows) >= 34


def test_a_clauses_text_is_what_its_spans_hold_but_for_the_listed_mends(
    source: SourceText, corpus: Corpus
) -> None:
    mended = {str(row["before"]) for row in mend_rows(source)}
    changed = []
    for clause in corpus.clauses:
        held = "".join(source.text[span.start : span.end] for span in clause.spans)
        if squash(held.replace("<u>", "").replace("</u>", "")) != squash(clause.text):
            changed.append(clause)
            assert any(before in held for before in mended), clause.id
    assert 15 < len(changed) < 60


def test_clauses_do_not_overlap_and_paragraphs_lie_in_their_clause(corpus: Corpus) -> None:
    end = 0
    whole = {c.id: c for c in corpus.clauses}
    spans = sorted((s.start, s.end) for c in corpus.clauses if c.kind != "paragraph" for s in c.spans)
    for start, stop in spans:
        assert start >= end
        end = stop
    for clause in corpus.clauses:
        if clause.kind is ClauseKind.PARAGRAPH:
            parent = whole[clause.parent]
            assert clause.text in parent.text
            assert all(any(p.start <= s.start and s.end <= p.end for p in parent.spans) for s in clause.spans)


def test_only_known_doubts_remain_in_the_compendium(corpus: Corpus) -> None:
    doubts = [row["doubt"] for row in doubt_rows(corpus)]
    assert doubts == ["longer than 1200 letters"]


def test_doubts_name_gaps_in_the_numbering() -> None:
    rows = doubt_rows(parse_sources([lines_of("某办法\n第一条 甲。\n第二条 乙。\n第四条 丁。")]))
    assert [row["doubt"] for row in rows] == ["number 4 after 2"]


def test_doubts_name_numbers_that_open_no_clause() -> None:
    rows = doubt_rows(parse_sources([lines_of("某办法\n第一条 条件：\n1. 注册。\n3. 纳税。\n4. 守信。")]))
    assert [(row["clause"][-4:], row["doubt"]) for row in rows] == [
        ("/1/1", "holds 3., which opens no clause")
    ]


def test_a_signature_is_no_doubt_but_a_cut_sentence_is() -> None:
    text = "某办法\n第一条 支持研发。\n第二条 本办法由市科技局解释。本办法{}\n江州市科技局\n2025年2月10日"
    assert doubt_rows(parse_sources([lines_of(text.format("自发布之日起施行。"))])) == []
    rows = doubt_rows(parse_sources([lines_of(text.format("自发布之日起"))]))
    assert [row["doubt"] for row in rows] == ["ends in the middle of a sentence"]


@pytest.mark.parametrize("name", ["民法商法__商标法(2019-04-23).md", "经济法__审计法(2021-10-23).md"])
def test_every_character_of_a_law_is_accounted_for_without_a_doubt(name: str) -> None:
    source = read_source(shared_path("eval/laws") / name)[0]
    corpus = parse_sources([source])
    assert account(source, corpus).complete
    assert doubt_rows(corpus) == []


PIECES = st.sampled_from(
    [
        "一、",
        "（一）",
        "(2) ",
        "1. ",
        "2、",
        "第一条 ",
        "第二章 ",
        "专栏1 ",
        "——",
        "- ",
        "支持企业",
        "。",
        "；",
        "：",
        "，按照",
        "\n",
        "\n\n",
        "\u3000\u3000",
        "\t",
        " ",
        "2018",
        "（责任单位：市科技局）",
        "图1 示意图",
        "目录",
        "附件",
        "本办法自发布之日起施行",
        "<u>甲</u>",
    ]
)


@example("(2) \n——一、", "line")  # dashes below a text without numbers
@example("为支持企业，给予：\n——补贴 20%。\n——奖励 30%。", "paragraph")
@example("。第一条 一、", "line")  # an article behind nothing but a full stop
@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join), st.sampled_from(["line", "paragraph"]))
def test_nothing_is_lost_or_doubled_in_any_text(text: str, kind: str) -> None:
    source = lines_of(text, kind)
    corpus = parse_sources([source])
    coverage = account(source, corpus)
    assert coverage.twice == ()
    assert coverage.missing == () or not corpus.documents
    assert len({c.id for c in corpus.clauses}) == len(corpus.clauses)
    assert all(c.text.strip() and c.label.startswith("《") for c in corpus.clauses)
