"""Reads the number at the start of a line, and tells it from what only looks like one.

The styles of numbering are data (``data/numbering.jsonl``). Whether a number that is well formed is a
clause's number is decided where the sequence is known, in :mod:`corpus.outline`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from corpus.text import parse_numeral
from corpus.types import ClauseKind

_NUMERALS = {
    "han": r"(?:\d\s*){1,4}|(?:[一二三四五六七八九十百千零〇○两]\s*){1,8}",
    "tens": r"[一二三四五六七八九十百零〇]{1,5}",
    "digits": r"\d{1,3}",
}
# What may stand before a number: marks of a list, of a heading, of bold type.
_LEAD = re.compile(r"(?:[-*•●·＊#>]{1,6}\s+|\*\*|\s+)*")
# 第十条规定的…, 第三条和第四条, 第二条第一款: a mention at the start of a line, no article.
_MENTION = re.compile(
    r"(?:第|[、，,；;）)》”]|的|之?规定|所[称述列规指]|中的|[和或与及至到]第?|以[上下内外]|等|[款项目])"
)
_CIRCLED = {chr(0x2460 + i): i + 1 for i in range(20)}


@dataclass(frozen=True, slots=True)
class Style:
    """One way of numbering.

    Attributes:
        name: its name, as in ``Number.style``.
        rank: usual depth; 0 is the outermost.
        kind: what a unit numbered so is.
        pattern: the number at the start of a text.
        label: form of the mark with ``{n}`` for the numeral as written and ``{d}`` for digits; empty
            where the mark is shown as it is written.
    """

    name: str
    rank: int
    kind: ClauseKind
    pattern: re.Pattern[str]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A number read at the start of a text.

    Attributes:
        style: how it is written.
        value: its value; 0 for dashes.
        suffix: 1 for 之一; 0 where there is none.
        label: the mark as a citation shows it, such as 第五条, （二） or 专栏3.
        start: offset of the number, behind list marks.
        end: offset of the first character behind the number and white space.
    """

    style: Style
    value: int
    suffix: int
    label: str
    start: int
    end: int


@cache
def styles() -> tuple[Style, ...]:
    """The numbering styles, outermost first."""
    text = (resources.files("corpus") / "data" / "numbering.jsonl").read_text("utf-8")
    found = []
    for row in map(json.loads, text.splitlines()):
        pattern = row["pattern"]
        for name, numeral in _NUMERALS.items():
            pattern = pattern.replace("{" + name + "}", numeral)
        found.append(
            Style(
                row["style"], row["rank"], ClauseKind(row["kind"]), re.compile(pattern), row.get("label", "")
            )
        )
    return tuple(found)


def read_mark(text: str, start: int = 0) -> Mark | None:
    """Reads the number that a line begins with.

    Args:
        text: a line.
        start: where to look in it.

    Returns:
        The number, or None where the line begins with none, or with the mention of an article.
    """
    lead = _LEAD.match(text, start)
    begin = lead.end() if lead else start
    for style in styles():
        match = style.pattern.match(text, begin)
        if match:
            return _to_mark(style, match, text, begin)
    return None


def _to_mark(style: Style, match: re.Match[str], text: str, begin: int) -> Mark | None:
    value = suffix = 0
    if match.groups():
        value = _value(match[1]) or 0
        if value == 0:
            return None
        suffix = (_value(match[2]) or 0) if len(match.groups()) > 1 and match[2] else 0
    if style.name == "条" and _MENTION.match(text, match.end()):
        return None
    end = match.end()
    while end < len(text) and (text[end].isspace() or text.startswith("**", end)):
        end += 1 if text[end].isspace() else 2
    return Mark(style, value, suffix, _label(style, match, value), begin, end)


def _value(numeral: str) -> int | None:
    return _CIRCLED.get(numeral) or parse_numeral(numeral)


def _label(style: Style, match: re.Match[str], value: int) -> str:
    if not match.groups():
        return ""
    if style.label:
        label = style.label.format(n="".join(match[1].split()), d=value)
        if len(match.groups()) > 1 and match[2]:
            label += "之" + match[2]
        return unicodedata.normalize("NFKC", label)
    shown = "".join(match[0].split())
    return shown.replace("(", "（").replace(")", "）").replace("．", ".")


_INNER = re.compile(r"(?:[。；;！？]\s*+|(?<=[^\s。；;！？])\s++)(?=[（(第\d一二三四五六七八九十])")


def inner_marks(text: str, start: int) -> Iterator[Mark]:
    """Finds numbers inside a line that begin behind a sentence's end or white space.

    Args:
        text: a line.
        start: offset behind the line's own number.

    Yields:
        Each such number with its offsets in ``text``, in order.
    """
    for match in _INNER.finditer(text, start):
        mark = read_mark(text, match.end())
        if mark is not None and mark.end < len(text) and text[mark.start : mark.end].strip():
            yield mark
