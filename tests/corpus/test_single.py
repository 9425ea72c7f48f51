import pytest
from corpus_sources import lines_of

from corpus.layout import read_lines
from corpus.single import Single, split_single


def split(text: str, kind: str = "line", **fields: str) -> Single:
    source = lines_of(text, kind, **fields)
    return split_single(source, [line for line in read_lines(source) if not line.furniture])


def words(lines: tuple) -> list[str]:
    return [line.text for line in lines]


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("某市数据管理办法", "某市数据管理办法"),
        ("某市支持算力产业\n发展若干措施", "某市支持算力产业发展若干措施"),
        ("某市行动计划\n（2021—2023 年）", "某市行动计划（2021—2023年）"),
        ("江政规〔2023〕5号\n某市促进条例（试行）", "某市促进条例（试行）"),
        ("园区入驻问答", "园区入驻问答"),
    ],
)
def test_the_title_is_found_at_the_head(head: str, title: str) -> None:
    part = split(f"{head}\n第一条 为规范管理，制定本办法。\n第二条 范围。").part
    assert part.title == title
    assert part.body[-1].text == "第二条 范围。"


def test_a_title_that_the_source_gives_is_taken_out_of_the_text() -> None:
    part = split("某省条例\n第一条 目的。", title="某省条例").part
    assert (part.title, words(part.titles), words(part.body)) == ("某省条例", ["某省条例"], ["第一条 目的。"])


def test_a_text_without_a_title_is_named_by_its_file() -> None:
    part = split("第一条 目的。\n第二条 范围。", name="算力补贴.txt").part
    assert (part.title, part.titles) == ("算力补贴", ())


def test_a_notice_is_set_apart_from_what_it_was_issued_with() -> None:
    part = split(
        "某市政府办公室关于印发某市算力若干措施的通知\n各区人民政府：\n现印发给你们。\n2023年5月8日\n"
        "某市算力若干措施\n一、支持建设。"
    ).part
    assert part.title == "某市算力若干措施"
    assert words(part.notice)[0].endswith("的通知")
    assert words(part.body) == ["一、支持建设。"]


def test_a_repeated_title_parts_the_notice_from_the_text() -> None:
    part = split("某市实施办法\n有关单位：\n现印发给你们。\n某市实施办法\n一、支持。").part
    assert (words(part.titles), words(part.notice)) == (
        ["某市实施办法"] * 2,
        ["有关单位：", "现印发给你们。"],
    )


def test_a_table_of_contents_is_set_apart() -> None:
    single = split(
        "某条例\n目　录\n第一章 总则 ..... 1\n第二章 附则 9\n第一章 总则\n第一条 目的。\n第二章 附则"
    )
    assert words(single.contents) == ["目　录", "第一章 总则 ..... 1", "第二章 附则 9"]
    assert words(single.part.body) == ["第一章 总则", "第一条 目的。", "第二章 附则"]


def test_the_zone_is_what_the_source_says() -> None:
    source = lines_of("一、支持。\n二、保障。", title="措施")
    source = type(source)(source.name, source.text, source.blocks, "", "措施", (("zone", "江城"),))
    assert split_single(source, read_lines(source)).part.zone == "江城"
