import json
from importlib import resources

from corpus_sources import lines_of

from corpus.facts import mends_for, source_key
from corpus.layout import clean, read_lines, width
from corpus.source import SourceText


def furniture(source: SourceText) -> dict[str, str]:
    return {line.text: line.furniture for line in read_lines(source) if line.furniture}


def test_page_rests_and_captions_are_furniture() -> None:
    text = (
        "2018\n正文到 2020 年。\n- 12 -\n图 2 空间布局示意图\nFigure4 Open networks\n图 3 所示企业应当申报。"
    )
    assert furniture(lines_of(text)) == {
        "2018": "page rest",
        "- 12 -": "page rest",
        "图 2 空间布局示意图": "caption",
        "Figure4 Open networks": "caption",
    }


def test_a_table_head_repeated_behind_a_page_break_is_furniture() -> None:
    text = "类别\t指标\t2015 年 实际 值\n甲\t乙\t1\n\n类别\t指标\t2015年 实际值\n\t丙\t2"
    lines = read_lines(lines_of(text))
    assert [line.furniture for line in lines] == ["", "", "repeated table head", ""]
    assert lines[-1].text == "\t丙\t2"
    assert all(line.row for line in lines)


def test_lines_know_where_they_stand() -> None:
    source = lines_of("\n　　一、总则\n\n（一）目的")
    first, second = read_lines(source)
    assert (first.number, second.number) == (2, 4)
    assert [source.text[line.start : line.end] for line in (first, second)] == ["一、总则", "（一）目的"]
    assert (first.indented, second.indented) == (True, False)


def test_width_counts_narrow_characters_half() -> None:
    assert width("投资 10 亿元，") == 6.0


def test_tags_of_a_format_are_removed() -> None:
    assert clean("应用层 <u>智慧政务</u>，a<b") == "应用层 智慧政务，a<b"


def test_mends_of_the_shipped_text_are_all_certain_and_applied() -> None:
    folder = resources.files("corpus") / "data"
    text = (folder / "ai-policy-compendium-2022-01.txt").read_text("utf-8")
    rows = [json.loads(line) for line in (folder / "mends.jsonl").read_text("utf-8").splitlines()]
    mends = mends_for(source_key(text))
    assert len(mends) == len(rows) > 20
    source_lines = text.split("\n")
    for mend in mends:
        assert mend.reason
        assert mend.join or source_lines[mend.line - 1].count(mend.before) == 1, mend
    mended = {line.number: line for line in read_lines(lines_of(text))}
    for mend in mends:
        line = mended[mend.line]
        if mend.join:
            assert line.cut
        else:
            assert mend.after in line.text
            assert line.offset(len(line.text)) == line.end
            assert text[line.offset(0) : line.end] == source_lines[mend.line - 1].strip()


def test_wrapped_lines_flow_until_one_is_not_full() -> None:
    full = "对购买算力服务的中小企业按照合同金额的百分之三十给予补贴并且"
    text = "\n".join(["　　" + full[:-2], full, "每家最高二十万元。"] * 4)
    flows = [line.flows for line in read_lines(lines_of(text))]
    assert flows[1:6] == [True, True, False, True, True]


def test_lines_of_free_length_say_nothing_about_their_flow() -> None:
    text = "\n".join("各区人民政府应当支持企业发展。" * n for n in range(1, 12))
    assert {line.flows for line in read_lines(lines_of(text))} == {None}
