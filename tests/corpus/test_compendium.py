from pathlib import Path

from corpus_sources import lines_of, shipped

from corpus.collection import load_sources, parse_sources
from corpus.compendium import read_contents, split_compendium, tidy_title
from corpus.coverage import account
from corpus.layout import read_lines
from corpus.loaders import read_source
from shared import shared_path

SMALL = Path(__file__).parent / "data" / "compendium.txt"
ZONES = ("江城数字经济试验区", "江城数字经济试验区", "海县数字经济试验区")


def test_documents_are_found_by_the_table_of_contents() -> None:
    corpus = load_sources([SMALL])
    assert [d.title for d in corpus.documents] == [
        "江城市支持算力产业发展若干措施",
        "江城市算力券管理办法（2023—2025年）",
        "海县关于印发《算力发展方案》的实施意见",
    ]
    assert tuple(d.zone for d in corpus.documents) == ZONES
    assert [d.position for d in corpus.documents] == [1, 2, 3]


def test_each_document_has_its_own_clauses() -> None:
    corpus = load_sources([SMALL])
    names = [d.id for d in corpus.documents]
    found = [(names.index(c.document), c.id.partition("/")[2]) for c in corpus.clauses]
    assert found == [
        (0, "preamble"), (0, "1"), (0, "1/1"), (0, "1/2"), (0, "closing"),
        (1, "ch1"), (1, "1"), (1, "ch2"), (1, "2"),
        (2, "notice"), (2, "notice/p1"), (2, "notice/p2"), (2, "notice/p3"), (2, "1"), (2, "2"),
    ]  # fmt: skip
    assert corpus.clauses[2].text.endswith("最高500万元。（责任单位：市经信局）")


def test_everything_around_the_documents_is_set_apart() -> None:
    source = read_source(SMALL)[0]
    coverage = account(source, parse_sources([source]))
    assert coverage.complete
    kinds = {source.text[s.start : s.end]: s.kind for s in coverage.stretches if not s.clause}
    assert kinds["图1 算力中心布局图"] == "caption"
    assert kinds["12"] == "page rest"
    assert kinds["江海产业网"] == "front matter"
    assert kinds["二、海县数字经济试验区"] == "contents"
    assert kinds["(2023—2025年)"] == "title"
    assert kinds["【更多政策可扫描二维码】"] == kinds["（江海产业网）"] == "back matter"


def test_a_page_number_may_touch_the_title() -> None:
    lines = read_lines(
        lines_of("目录\n1. 甲办法（2019—2023 年）58\n2. 乙的若干政策291\n3. 丙条例……300\n甲办法")
    )
    _, end, entries = read_contents(lines)
    assert [(e.title, e.page) for e in entries] == [
        ("甲办法（2019—2023年）", 58),
        ("乙的若干政策", 291),
        ("丙条例", 300),
    ]
    assert end == 4


def test_a_law_with_its_own_contents_is_no_compendium() -> None:
    text = "某条例\n目录\n第一章 总则\n第二章 附则\n第一章 总则\n第一条 目的。\n第二章 附则\n第二条 施行。"
    assert split_compendium(read_lines(lines_of(text))) is None
    clauses = parse_sources([lines_of(text)]).clauses
    assert [c.text for c in clauses] == text.split("\n")[4:]


def test_titles_are_shown_on_one_line() -> None:
    assert tidy_title("行动计划\n（2019—2023 年）") == "行动计划 （2019—2023年）"
    assert tidy_title("黄埔区 开发区规划 (2018- 2020 年)") == "黄埔区 开发区规划 (2018-2020年)"


def test_many_contents_lines_cost_little() -> None:
    entries = "\n".join(f"{n}. 第{n}号办法 {n}" for n in range(1, 900))
    text = f"目录\n{entries}\n" + "\n".join("第号办法" for _ in range(20_000))
    assert split_compendium(read_lines(lines_of(text))) is None


def test_the_shipped_compendium_has_all_documents_and_zones() -> None:
    corpus = shipped()
    assert len(corpus.documents) == 33
    assert len({d.zone for d in corpus.documents}) == 17
    assert corpus.documents[0].zone == "北京国家新一代人工智能创新发展试验区"
    assert all(any(c.document == d.id for c in corpus.clauses) for d in corpus.documents)
    assert len({c.id for c in corpus.clauses}) == len(corpus.clauses)


def test_the_shipped_compendium_reads_the_same_without_its_facts() -> None:
    corpus = shipped()
    source = read_source(shared_path("corpus/ai-policy-compendium-2022-01.txt"))[0]
    other = parse_sources([type(source)(source.name, source.text + " ", source.blocks)])
    assert [d.title for d in other.documents] == [d.title for d in corpus.documents]
    assert not {d.id for d in other.documents} & {d.id for d in corpus.documents}
    tails = [c.id.partition("/")[2] for c in corpus.clauses if c.kind != "paragraph"]
    assert [c.id.partition("/")[2] for c in other.clauses if c.kind != "paragraph"] == tails
