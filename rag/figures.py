"""Numbers, amounts, percentages, dates and durations in a text, by value.

500万元, 五百万元 and RMB 5 million are one figure; 20%, 百分之二十, 两成 and 20 percent another. What a
figure counts is kept as its unit, so that 5家 never passes for 5%.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rag.figure_patterns import (
    BARE_SCALE,
    DASH,
    DIGITS,
    DOLLAR,
    ENGLISH_DATE,
    ENGLISH_DIGITS,
    ENGLISH_NUMBER,
    FOREIGN,
    FRACTION,
    FULL_DATE,
    HAN_NUMBER,
    ISO_DATE,
    MEASURES,
    MONTH_DAY,
    MONTHS,
    NO_FIGURE,
    NUMBER,
    SCALES,
    SHARES,
    TENS,
    TENTHS,
    TIME,
    TIME_ENGLISH,
    YEAR_RANGE,
)

_TEXTS_KEPT = 8_000
"""Texts whose figures are remembered: the same clauses come up again and again."""


class FigureKind(StrEnum):
    """What sort of figure it is."""

    MONEY = "money"
    PERCENT = "percent"  # %, ‰, 百分点
    MULTIPLE = "multiple"  # 3倍
    DATE = "date"
    DURATION = "duration"
    COUNT = "count"
    NUMBER = "number"  # nothing says what it counts


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a text.

    Attributes:
        value: its value in units of ``unit``; a date as ``yyyymmdd`` with 00 for what is not said.
        unit: 元, %, ‰, 百分点, 倍, a measure word such as 家, a time unit such as 年, ``date``, Latin
            letters that the number is glued to (the G of 5G), or nothing.
        kind: what sort of figure it is.
        start: offset of its first character.
        end: offset behind its last character.
    """

    value: float
    unit: str
    kind: FigureKind
    start: int
    end: int


