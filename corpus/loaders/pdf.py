"""PDF files: the lines of every page without running headers, footers and page numbers."""

from __future__ import annotations

import io
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpus.errors import SourceError
from corpus.loaders.builder import clean
from corpus.source import Block, SourceText

if TYPE_CHECKING:
    from pypdf import PageObject

_MOST_PAGES = 3000
_MOST_CHARACTERS = 20_000_000
_FEWEST_CHARACTERS = 10  # a page; fewer on all pages together means that they are pictures
_LEAST_INDENT = 8.0  # points
_INDENT = "\u3000\u3000"
_EDGE = 3  # lines at the top and the bottom of a page that may be running headers and footers
_PAGE_NUMBER = re.compile(
    r"[-—–·\s]*(?:第\s*)?(?:\d{1,4}|[ivxlc]{1,7}|[一二三四五六七八九十百]{1,5})\s*页?[-—–·\s]*"
    r"(?:(?:[/／]|，?\s*共)\s*\d{1,4}\s*页?)?|(?:page\s*)\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?",
    re.IGNORECASE,
)


def read_pdf(data: bytes, name: str) -> tuple[SourceText, ...]:
    """Reads a PDF file.

    Args:
        data: the file's bytes.
        name: the file's name.

    Returns:
        One source. Every printed line is a block of its own, behind two ideographic spaces where it is
        indented; a blank line parts the pages.

    Raises:
        SourceError: the file is damaged, protected by a password, too long, or holds pictures of pages
            without text.
    """
    pages = _page_lines(data, name)
    if sum(len(line.text) for page in pages for line in page) < _FEWEST_CHARACTERS * len(pages):
        raise SourceError(f"{name}: almost no text (pages: {len(pages)}), probably scanned; run OCR first")
    parts: list[str] = []
    blocks: list[Block] = []
    at = 0
    for page in _without_furniture(pages):
        margin = _margin(page)
        for line in page:
            indent = _INDENT if line.left > margin + _LEAST_INDENT else ""
            start = at + len(indent)
            at = start + len(line.text)
            blocks.append(Block("line", start, at))
            parts += [indent, line.text, "\n"]
            at += 1
        parts.append("\n")
        at += 1
    return (SourceText(name, "".join(parts), tuple(blocks)),)


@dataclass(frozen=True, slots=True)
class _Line:
    """A printed line and how far from the left edge of the page it begins, in points."""

    text: str
    left: float


def _page_lines(data: bytes, name: str) -> list[list[_Line]]:
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise SourceError(f"{name}: protected by a password; save it without one")
        if len(reader.pages) > _MOST_PAGES:
            raise SourceError(f"{name}: {len(reader.pages):,} pages, more than {_MOST_PAGES:,}")
        pages = []
        characters = 0
        for page in reader.pages:
            lines = _read_page(page)
            characters += sum(len(line.text) for line in lines)
            if characters > _MOST_CHARACTERS:
                raise SourceError(f"{name}: more than {_MOST_CHARACTERS:,} characters")
            pages.append(lines)
    except SourceError:
        raise
    except (RecursionError, MemoryError):
        raise SourceError(f"{name}: a PDF file nested too deep") from None
    except Exception as error:  # damaged files fail in countless ways, all of them with this meaning
        if type(error).__name__ == "DependencyError":
            raise SourceError(
                f"{name}: encrypted in a way that cannot be read here; save it without"
            ) from None
        raise SourceError(f"{name}: a damaged PDF file") from None
    if not pages:
        raise SourceError(f"{name}: a PDF file without pages")
    return pages


def _read_page(page: PageObject) -> list[_Line]:
    lines: list[_Line] = []
    words: list[str] = []
    left: float | None = None

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], *_: object) -> None:
        nonlocal left
        for piece in re.split(r"(\n)", text):
            if piece == "\n":
                finish()
            elif piece:
                if left is None and piece.strip():
                    left = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
                words.append(piece)

    def finish() -> None:
        nonlocal left
        line = clean("".join(words)).strip()
        if line:
            lines.append(_Line(line, left or 0.0))
        words.clear()
        left = None

    page.extract_text(visitor_text=visit)
    finish()
    return lines


def _margin(page: Sequence[_Line]) -> float:
    """Where the lines of a page begin that are not indented: the leftmost place that two of them share."""
    places = Counter(round(line.left) for line in page)
    shared = [place for place, count in places.items() if count >= 2]
    return min(shared or places or [0])


def _without_furniture(pages: Sequence[Sequence[_Line]]) -> list[list[_Line]]:
    """Takes out what stands at the edge of most pages, whatever its numbers, and lone page numbers."""
    seen = Counter(key for page in pages for key in {_key(page[i]) for i in _edges(page)})
    repeated = {key for key, count in seen.items() if count >= max(3, 0.4 * len(pages))}
    kept = []
    for page in pages:
        dropped = {
            i for i in _edges(page) if _key(page[i]) in repeated or _is_page_number(page, i, len(pages))
        }
        kept.append([line for i, line in enumerate(page) if i not in dropped])
    return kept


def _edges(page: Sequence[_Line]) -> set[int]:
    return {i for i in (*range(_EDGE), *range(len(page) - _EDGE, len(page))) if 0 <= i < len(page)}


def _is_page_number(page: Sequence[_Line], i: int, pages: int) -> bool:
    return pages > 1 and i in (0, len(page) - 1) and bool(_PAGE_NUMBER.fullmatch(page[i].text))


def _key(line: _Line) -> str:
    """The line without its numbers and spacing, so that 第 3 页 and 第 4 页 are the same."""
    return "".join(re.sub(r"\d+", "#", unicodedata.normalize("NFKC", line.text)).split())
