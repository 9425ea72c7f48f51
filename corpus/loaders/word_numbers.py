"""The numbers that Word puts before paragraphs by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.loaders.word_parts import Element, Style, W

_HAN = "零一二三四五六七八九"
_PLACE = re.compile(r"%([1-9])")
_CHINESE = re.compile("(?:chinese|japanese|taiwanese)Counting(?:Thousand)?|ideographDigital")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"))
_ROMAN_LOW = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list is numbered: its format, its text such as 第%1条, and where it starts."""

    form: str
    text: str
    start: int


class Numbering:
    """Counts the paragraphs of a document's lists in reading order."""

    def __init__(self, root: Element | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = {}
        if root is not None:
            self._read(root)

    def number(self, paragraph: Element, styles: Sequence[Style]) -> str:
        """Counts a paragraph and returns the number before it.

        Args:
            paragraph: the ``w:p`` element; call this once for each paragraph with words, in order.
            styles: its paragraph style and those that is based on.

        Returns:
            Such as ``第三条 ``, ``（二）`` or ``1.``; empty without a number, and for bullets.
        """
        used, depth = self._place(paragraph, styles)
        levels = self._levels.get(used, {})
        level = levels.get(depth)
        if level is None:
            return ""
        counts = self._counts.setdefault(self._abstract[used], {})
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [d for d in counts if d > depth]:
            del counts[deeper]
        if level.form in ("bullet", "none"):
            return ""
        return _PLACE.sub(lambda m: self._spelt(levels, counts, int(m[1]) - 1), level.text) + _gap(level.text)

    def _spelt(self, levels: dict[int, _Level], counts: dict[int, int], depth: int) -> str:
        level = levels.get(depth)
        return _spell(counts.get(depth, level.start), level.form) if level else ""

    def _place(self, paragraph: Element, styles: Sequence[Style]) -> tuple[str, int]:
        """Which list, and which level of it from 0, a paragraph belongs to by itself or by its style."""
        properties = [paragraph.find(f"{W}pPr"), *(style.properties for style in styles)]
        used, depth = "", ""
        for found in properties:
            marks = found.find(f"{W}numPr") if found is not None else None
            if marks is not None:
                used = used or _value(marks.find(f"{W}numId"))
                depth = depth or _value(marks.find(f"{W}ilvl"))
        return used, int(depth) if depth.isdigit() else 0

    def _read(self, root: Element) -> None:
        abstract = {
            item.get(f"{W}abstractNumId"): {
                int(level.get(f"{W}ilvl") or 0): _read_level(level) for level in item.iterchildren(f"{W}lvl")
            }
            for item in root.iterchildren(f"{W}abstractNum")
        }
        for item in root.iterchildren(f"{W}num"):
            used, base = item.get(f"{W}numId") or "", _value(item.find(f"{W}abstractNumId"))
            levels = dict(abstract.get(base, {}))
            # A list that overrides where it starts counts for itself; others of one kind count on.
            self._abstract[used] = base
            for change in item.iterchildren(f"{W}lvlOverride"):
                depth = int(change.get(f"{W}ilvl") or 0)
                replaced, start = change.find(f"{W}lvl"), _value(change.find(f"{W}startOverride"))
                if replaced is not None:
                    levels[depth] = _read_level(replaced)
                if start.isdigit() and depth in levels:
                    levels[depth] = _Level(levels[depth].form, levels[depth].text, int(start))
                    self._abstract[used] = f"{base}/{used}"
            self._levels[used] = levels


def _value(element: Element | None) -> str:
    return (element.get(f"{W}val") or "") if element is not None else ""


def _read_level(level: Element) -> _Level:
    start = _value(level.find(f"{W}start"))
    return _Level(
        _value(level.find(f"{W}numFmt")) or "decimal",
        _value(level.find(f"{W}lvlText")),
        int(start) if start.isdigit() else 1,
    )


def _gap(text: str) -> str:
    return " " if text and re.search(r"[条章节编款.\d]$", text) else ""


def _spell(value: int, form: str) -> str:
    if _CHINESE.fullmatch(form):
        return _chinese(value)
    if form in ("decimalEnclosedCircle", "decimalEnclosedCircleChinese") and 1 <= value <= 20:
        return chr(0x2460 + value - 1)
    if form in ("lowerLetter", "upperLetter") and 1 <= value <= 26:
        letter = chr(ord("a") + value - 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman"):
        return _roman(value).upper() if form == "upperRoman" else _roman(value)
    return f"{value:02d}" if form == "decimalZero" else str(value)


def _chinese(value: int) -> str:
    """Spells a number below ten thousand: 十二, 一百零五."""
    if not 0 < value < 10_000:
        return str(value)
    spelt, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, value = divmod(value, unit)
        if digit:
            spelt += ("零" if gap and spelt else "") + _HAN[digit] + name
        gap = not digit
    return spelt[1:] if spelt.startswith("一十") else spelt


def _roman(value: int) -> str:
    spelt = ""
    for worth, letters in (*_ROMAN, *_ROMAN_LOW):
        while value >= worth and len(spelt) < 20:
            spelt += letters
            value -= worth
    return spelt
