"""Reading PDF files."""

from __future__ import annotations

import io

import pypdf
import pytest

from corpus.errors import SourceError
from corpus.loaders.pdf import read_pdf
from corpus.source import SourceText
from eval.bench.small_pdf import pdf_of

_BODY = [
    "第一条 为了支持人工智能产业的发展和应用，促进企业创新，",
    "根据有关法律法规，结合本市实际，制定本办法。",
    "第二条 本办法适用于在本市依法注册的企业和其他机构。",
]


def _texts(source: SourceText) -> list[str]:
    return [source.text[b.start : b.end] for b in source.blocks]


def test_every_printed_line_is_a_block_and_indents_are_kept() -> None:
    page = [(24, _BODY[0]), (0, _BODY[1]), (24, _BODY[2]), (0, "以及个人。")]
    (source,) = read_pdf(pdf_of([page]), "a.pdf")
    assert _texts(source) == [text for _, text in page]
    assert {b.kind for b in source.blocks} == {"line"}
    indented = [source.text[: b.start].endswith("\u3000\u3000") for b in source.blocks]
    assert indented == [True, False, True, False]


def test_running_headers_and_page_numbers_are_left_out() -> None:
    pages = [
        [
            (0, "某市政策汇编 2022"),
            *((0, f"第{page}页的第{row}行正文，不同的内容。") for row in "甲乙丙丁戊己"),
            (0, f"- {number} -"),
        ]
        for number, page in enumerate("一二三四", 1)
    ]
    (source,) = read_pdf(pdf_of(pages), "a.pdf")
    assert len(source.blocks) == 24
    assert not any("汇编" in text or text.startswith("-") for text in _texts(source))


def test_lines_that_only_look_like_page_numbers_stay() -> None:
    (source,) = read_pdf(pdf_of([[(0, _BODY[0]), (0, "12"), (0, _BODY[1])]]), "a.pdf")
    assert "12" in _texts(source)


def test_radicals_become_the_characters_they_look_like() -> None:
    (source,) = read_pdf(pdf_of([[(0, "⼈⺠政府⼯作部⻔的⻓期规划和年度计划。")]]), "a.pdf")
    assert _texts(source) == ["人民政府工作部门的长期规划和年度计划。"]


def _encrypted(password: str) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf_of([[(0, text) for text in _BODY]])))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_pdf_that_only_forbids_printing_is_read() -> None:
    (source,) = read_pdf(_encrypted(""), "a.pdf")
    assert _texts(source) == _BODY


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_encrypted("secret"), "password"),
        (pdf_of([[], [], []]), "OCR"),
        (pdf_of([]), "without pages"),
        (b"%PDF-1.4\n%%EOF", "damaged"),
        (pdf_of([[(0, _BODY[0])]])[:300], "damaged"),
    ],
)
def test_unusable_files_are_refused_in_one_line(data: bytes, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_pdf(data, "a.pdf")
    message = str(caught.value)
    assert message.startswith("a.pdf: ") and said in message and "\n" not in message
