"""Turns a source's blocks into lines: furniture set apart, mends applied, tables recognised."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

from corpus.source import Block, SourceText
from corpus.text import squash

_TAG = re.compile(r"</?(?:u|b|i|em|strong|sub|sup|br|span)\s*/?>", re.IGNORECASE)
_CAPTION = re.compile(
    r"\s*(?:图|圖|附图|Fig(?:ure)?\.?)\s*[\d一二三四五六七八九十]{1,3}(?![\d.]*[年月日个])", re.IGNORECASE
)
_PAGE_REST = re.compile(r"\s*(?:[-—–]\s*)?(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[-—–])?\s*")
_SENTENCE = re.compile(r"[。；！？]")


@dataclass(frozen=True, slots=True)
class Mend:
    """One certain correction of a source.

    Attributes:
        source: SHA-256 of the source's text.
        line: line number in the source, from 1.
        before: the words as they stand, unique in the line; empty for ``join``.
        after: the words meant.
        reason: why it is certain.
        join: whether the line continues the paragraph above, cut by a page break.
    """

    source: str
    line: int
    before: str
    after: str
    reason: str
    join: bool = False


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
    row: bool = False
    edits: tuple[tuple[int, int, int], ...] = ()

    def offset(self, position: int) -> int:
        """Offset in the source's text of a position in ``text``."""
        moved = sum(old - new for at, new, old in self.edits if at + new <= position)
        return min(self.start + position + moved, self.end)


def source_key(text: str) -> str:
    """The key under which facts about one source are kept: the SHA-256 of its text.

    Args:
        text: the decoded text.

    Returns:
        64 hexadecimal digits.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _rows(name: str) -> tuple[dict[str, str | int | bool], ...]:
    text = (resources.files("corpus") / "data" / name).read_text("utf-8")
    return tuple(json.loads(line) for line in text.splitlines() if line.strip())


def mends_for(key: str) -> tuple[Mend, ...]:
    """The listed corrections of one source.

    Args:
        key: what :func:`source_key` gives for its text.

    Returns:
        The mends in the order of their lines.
    """
    found = [
        Mend(
            source=key,
            line=int(row["line"]),
            before=str(row.get("before", "")),
            after=str(row.get("after", "")),
            reason=str(row["reason"]),
            join=bool(row.get("join", False)),
        )
        for row in _rows("mends.jsonl")
        if row["source"] == key
    ]
    return tuple(sorted(found, key=lambda mend: mend.line))


def furniture_for(key: str) -> dict[int, str]:
    """The lines of one source that are furniture although no rule finds them.

    Args:
        key: what :func:`source_key` gives for its text.

    Returns:
        Line number to kind of furniture.
    """
    return {int(row["line"]): str(row["kind"]) for row in _rows("furniture.jsonl") if row["source"] == key}


def width(text: str) -> float:
    """Width of a text in full-width characters, a half for narrow ones, white space not counted.

    Args:
        text: a line.

    Returns:
        Its width on the page.
    """
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else 0.5 for c in text if not c.isspace())


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
        line = Line(text, start, end, number, block.kind, block.level, row=row)
        lines.append(replace(line, furniture=listed.get(number) or _furniture(line)))
        for mend in mends.get(number, ()):
            lines[-1] = _mend(lines[-1], mend)
    return list(_without_repeated_heads(lines))


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
