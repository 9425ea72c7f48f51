"""Reading Word files."""

from __future__ import annotations

import io
import random
import zipfile
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from corpus.errors import SourceError
from corpus.loaders import word
from corpus.loaders.word import read_word
from corpus.source import SourceText

_NUMBERS = f"""<w:abstractNum {nsdecls("w")} w:abstractNumId="77">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="第%1条"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%3."/></w:lvl>
</w:abstractNum>"""
_LIST = f"""<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/>
<w:lvlOverride w:ilvl="0"><w:startOverride w:val="9"/></w:lvlOverride></w:num>"""


def _bytes(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _blocks(source: SourceText) -> list[tuple[str, int, str]]:
    return [(b.kind, b.level, source.text[b.start : b.end]) for b in source.blocks]


def _number(paragraph: Any, level: int) -> None:
    mark = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>'
    paragraph._p.get_or_add_pPr().append(parse_xml(mark))


def test_headings_paragraphs_and_tables_in_their_places() -> None:
    document = docx.Document()
    document.add_paragraph("某市支持人工智能办法", style="Title")
    document.add_heading("第一章 总则", 1)
    document.add_paragraph("第一条 为了支持企业，制定本办法。")
    table = document.add_table(2, 2)
    for cell, text in zip(table._cells, ("名称", "金额", "甲", "50万"), strict=True):
        cell.text = text
    document.add_table(1, 1).cell(0, 0).text = "第二条 框中的条文。"
    document.add_paragraph("完")
    (source,) = read_word(_bytes(document), "a.docx")
    assert source.title == "某市支持人工智能办法"
    assert _blocks(source) == [
        ("heading", 1, "某市支持人工智能办法"),
        ("heading", 1, "第一章 总则"),
        ("paragraph", 0, "第一条 为了支持企业，制定本办法。"),
        ("table", 0, "名称\t金额\n甲\t50万"),
        ("paragraph", 0, "第二条 框中的条文。"),
        ("paragraph", 0, "完"),
    ]


def test_numbers_that_word_makes_are_written_out() -> None:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    numbering.insert(0, parse_xml(_NUMBERS))
    numbering.append(parse_xml(_LIST))
    for text, level in [("甲", 0), ("乙", 1), ("丙", 1), ("丁", 2), ("戊", 0), ("己", 1), ("庚", 0)]:
        _number(document.add_paragraph(text), level)
    document.add_paragraph("辛", style="List Number")
    document.add_paragraph("壬", style="List Bullet")
    (source,) = read_word(_bytes(document), "a.docx")
    texts = [text for _, _, text in _blocks(source)]
    assert texts == [
        "第九条 甲", "（一）乙", "（二）丙", "1. 丁", "第十条 戊", "（一）己", "第十一条 庚", "1. 辛", "壬",
    ]  # fmt: skip


def test_text_boxes_insertions_and_deletions() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("正文")._p
    for run in (
        "<w:ins {0}><w:r><w:t>增</w:t><w:br/><w:t>下一行</w:t></w:r></w:ins>",
        "<w:del {0}><w:r><w:delText>删</w:delText></w:r></w:del>",
        "<w:r {0}><w:pict><w:txbxContent><w:p><w:r><w:t>专栏1</w:t></w:r></w:p></w:txbxContent></w:pict>"
        "</w:r>",
    ):
        paragraph.append(parse_xml(run.format(nsdecls("w"))))
    (source,) = read_word(_bytes(document), "a.docx")
    assert [text for _, _, text in _blocks(source)] == ["正文增", "下一行", "专栏1"]


def test_damaged_files_are_refused_or_read() -> None:
    document = docx.Document()
    document.add_paragraph("第一条 甲")
    data = _bytes(document)
    random.seed(5)
    refused = 0
    for _ in range(30):
        damaged = bytearray(data)
        for _ in range(20):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        try:
            read_word(bytes(damaged), "a.docx")
        except SourceError as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused


def test_a_zip_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word, "_LARGEST_PART", 2**20)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (2**20 + 1))
    with pytest.raises(SourceError, match="when unpacked"):
        read_word(out.getvalue(), "a.docx")
