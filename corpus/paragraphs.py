"""Joins the lines of one unit into paragraphs, across the cuts that page breaks made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

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
    """One paragraph of a unit.

    Attributes:
        pieces: the pieces it was joined from.
        heading: whether it is a heading on a line of its own.
        parts: the pieces' texts and what stands between them.
        depth: number of brackets that are open at its end.
    """

    pieces: list[Piece]
    heading: bool = False
    parts: list[str] = field(default_factory=list)
    depth: int = 0

    @property
    def text(self) -> str:
        """Its words."""
        return "".join(self.parts)

    def append(self, piece: Piece, text: str, gap: str) -> None:
        """Adds a piece at its end."""
        self.pieces.append(piece)
        self.parts += [gap, text]
        self.depth += _open_brackets(text)


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


def is_cut_line(text: str) -> bool:
    """Whether a full line breaks off in the middle of a sentence."""
    if is_terminated(text) or width(text) < _FULL_LINE:
        return False
    return not may_be_heading(text) or text.endswith(_OPEN_END)


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
        return last.line.row or bool(_TABLE_CAPTION.match(paragraph.parts[0]))
    if last.line.row or paragraph.heading:
        return False
    if is_office_bracket(piece.text):
        return True
    if piece.line.kind != "line" or last.line.kind != "line" or _BULLET.match(piece.text):
        return False
    if paragraph.depth > 0 and _open_brackets(piece.text) < 0:
        return True
    return _runs_on(last.text, piece)


def _is_list_line(paragraph: Paragraph, piece: Piece) -> bool:
    """Short lines without an end, one below the other: signatures, offices and telephone numbers."""
    last = paragraph.pieces[-1]
    if paragraph.heading or piece.line.cut or last.line.row or piece.line.row:
        return False
    return all(_is_short(p.text) for p in (last, piece))


def _is_short(text: str) -> bool:
    return not is_terminated(text) and not has_sentence_end(text) and width(text) < _WIDEST_LIST_LINE


def _runs_on(last: str, piece: Piece) -> bool:
    if last.endswith(_OPEN_END) or _CONTINUES.match(piece.text):
        return True
    if piece.line.flows is not None:
        return piece.line.flows
    return not _ends_sentence(last) and width(last) >= _FULL_LINE


def _gap(above: str, text: str) -> str:
    """What stands between two joined pieces: a space between the parts of an English phrase."""
    latin = above[-1:].isascii() and above[-1:].isalpha() and text[:1].isascii() and text[:1].isalpha()
    return " " if latin else ""


def join_pieces(pieces: Sequence[Piece], opening: Literal["heading", "cut", ""] = "") -> list[Paragraph]:
    """Joins a unit's pieces into paragraphs.

    Args:
        pieces: in source order.
        opening: what the first piece is: a heading on a line of its own, a sentence that goes on in the
            second, or neither.

    Returns:
        The paragraphs; the heading, where there is one, is the first.
    """
    found: list[Paragraph] = []
    for at, piece in enumerate(pieces):
        text = clean(piece.text).rstrip() if piece.line.row else clean(piece.text).strip()
        if found and ((at == 1 and opening == "cut") or continues(found[-1], piece)):
            found[-1].append(piece, text, "\n" if piece.line.row else _gap(found[-1].parts[-1], text))
        elif found and _is_list_line(found[-1], piece):
            found[-1].append(piece, text, "\n")
        else:
            heading = opening == "heading" and not found
            found.append(Paragraph([piece], heading, [text], _open_brackets(text)))
    return found
