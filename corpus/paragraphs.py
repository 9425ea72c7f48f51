"""Joins the lines of one unit into paragraphs, across the cuts that page breaks made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from corpus.layout import Line, clean, width

# A line at least this wide (in full-width characters) may have been cut by the page's edge; one that is
# narrower ends where its writer ended it.
_FULL_LINE = 26.0
# A numbered line without any sentence end that is wider than this is no heading but a cut sentence.
_WIDEST_HEADING = 45.0
_STOPS = "。；！？：.;!?:"
_TERMINAL = tuple(_STOPS + "”’）】〕》」』)]")
_OPEN_END = tuple("，、,（(“《〈")
_SENTENCE_END = re.compile(r"[。；;！？]")
_CONTINUES = re.compile(r"[，。、；：！？）】〕》”’,;:!?)\]%‰]")
_WIDEST_LIST_LINE = 30.0
_BULLET = re.compile(r"[●•■◆▪]")
# （责任单位：…）, （牵头单位：…）, （政策咨询部门：…）: who does it, said behind the clause it belongs to.
_OFFICE_BRACKET = re.compile(r"[（(\[〔【][^：:（()）]{2,10}(?:单位|部门|机构|处室|电话)\s*[：:]")
_TABLE_CAPTION = re.compile(r"表\s*[\d一二三四五六七八九十]{1,3}(?!\s*[示明现])")


@dataclass(frozen=True, slots=True)
class Piece:
    """A line, or the part of a line, that belongs to one unit.

    Attributes:
        text: its words, mended.
        line: the line it comes from.
        start: offset of its first character in the source's text.
        end: one past the last.
    """

    text: str
    line: Line
    start: int
    end: int


@dataclass(slots=True)
class Paragraph:
    """One paragraph of a unit, with the pieces it was joined from."""

    text: str
    pieces: list[Piece] = field(default_factory=list)
    heading: bool = False


def is_terminated(text: str) -> bool:
    """Whether a text ends where a sentence, list item or bracket ends."""
    return text.rstrip().endswith(_TERMINAL) and not text.rstrip().endswith(_OPEN_END)


def _ends_sentence(text: str) -> bool:
    """Whether a text ends with a stop or a bracket; a closing quotation mark alone is no end."""
    bare = text.rstrip("”’》」』")
    return is_terminated(text) and (bare == text or bare.endswith(tuple(_STOPS)))


def has_sentence_end(text: str) -> bool:
    """Whether a sentence ends within a text."""
    return bool(_SENTENCE_END.search(text))


def may_be_heading(text: str) -> bool:
    """Whether a unit's first line may be a heading: no sentence ends in it and it is not too wide."""
    return (
        not has_sentence_end(text.rstrip("。"))
        and not text.rstrip().endswith(_OPEN_END)
        and width(text) < _WIDEST_HEADING
    )


def is_clear_heading(text: str) -> bool:
    """Whether a unit's first line can only be a heading: unterminated and narrower than a full line."""
    return may_be_heading(text) and not is_terminated(text) and width(text) < _FULL_LINE


def is_office_bracket(text: str) -> bool:
    """Whether a line names the offices responsible for what stands above it."""
    return bool(_OFFICE_BRACKET.match(text))


def looks_cut(text: str) -> bool:
    """Whether a line breaks off in the middle of a sentence."""
    if is_terminated(text):
        return False
    return not may_be_heading(text) or text.rstrip().endswith(_OPEN_END)


def _open_brackets(text: str) -> int:
    return sum(text.count(c) for c in "（([〔【") - sum(text.count(c) for c in "）)]〕】")


def continues(paragraph: Paragraph, piece: Piece) -> bool:
    """Whether a piece goes on with the paragraph above it.

    Args:
        paragraph: the paragraph above.
        piece: the next piece of the same unit; it begins no unit of its own.

    Returns:
        True where a page break cut them apart, or where the piece is a bracket of offices.
    """
    last = paragraph.pieces[-1]
    if piece.line.cut:
        return True
    if piece.line.row:
        return last.line.row or bool(_TABLE_CAPTION.match(paragraph.text))
    if last.line.row or paragraph.heading:
        return False
    if is_office_bracket(piece.text):
        return True
    if piece.line.kind != "line" or last.line.kind != "line" or _BULLET.match(piece.text):
        return False
    return _runs_on(paragraph.text, last.text, piece.text)


def _is_list_line(paragraph: Paragraph, piece: Piece) -> bool:
    """Short lines without an end, one below the other: signatures, offices and telephone numbers."""
    last = paragraph.pieces[-1]
    if paragraph.heading or piece.line.cut or last.line.row or piece.line.row:
        return False
    return all(_is_short(p.text) for p in (last, piece))


def _is_short(text: str) -> bool:
    return not is_terminated(text) and not has_sentence_end(text) and width(text) < _WIDEST_LIST_LINE


def _runs_on(above: str, last: str, text: str) -> bool:
    if _open_brackets(above) > 0 and _open_brackets(text) < 0:
        return True
    if last.endswith(_OPEN_END) or _CONTINUES.match(text):
        return True
    return not _ends_sentence(last) and width(last) >= _FULL_LINE


def join_text(above: str, text: str, *, rows: bool = False) -> str:
    """Joins a piece to its paragraph's text: rows by a line break, cut English words by a space."""
    if rows:
        return f"{above}\n{text}"
    gap = (
        " "
        if above[-1:].isascii() and above[-1:].isalpha() and text[:1].isascii() and text[:1].isalpha()
        else ""
    )
    return above + gap + text


def join_pieces(pieces: Sequence[Piece], first_is_heading: bool) -> list[Paragraph]:
    """Joins a unit's pieces into paragraphs.

    Args:
        pieces: in source order.
        first_is_heading: whether the first piece is a heading on a line of its own.

    Returns:
        The paragraphs; the heading, where there is one, is the first.
    """
    found: list[Paragraph] = []
    for piece in pieces:
        text = clean(piece.text).rstrip() if piece.line.row else clean(piece.text).strip()
        listed = bool(found) and _is_list_line(found[-1], piece)
        if found and (listed or continues(found[-1], piece)):
            found[-1].text = join_text(found[-1].text, text, rows=listed or piece.line.row)
            found[-1].pieces.append(piece)
        else:
            found.append(Paragraph(text, [piece], heading=first_is_heading and not found))
    return found
