import json
from datetime import date
from pathlib import Path

import pytest
from corpus_sources import lines_of, shipped

from corpus.collection import load_sources, parse_sources
from corpus.errors import SourceError
from corpus.text import squash
from corpus.types import Corpus
from shared import shared_path

LAW = "某市办法\n第一条 目的。\n第二条 条件如下：\n（一）注册；\n（二）纳税。"


def laws() -> list[dict]:
    manifest = Path(__file__).resolve().parents[3] / "shared/eval/laws/manifest.json"
    return json.loads(manifest.read_text("utf-8")) if manifest.exists() else [{"file": "manifest.json"}]


@pytest.mark.parametrize("law", laws(), ids=lambda law: law["file"])
def test_a_law_has_exactly_its_articles(law: dict) -> None:
    corpus = load_sources([shared_path("eval/laws") / law["file"]])
    numbers = [c.number.value for c in corpus.clauses if c.kind == "article" and c.number]
    assert numbers == list(range(1, law["articles"] + 1))
    assert sum(c.kind == "chapter" for c in corpus.clauses) == law["headings"]


def test_all_listed_boundaries_are_exact() -> None:
    rows = shared_path("eval/boundaries.jsonl").read_text("utf-8").splitlines()
    corpus = shipped()
    for row in map(json.loads, rows):
        document = corpus.documents[row["doc"] - 1].id
        texts = [squash(c.text) for c in corpus.clauses if c.document == document]
        begins, ends = squash(row["starts"]), squash(row["ends"])
        assert any(text.startswith(begins) and text.endswith(ends) for text in texts), row


@pytest.mark.parametrize(
    ("identifier", "label", "begins", "ends"),
    [
        ("huangpu-rules/33/text1", "第三十三条第3段", "行业协会或产业联盟工作经费", "相关费用。"),
        ("deqing-2017-plan/box7/3", "专栏7第3项", "3. 5G 车联网应用示范。", "全国先进的 5G 车联网示范区。"),
        ("changsha-2021-plan/3/3/11", "三、（三）11.", "11. 发展负责任的", "新一代人工智能。"),
        ("chengdu-2019-rules/3/10/3/2", "三、（十）3.（2）", "(2) 法人营业执照", "身份证（复印件）；"),
        ("huangpu-rules/16", "第十六条", "第十六条 本区企业", "三等奖的，给予 50 万元奖励。"),
        ("shenyang-2018-development-plan/box15/1", "专栏15第1项", "1. 智能机器人", "进行应用验证。"),
        ("wuhan-2020-rules/4/1", "四、1、", "1、书面申请：", "科技部门提出申请。"),
        ("shanghai-2017-opinions/1/2/text1", "一、（二）第2段", "到2030年，", "奠定坚实基础。"),
        ("wuhan-2020-measures/closing", "文末", "以上政策所涉奖补资金", "2023年12月31日。"),
        ("shanghai-2018-measures/notice", "印发通知", "有关单位：", "实施办法]】"),
    ],
)  # fmt: skip
def test_traps_of_the_compendium(identifier: str, label: str, begins: str, ends: str) -> None:
    clause = next(c for c in shipped().clauses if c.id == identifier)
    assert clause.label.partition("》")[2] == label or clause.label.endswith(f"》{label}")
    assert clause.text.startswith(begins)
    assert clause.text.endswith(ends)


def test_a_title_with_a_title_in_it_is_quoted_in_its_label() -> None:
    label = next(c.label for c in shipped().clauses if c.id == "wuhan-2020-rules/1")
    assert label == "《〈武汉国家新一代人工智能创新发展试验区建设若干政策〉第四、五、七条政策实施细则》一、"


def test_files_of_a_folder_are_loaded_and_the_unusable_ones_listed(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.txt").write_text(LAW, "utf-8")
    (tmp_path / "b.md").write_text("# 乙措施\n\n一、支持。\n\n二、保障。\n", "utf-8")
    (tmp_path / "empty.txt").write_text("", "utf-8")
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n")
    (tmp_path / ".hidden.txt").write_text(LAW, "utf-8")
    (tmp_path / "~$open.docx").write_bytes(bytes(162))
    corpus = load_sources([tmp_path])
    assert [d.title for d in corpus.documents] == ["乙措施", "某市办法"]
    assert sorted(Path(s.path).name for s in corpus.skipped) == ["empty.txt", "photo.png"]
    assert all(s.reason and Path(s.path).name not in s.reason for s in corpus.skipped)


def test_a_named_file_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LAW, "utf-8")
    for name in ("missing.txt", "binary.txt"):
        (tmp_path / "binary.txt").write_bytes(b"\x00\x01\x02" * 99)
        with pytest.raises(SourceError, match=name):
            load_sources([tmp_path / "a.txt", tmp_path / name])


def test_nothing_usable_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no usable policy text found$"):
        load_sources([tmp_path])
    for name in "abcdefg":
        (tmp_path / f"{name}.txt").write_text("", "utf-8")
    with pytest.raises(SourceError, match=r"skipped: a.txt \(the file is empty\), b.txt .*, 2 more$"):
        load_sources([tmp_path])
    with pytest.raises(SourceError, match="no usable"):
        load_sources([])


def test_a_jsonl_line_may_give_the_particulars_of_issue(tmp_path: Path) -> None:
    row = {
        "title": "某市办法",
        "text": "第一条 支持研发。\n第二条 本办法自发布之日起施行，有效期一年。",
        "issuer": "江州市科技局",
        "doc_number": "江科规〔2025〕3号",
        "issued": "2025-02-10",
    }
    (tmp_path / "a.jsonl").write_text(json.dumps(row), "utf-8")
    document = load_sources([tmp_path]).documents[0]
    assert (document.issuer, document.doc_number) == ("江州市科技局", "江科规〔2025〕3号")
    assert (document.issued, document.effective) == (date(2025, 2, 10), date(2025, 2, 10))
    assert document.expires == date(2026, 2, 9)


def test_documents_of_a_jsonl_file_keep_their_ids_and_equal_ones_are_numbered(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        row = {"id": "law-7", "title": "某市办法", "text": LAW, "zone": "江城"}
        (tmp_path / name).write_text(json.dumps(row, ensure_ascii=False) + "\n", "utf-8")
    corpus = load_sources([tmp_path])
    assert [(d.id, d.zone) for d in corpus.documents] == [("law-7", "江城"), ("law-7~2", "江城")]
    assert {c.document for c in corpus.clauses} == {"law-7", "law-7~2"}
    assert len({c.id for c in corpus.clauses}) == len(corpus.clauses)


def parsed(text: str) -> Corpus:
    return parse_sources([lines_of(text)])


def test_identifiers_stay_when_other_clauses_change() -> None:
    before = {c.id.partition("/")[2]: c.text for c in parsed(LAW).clauses}
    after = {c.id.partition("/")[2]: c.text for c in parsed(LAW + "\n第三条 施行。").clauses}
    assert before.items() <= after.items()


def test_loading_twice_gives_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(LAW, "utf-8")
    assert load_sources([path]) == load_sources([path])


def test_a_large_file_takes_linear_time() -> None:
    text = "某市办法\n" + "\n".join(f"第{n}条 " + "支持企业发展。" * 20 for n in range(1, 3000))
    assert len(parsed(text).clauses) == 2999
