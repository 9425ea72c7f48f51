"""Turns a source's blocks into lines: furniture set apart, mends applied, tables recognised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from corpus.facts import Mend, furniture_for, mends_for, source_key
from corpus.source import Block, SourceText
from corpus.text import squash

_TAG = re.compile(r"</?(?:u|b|i|em|strong|sub|sup|br|span)\s*/?>", re.IGNORECASE)
_CAPTION = re.compile(
    r"\s*(?:图|圖|附图|Fig(?:ure)?\.?)\s*[\d一二三四五六七八九十]{1,3}(?![\d.]*[年月日个])", re.IGNORECASE
)
_PAGE_REST = re.compile(r"\s*(?:[-—–]\s*)?(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[-—–])?\s*")
_FEWEST_WRAPPED = 8
_WIDEST_WRAPPED = 62.0
_NARROWEST_WRAPPED = 14.0
_RAGGED = 2.5
_LEAST_FULL = 0.3
_LEAST_INDENTED = 0.05
_SENTENCE = re.compile(r"[。；！？]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line (or block) of a source.

    Attributes:
        text: its words, white space at the ends removed, mends applied.
        start: offset of its first character in the source's text.
        end: one past the last.
        number: line number in the source, from 1.
        kind: the kind of its block.
        level: heading level of its block, else 0.
        furniture: what sort of page furniture it is; empty for text.
        cut: a mend says that it continues the paragraph above.
        indented: whether it begins with an indent.
        flows: whether it goes on with the line above by the typesetting of its source; None where that
            does not tell.
        row: whether it is a row of a table, with its cells apart by tabs.
        edits: each mend as (offset in ``text``, length there, length in the source), in order.
    """

    text: str
    start: int
    end: int
    number: int
    kind: str = "line"
    level: int = 0
    furniture: str = ""
    cut: bool = False
    indented: bool = False
    flows: bool | None = None
    row: bool = False
    edits: tuple[tuple[int, int, int], ...] = ()

    def offset(self, position: int) -> int:
        """Offset in the source's text of a position in ``text``."""
        moved = sum(old - new for at, new, old in self.edits if at + new <= position)
        return min(self.start + position + moved, self.end)


def width(text: str) -> float:
    """Width of a text in full-width characters, a half for narrow ones, white space not counted.

    Args:
        text: a line.

    Returns:
        Its width on the page.
    """
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.5 for c in text if not c.isspace())


def is_narrow(text: str, limit: float) -> bool:
    """Whether a text is at most so many full-width characters wide."""
    return len(text) <= limit or width(text) <= limit


def read_lines(source: SourceText) -> list[Line]:
    """Reads the lines of a source, with furniture marked and mends applied.

    Args:
        source: the decoded source with its blocks.

    Returns:
        Every block that holds more than white space, in order.
    """
    key = source_key(source.text)
    mends: dict[int, list[Mend]] = {}
    for mend in mends_for(key):
        mends.setdefault(mend.line, []).append(mend)
    listed = furniture_for(key)
    lines: list[Line] = []
    number, position = 1, 0
    for block in source.blocks:
        start, end, row = _extent(source.text, block)
        text = source.text[start:end]
        if not text.strip():
            continue
        number += source.text.count("\n", position, start)
        position = start
        line = Line(
            text, start, end, number, block.kind, block.level, row=row, indented=_indent(source.text, start)
        )
        lines.append(replace(line, furniture=listed.get(number) or _furniture(line)))
        for mend in mends.get(number, ()):
            lines[-1] = _mend(lines[-1], mend)
    return _with_flow(list(_without_repeated_heads(lines)))


def _extent(text: str, block: Block) -> tuple[int, int, bool]:
    """Where a block's words stand, and whether it is a row of a table; a row keeps its empty cells."""
    start, end = block.start, block.end
    if block.kind == "line":
        while start > 0 and text[start - 1] in " \t":
            start -= 1
        while end < len(text) and text[end] in " \t":
            end += 1
    row = block.kind == "table" or (block.kind == "line" and "\t" in text[start:end])
    while end > start and text[end - 1].isspace():
        end -= 1
    while (
        start < end
        and (text[start].isspace() or text[start] == "\ufeff")
        and not (row and text[start] == "\t")
    ):
        start += 1
    return start, end, row


def _indent(text: str, start: int) -> bool:
    """Whether at least one full-width character of white space stands before an offset on its line."""
    before = text[max(0, start - 2) : start]
    return before.endswith(("\u3000", "\t")) or before in ("  ", "\t ")


def _printed_width(line: Line) -> float:
    """Width of a line on the page, with its indent and the spaces in it."""
    return width(line.text) + 0.5 * line.text.count(" ") + (2.0 if line.indented else 0.0)


def _with_flow(lines: list[Line]) -> list[Line]:
    """Where a source's lines were broken at a fixed width, tells for each whether it goes on with the last.

    Most lines of such a source are as wide as its widest; a line that is not full ends a paragraph. Where
    paragraphs are indented, an indent begins one.
    """
    plain = [line for line in lines if line.kind == "line" and not line.row]
    widths = sorted(map(_printed_width, plain))
    if len(plain) < _FEWEST_WRAPPED or widths[-1] > _WIDEST_WRAPPED:
        return lines
    full = widths[len(widths) * 19 // 20] - _RAGGED
    if full < _NARROWEST_WRAPPED or sum(w >= full for w in widths) < len(widths) * _LEAST_FULL:
        return lines
    indents = sum(line.indented for line in plain) >= len(plain) * _LEAST_INDENTED
    found = lines[:1]
    for above, line in pairwise(lines):
        goes_on = _printed_width(above) >= full and not (indents and line.indented)
        ends = not indents and above.text.endswith(("。", "；", "！", "？"))
        both = above.kind == line.kind == "line"
        found.append(replace(line, flows=None if not both or (goes_on and ends) else goes_on))
    return found


def _mend(line: Line, mend: Mend) -> Line:
    if mend.join:
        return replace(line, cut=True)
    at = line.text.find(mend.before)
    if at < 0:
        return line
    text = line.text[:at] + mend.after + line.text[at + len(mend.before) :]
    shift = len(mend.after) - len(mend.before)
    edits = [(a + shift if a > at else a, new, old) for a, new, old in line.edits]
    edits.append((at, len(mend.after), len(mend.before)))
    return replace(line, text=text, edits=tuple(sorted(edits)))


def _furniture(line: Line) -> str:
    if line.kind not in ("line", "paragraph"):
        return ""
    if _PAGE_REST.fullmatch(line.text):
        return "page rest"
    if _CAPTION.match(line.text) and width(line.text) <= 40 and not _SENTENCE.search(line.text):
        return "caption"
    return ""


def _without_repeated_heads(lines: Iterable[Line]) -> Iterable[Line]:
    """Marks a table's head row that stands again behind a page break."""
    head = ""
    for line in lines:
        if not line.row:
            if "。" in line.text:
                head = ""
            yield line
        elif not head:
            head = squash(line.text)
            yield line
        elif line.kind == "line" and squash(line.text) == head:
            yield replace(line, furniture="repeated table head")
        else:
            yield line


def clean(text: str) -> str:
    """Removes the marks of a format that are left in a text.

    Args:
        text: a stretch of a source.

    Returns:
        The text without inline tags.
    """
    return _TAG.sub("", text) if "<" in text else text