class _Folding(dict[int, str]):
    """Each character's NFKC form in lower case where that is one character, else the character itself."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = unicodedata.normalize("NFKC", character).lower()
        self[code] = folded if len(folded) == 1 else character
        return self[code]


_FOLDING = _Folding()


def plain(text: str) -> str:
    """Fold widths and case of ``text`` character by character, so that offsets stay what they are.

    Args:
        text: any text.

    Returns:
        A text of the same length.
    """
    return text.translate(_FOLDING)


def han_value(numeral: str) -> int:
    """The value of a Chinese numeral below ten thousand, such as 五十, 一百零五 or 二〇二三."""
    if not any(c in TENS for c in numeral):
        return int("".join(str(DIGITS[c]) for c in numeral))
    total, digit = 0, 0
    for c in numeral:
        if c in DIGITS:
            digit = DIGITS[c]
        else:
            total += (digit or 1) * TENS[c]
            digit = 0
    return total + digit


def _read(numeral: str) -> float:
    """The value of an Arabic or Chinese numeral."""
    if numeral[0].isdecimal():
        return float(numeral.replace(",", ""))
    return 100.0 if numeral == "百" else float(han_value(numeral))


def _date(match: re.Match[str], day: str | None = None) -> float:
    """``yyyymmdd`` of a match with groups y, m and d."""
    groups = match.groupdict()
    year = int(_read(groups["y"])) if groups.get("y") else 0
    month = groups.get("m")
    number = MONTHS.get(month, 0) or int(_read(month)) if month else 0
    day = day or groups.get("d")
    return float(year * 10000 + number * 100 + (int(_read(day)) if day else 0))


def _kind_and_unit(unit: str, value: float, scaled: bool, currency: bool) -> tuple[FigureKind, str]:
    """What a number counts, from the words around it."""
    if unit in SHARES:
        return FigureKind.PERCENT, SHARES[unit]
    if unit.endswith("百分点") or unit.startswith("percentage point"):
        return FigureKind.PERCENT, "百分点"
    if unit == "倍":
        return FigureKind.MULTIPLE, unit
    if unit in FOREIGN:
        return FigureKind.MONEY, unit
    if currency or unit in ("元", "块", "块钱", "yuan", "rmb", "cny"):
        return FigureKind.MONEY, "元"
    english = unit.rstrip("s")
    if english in TIME_ENGLISH:
        return FigureKind.DURATION, TIME_ENGLISH[english]
    if unit and re.fullmatch(TIME, unit):
        if unit == "年" and not scaled and 1900 <= value <= 2100:
            return FigureKind.DATE, "date"
        return FigureKind.DURATION, {"天": "日", "月": "个月"}.get(
            unit, unit.removeprefix("个") if "日" in unit else unit
        )
    if unit and re.fullmatch(MEASURES, unit):
        return FigureKind.COUNT, unit
    return FigureKind.NUMBER, unit


def _numbers(text: str) -> Iterable[Figure]:
    """Arabic numbers with scale and unit; both ends of a range count the same thing."""
    found: list[tuple[Figure, bool, str]] = []
    for m in NUMBER.finditer(text):
        unit = m["unit"] or ""
        start = m.start("n")
        glued = start > 0 and text[start - 1].isascii() and text[start - 1].isalpha() and not m["currency"]
        scale = m["scale"] or ""
        if scale in ("m", "k", "mn", "bn") and not m["currency"]:
            scale, unit = "", scale
        scaled = bool(scale)
        if unit.isascii() and unit.isalpha() and not _known_latin(unit):
            attached = m.start("unit") == m.end("n")
            unit = unit if attached and not scaled else ""
        elif unit == "" and glued:
            unit = "latin"
        value = round(_read(m["n"]) * SCALES.get(scale, 1.0), 6)
        currency = (m["currency"] or "").strip()
        kind, unit = _kind_and_unit("美元" if currency in DOLLAR else unit, value, scaled, bool(currency))
        if kind is FigureKind.DATE:
            value *= 10000
        end = m.end("unit") if m["unit"] and unit else m.end("scale") if scale else m.end("n")
        found.append((Figure(value, unit, kind, start, end), scaled, scale))
    for i, (figure, scaled, _) in enumerate(found):
        if i + 1 < len(found) and figure.kind is FigureKind.NUMBER and not figure.unit:
            after, _, scale_after = found[i + 1]
            if re.fullmatch(DASH, text[figure.end : after.start]) and after.kind is not FigureKind.DATE:
                value = figure.value if scaled else figure.value * SCALES.get(scale_after, 1.0)
                figure = Figure(round(value, 6), after.unit, after.kind, figure.start, figure.end)
        yield figure


def _known_latin(unit: str) -> bool:
    """Whether Latin letters behind a number are a unit that is read by value."""
    return unit in SHARES or unit in ("yuan", "rmb", "cny") or unit.rstrip("s") in TIME_ENGLISH


def _han_numbers(text: str) -> Iterable[Figure]:
    """Chinese numerals that count something; 一个 and 一项 are articles, not figures."""
    for m in HAN_NUMBER.finditer(text):
        unit, scale = m["unit"] or "", m["scale"] or ""
        if not unit and not scale:
            continue
        if unit == "次" and text[m.end() : m.end() + 1] == "性":
            continue
        value = round(_read(m["n"]) * SCALES.get(scale, 1.0), 6)
        kind, unit = _kind_and_unit(unit, value, bool(scale), False)
        if kind is FigureKind.COUNT and m["n"] == "一" and not scale:
            continue
        if kind is FigureKind.DURATION and unit == "日" and text[max(0, m.start() - 1) : m.start()] == "月":
            continue
        yield Figure(value, unit, kind, m.start(), m.end())


def _bare_scales(text: str) -> Iterable[Figure]:
    """Scales without a digit, such as the 千亿 of 千亿级产业集群."""
    for m in BARE_SCALE.finditer(text):
        unit = m["unit"] or ""
        kind = FigureKind.MONEY if unit else FigureKind.NUMBER
        yield Figure(
            SCALES[m["scale"]], unit, kind, m.start("scale"), m.end("unit") if unit else m.end("scale")
        )


def _english_numbers(text: str) -> Iterable[Figure]:
    """Number words of English that carry a scale or a unit, such as five million or two years."""
    for m in ENGLISH_NUMBER.finditer(text):
        if not m["scale"] and not m["unit"]:
            continue
        value = ENGLISH_DIGITS[m["n"]] * SCALES.get(m["scale"] or "", 1.0)
        kind, unit = _kind_and_unit(m["unit"] or "", value, bool(m["scale"]), False)
        yield Figure(value, unit, kind, m.start(), m.end())


def _special(text: str) -> Iterable[Figure]:
    """Dates, 百分之X and X成, which plain numbers would take apart."""
    for pattern in (FULL_DATE, YEAR_RANGE, ISO_DATE, MONTH_DAY):
        for m in pattern.finditer(text):
            yield Figure(_date(m), "date", FigureKind.DATE, m.start(), m.end())
    for m in ENGLISH_DATE.finditer(text):
        yield Figure(_date(m, m["d1"] or m["d2"]), "date", FigureKind.DATE, m.start(), m.end())
    for m in FRACTION.finditer(text):
        whole = {"百": 100.0, "千": 1000.0, "万": 10000.0}.get(m["of"]) or _read(m["of"])
        if whole in (100.0, 1000.0):
            unit = "%" if whole == 100.0 else "‰"
            yield Figure(_read(m["n"]), unit, FigureKind.PERCENT, m.start(), m.end())
        elif whole:
            yield Figure(round(_read(m["n"]) / whole, 6), "分之", FigureKind.NUMBER, m.start(), m.end())
    for m in TENTHS.finditer(text):
        value = _read(m["n"]) * 10 + (5 if m["half"] else 0)
        yield Figure(value, "%", FigureKind.PERCENT, m.start(), m.end())


@lru_cache(maxsize=_TEXTS_KEPT)
def figures(text: str) -> tuple[Figure, ...]:
    """All figures of a text in Chinese, English or both, by value, in the order they stand.

    Citation marks such as [1], list numbers and ordinals such as 第五条 are no figures.

    Args:
        text: any text.

    Returns:
        The figures with their offsets in ``text``; no two overlap.
    """
    folded = plain(text)
    taken = [False] * len(folded)
    for m in NO_FIGURE.finditer(folded):
        taken[m.start() : m.end()] = [True] * (m.end() - m.start())
    found: list[Figure] = []
    for reader in (_special, _numbers, _han_numbers, _bare_scales, _english_numbers):
        for figure in reader(folded):
            if not any(taken[figure.start : figure.end]):
                found.append(figure)
                taken[figure.start : figure.end] = [True] * (figure.end - figure.start)
    return tuple(sorted(found, key=lambda f: f.start))


_EXACT_UNITS = {"%", "‰", "百分点", "倍", "分之", "date"}


def same_figure(claimed: Figure, stated: Figure) -> bool:
    """Whether a figure that is claimed is the one that is stated: equal value, no contradicting unit.

    Args:
        claimed: a figure of an answer.
        stated: a figure of a source. A date may say more than the claimed one.

    Returns:
        True where the claim follows from what is stated.
    """
    if claimed.kind is FigureKind.DATE and stated.kind is FigureKind.DATE:
        return _same_date(int(claimed.value), int(stated.value))
    if abs(claimed.value - stated.value) > 1e-6 * max(1.0, abs(claimed.value)):
        return False
    if claimed.unit == stated.unit:
        return True
    if {claimed.unit, stated.unit} & _EXACT_UNITS:
        return False
    return not claimed.unit or not stated.unit


def _same_date(claimed: int, stated: int) -> bool:
    """Whether every part of a date that is claimed is stated so."""
    parts = [(n // 10000, n // 100 % 100, n % 100) for n in (claimed, stated)]
    return all(c in (0, s) for c, s in zip(*parts, strict=True))


def unsupported(claimed: Iterable[Figure], stated: Iterable[Figure]) -> tuple[Figure, ...]:
    """The figures that are claimed but stand nowhere in what is stated."""
    known = tuple(stated)
    return tuple(c for c in claimed if not any(same_figure(c, s) for s in known))
