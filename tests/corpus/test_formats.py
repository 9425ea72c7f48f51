"""The same document in every format gives the same clauses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from corpus.collection import load_sources
from eval.bench.small_pdf import pdf_of
from shared import shared_path

_TITLE = "江州市支持算力产业办法"
_LINES = [
    "第一章 总则",
    "第一条 为了支持企业，制定本办法。",
    "第二条 下列企业可以申请：",
    "（一）在本市注册的企业；",
    "（二）为本市企业提供服务的机构。",
    "第二章 附则",
    "第三条 符合条件的企业，给予最高100万元奖励。",
    "同一项目不重复支持。",
    "第四条 本办法自2021年1月1日起施行，有效期两年。",
]


def _is_heading(line: str) -> bool:
    return line.split()[0].endswith("章")


def _txt(path: Path) -> None:
    path.write_text("\n\n".join([_TITLE, *_LINES]), "gb18030")


def _md(path: Path) -> None:
    body = (f"## {line}" if _is_heading(line) else line for line in _LINES)
    path.write_text("\n\n".join([f"# {_TITLE}", *body]), "utf-8")


def _html(path: Path) -> None:
    body = "".join(f"<h2>{line}</h2>" if _is_heading(line) else f"<p>{line}</p>" for line in _LINES)
    path.write_text(f"<!DOCTYPE html><html><body><h1>{_TITLE}</h1>{body}</body></html>", "utf-8")


def _docx(path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(_TITLE, style="Title")
    for line in _LINES:
        document.add_heading(line, 1) if _is_heading(line) else document.add_paragraph(line)
    document.save(str(path))


def _pdf(path: Path) -> None:
    path.write_bytes(pdf_of([[(120, _TITLE), *((24, line) for line in _LINES)]]))


def _jsonl(path: Path) -> None:
    record = {"id": "x", "title": _TITLE, "text": "\n".join(_LINES)}
    path.write_text(json.dumps(record, ensure_ascii=False), "utf-8")


def _shown(path: Path) -> list[tuple[str, str, str]]:
    corpus = load_sources([path])
    return [(c.id.removeprefix(f"{c.document}/"), c.label, c.text) for c in corpus.clauses]


@pytest.mark.parametrize("write", [_md, _html, _docx, _pdf, _jsonl])
def test_every_format(tmp_path: Path, write: Callable[[Path], None]) -> None:
    _txt(tmp_path / "plain.txt")
    expected = _shown(tmp_path / "plain.txt")
    assert [name for name, _, _ in expected] == [
        "ch1", "1", "2", "2/1", "2/2", "ch2", "3", "3/p1", "3/p2", "4",
    ]  # fmt: skip
    path = tmp_path / f"file.{write.__name__.strip('_')}"
    write(path)
    assert _shown(path) == expected
    (document,) = load_sources([path]).documents
    assert document.title == _TITLE
    assert (str(document.effective), str(document.expires)) == ("2021-01-01", "2022-12-31")


def test_a_law_as_a_web_page_and_as_a_word_file(tmp_path: Path) -> None:
    law = shared_path("eval/laws/行政法__密码法(2019-10-26).md")
    lines = [line.strip() for line in law.read_text("utf-8").split("\n")]
    lines = [line for line in lines if line and not line.startswith("<!--")]
    page, document = [], docx.Document()
    for line in lines:
        level = len(line) - len(line.lstrip("#"))
        words = line.lstrip("# ")
        page.append(f"<h{level}>{words}</h{level}>" if level else f"<p>{words}</p>")
        document.add_heading(words, level) if level else document.add_paragraph(words)
    (tmp_path / "law.html").write_text(f"<html><body>{''.join(page)}</body></html>", "utf-8")
    document.save(str(tmp_path / "law.docx"))
    expected = _shown(law)
    assert sum(name.isdigit() for name, _, _ in expected) == 44
    assert _shown(tmp_path / "law.html") == expected
    assert _shown(tmp_path / "law.docx") == expected
