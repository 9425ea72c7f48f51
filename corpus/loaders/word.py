"""Word files (.docx): paragraphs, headings, tables, text boxes, footnotes and automatic numbers."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from corpus.errors import SourceError
from corpus.loaders.builder import TextBuilder
from corpus.loaders.word_numbers import Numbering
from corpus.loaders.word_parts import Element, Style, W, part_of, read_styles
from corpus.source import SourceText

if TYPE_CHECKING:
    from docx.document import Document

_LARGEST_PART = 100 * 2**20  # bytes, unpacked
_LARGEST_WHOLE = 400 * 2**20
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HEADING_STYLE = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_TITLE_STYLES = ("Title", "标题", "文档标题")
_TEXT_OF = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_SKIPPED = frozenset(
    {f"{W}{n}" for n in ("del", "moveFrom", "rPr", "pPr", "txbxContent", "instrText", "delText")}
)


def read_word(data: bytes, name: str) -> tuple[SourceText, ...]:
    """Reads a Word file.

    Args:
        data: the file's bytes.
        name: the file's name.

    Returns:
        One source. Tables stand in their places, each one block with its rows on lines and its cells parted
        by tabs; text boxes and footnotes follow the paragraph that holds them; numbers that Word makes are
        written out; deleted text is left out.

    Raises:
        SourceError: the file is damaged, no Word file, or unreasonably large when unpacked.
    """
    _check_archive(data, name)
    import docx

    try:
        document = docx.Document(io.BytesIO(data))
        reader = _Reader(document)
        reader.read_children(document.element.body)
    except (RecursionError, MemoryError):
        raise SourceError(f"{name}: a Word file nested too deep") from None
    except Exception:  # damaged archives and XML fail in countless ways, all of them with this meaning
        raise SourceError(f"{name}: a damaged Word file") from None
    return (reader.builder.build(name, reader.title),)


def _check_archive(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise SourceError(f"{name}: a damaged archive or Word file") from None
    if "word/document.xml" not in {part.filename for part in parts}:
        raise SourceError(
            f"{name}: a zip archive or another Office file, not a Word text; unpack or save it as .docx"
        )
    if any(part.flag_bits & 1 for part in parts):
        raise SourceError(f"{name}: protected by a password; save it without one")
    texts = [part for part in parts if part.filename.endswith((".xml", ".rels"))]
    if (
        max(part.file_size for part in texts) > _LARGEST_PART
        or sum(p.file_size for p in parts) > _LARGEST_WHOLE
    ):
        raise SourceError(f"{name}: more than {_LARGEST_PART >> 20} MiB of text when unpacked")


class _Reader:
    """Walks the body once and adds its blocks to ``builder``."""

    def __init__(self, document: Document) -> None:
        self.builder = TextBuilder()
        self.title = ""
        self._styles = read_styles(document)
        self._numbering = Numbering(part_of(document, "numbering"))
        self._footnotes = _footnotes(part_of(document, "footnotes"))

    def read_children(self, parent: Element) -> None:
        for child in parent:
            if child.tag == f"{W}p":
                self._read_paragraph(child)
            elif child.tag == f"{W}tbl":
                self._read_table(child)
            elif child.tag == f"{W}sdt":
                if not _is_contents(child):
                    for content in child.iterchildren(f"{W}sdtContent"):
                        self.read_children(content)
            elif child.tag in (f"{W}ins", f"{W}customXml", f"{W}smartTag"):
                self.read_children(child)

    def _read_paragraph(self, paragraph: Element) -> None:
        styles = self._styles_of(paragraph)
        if any(style.name.lower().startswith("toc ") for style in styles):
            return
        words = _words(paragraph).strip()
        level = _heading_level(paragraph, styles)
        if words and not self.title and any(style.name in _TITLE_STYLES for style in styles):
            self.title, level = words, 1
        number = self._numbering.number(paragraph, styles) if words else ""
        for line in f"{number}{words}".split("\n"):
            self.builder.add(line, "heading" if level else "paragraph", level)
        for box in _boxes(paragraph):
            self.read_children(box)
        for mark in paragraph.iter(f"{W}footnoteReference"):
            self.builder.add(self._footnotes.get(mark.get(f"{W}id") or "", ""))

    def _styles_of(self, paragraph: Element) -> list[Style]:
        """The paragraph's style and those it is based on."""
        properties = paragraph.find(f"{W}pPr")
        named = properties.find(f"{W}pStyle") if properties is not None else None
        chain: list[Style] = []
        style = self._styles.get(named.get(f"{W}val") or "") if named is not None else None
        while style is not None and len(chain) < 10:
            chain.append(style)
            style = self._styles.get(style.base)
        return chain

    def _read_table(self, table: Element) -> None:
        rows = [[_cell_text(cell) for cell in row.iterchildren(f"{W}tc")] for row in table.iter(f"{W}tr")]
        if all(len(row) <= 1 for row in rows):
            # A frame drawn around text, not a table of data.
            for cell in table.iterchildren(f"{W}tr"):
                for content in cell.iterchildren(f"{W}tc"):
                    self.read_children(content)
            return
        self.builder.add("\n".join("\t".join(row) for row in rows if any(row)), "table")


def _is_contents(content_control: Element) -> bool:
    gallery = next(content_control.iter(f"{W}docPartGallery"), None)
    return gallery is not None and gallery.get(f"{W}val") == "Table of Contents"


def _heading_level(paragraph: Element, styles: Sequence[Style]) -> int:
    """The level from 1 that the paragraph's style or outline level gives it; 0 for body text."""
    for style in styles:
        if named := _HEADING_STYLE.fullmatch(style.name.strip()):
            return int(named[1])
    for properties in (paragraph.find(f"{W}pPr"), *(style.properties for style in styles)):
        outline = properties.find(f"{W}outlineLvl") if properties is not None else None
        level = outline.get(f"{W}val") if outline is not None else None
        if level is not None and level in "012345678":
            return int(level) + 1
    return 0


def _words(element: Element) -> str:
    return "".join(_pieces(element))


def _pieces(element: Element) -> Iterator[str]:
    """The text of a paragraph as it stands: insertions in, deletions, text boxes and field codes out."""
    stack = [element]
    while stack:
        node = stack.pop()
        if node.tag == f"{W}t":
            yield node.text or ""
        elif node.tag in _TEXT_OF:
            yield _TEXT_OF[node.tag]
        elif node.tag not in _SKIPPED and node.tag != _FALLBACK:
            stack.extend(reversed(node))


def _boxes(paragraph: Element) -> Iterator[Element]:
    """The contents of the text boxes that hang on a paragraph, each once."""
    for box in paragraph.iter(f"{W}txbxContent"):
        above = box.getparent()
        while above is not None and above is not paragraph:
            if above.tag == _FALLBACK or above.tag == f"{W}txbxContent":
                break
            above = above.getparent()
        if above is paragraph:
            yield box


def _cell_text(cell: Element) -> str:
    return " ".join(" ".join(_words(p) for p in cell.iter(f"{W}p")).split())


def _footnotes(root: Element | None) -> dict[str, str]:
    """The text of each footnote by its id."""
    if root is None:
        return {}
    return {note.get(f"{W}id") or "": _words(note).strip() for note in root.iter(f"{W}footnote")}
