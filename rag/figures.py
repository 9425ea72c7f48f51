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


_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0, "两": 2, "俩": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {
    "万亿": 1e12,
    "千亿": 1e11,
    "百亿": 1e10,
    "十亿": 1e9,
    "亿": 1e8,
    "千万": 1e7,
    "百万": 1e6,
    "十万": 1e5,
    "万": 1e4,
    "千": 1e3,
    "百": 1e2,
    "billion": 1e9,
    "bn": 1e9,
    "million": 1e6,
    "mn": 1e6,
    "m": 1e6,
    "thousand": 1e3,
    "k": 1e3,
}
_ENGLISH_DIGITS = {
    w: i
    for i, w in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
    )
} | {
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "hundred": 100,
}
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
"""English names of the months."""

_MONTHS = {name.lower(): i for i, name in enumerate(MONTHS, 1)}
_TIME = "年|个月|月|周|天|个?工作日|个?自然日|日|个?小时|分钟"
_MEASURES = (
    "个|家|项|名|人次|人|位|所|台|套|种|条|座|次|件|片|支|只|期|批|户|间|处|辆|吨|公里|千米|平方公里|平方米|平米|亩"
    "|款|类|场|部|门|本|份|张|级|倍|字|万次|tops|flops|岁|届|课时|学时|篇|米|寸|吋|证|对|组|颗|篇|步|天|例|轮|笔"
)
_TIME_ENGLISH = {"year": "年", "month": "个月", "week": "周", "day": "日", "hour": "小时"}

_ARABIC = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_HAN = r"[〇○零一二两俩三四五六七八九十][〇○零一二两三四五六七八九十百千]*"
_SCALE = r"万亿|千亿|百亿|十亿|千万|百万|十万|亿|万|千(?!米|克|瓦|兆)|百(?!分)"
_SCALE_ENGLISH = r"billion|million|thousand"
_CURRENCY = r"(?:rmb|cny|usd|[¥￥$]|人民币|yuan)"
_DASH = r"(?:\s*(?:-|—|–|―|~|～|至|到|to)\s*)"

_FULL_DATE = re.compile(
    r"(?P<y>(?:19|20)\d\d|[一二][〇○零一二三四五六七八九]{3})\s*年"
    r"(?:\s*(?P<m>\d{1,2}|十[一二]?|[一二三四五六七八九])\s*月"
    r"(?:\s*(?P<d>\d{1,2}|[一二三]?十[一二三四五六七八九]?|[一二三四五六七八九])\s*[日号])?)?"
)
_YEAR_RANGE = re.compile(r"(?P<y>(?:19|20)\d\d)(?=\s*年?\s*(?:-|—|–|~|～|至|到)\s*(?:19|20)\d\d\s*年)")
_MONTH_DAY = re.compile(r"(?<![\d年])(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*[日号]")
_ISO_DATE = re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)")
_ENGLISH_DATE = re.compile(
    rf"(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+)?\b(?P<m>{'|'.join(_MONTHS)})\b\s*"
    r"(?:(?P<d2>\d{1,2})(?:st|nd|rd|th)?(?!\d)\s*,?\s*)?(?P<y>(?:19|20)\d\d)"
)
_FRACTION = re.compile(rf"(?P<of>百|千|万|{_HAN})分之(?P<n>百|{_HAN}|{_ARABIC})")
_NOT_TENTHS = "都立果本员为功长熟效品交分片套型人就年"  # 成都, 成立, ...
_TENTHS = re.compile(rf"(?P<n>{_HAN}|{_ARABIC})\s*成(?P<half>半)?(?![{_NOT_TENTHS}])")
_NUMBER = re.compile(
    rf"(?P<currency>{_CURRENCY}\s*)?"
    rf"(?<![\d.])(?P<n>{_ARABIC})\s*(?:多|余|来)?\s*"
    rf"(?:(?P<scale>{_SCALE}|{_SCALE_ENGLISH}|(?:bn|mn|m|k)(?![a-z]))(?:多|余)?\s*)?"
    r"(?P<unit>%|‰|per ?cent(?!age)|个?百分点|percentage points?|倍|块钱|块|元|yuan|rmb|cny"
    rf"|(?:years?|months?|weeks?|days?|hours?)\b|{_TIME}|{_MEASURES}|(?-i:[A-Za-z]+))?",
    re.IGNORECASE,
)
_HAN_NUMBER = re.compile(
    rf"(?<!第)(?<![〇○零一二两三四五六七八九十百千几数])(?P<n>{_HAN})"
    rf"(?:多|余|来)?(?P<scale>万亿|亿|万)?(?:多|余)?(?P<unit>块钱|元|个?百分点|倍|{_TIME}|{_MEASURES})?"
)
_ENGLISH_NUMBER = re.compile(
    rf"\b(?P<n>{'|'.join(_ENGLISH_DIGITS)})[\s-]+"
    r"(?:(?P<scale>billion|million|thousand)\b\s*)?"
    r"(?P<unit>per ?cent|years?|months?|weeks?|days?|hours?|yuan)?\b"
)


def plain(text: str) -> str:
    """Fold widths and case of ``text`` character by character, so that offsets stay what they are.

    Args:
        text: any text.

    Returns:
        A text of the same length.
    """
    folded = (unicodedata.normalize("NFKC", c).lower() for c in text)
    return "".join(f if len(f) == 1 else c for f, c in zip(folded, text, strict=True))


def han_value(numeral: str) -> int:
    """The value of a Chinese numeral below ten thousand, such as 五十, 一百零五 or 二〇二三."""
    if not any(c in _TENS for c in numeral):
        return int("".join(str(_DIGITS[c]) for c in numeral))
    total, digit = 0, 0
    for c in numeral:
        if c in _DIGITS:
            digit = _DIGITS[c]
        else:
            total += (digit or 1) * _TENS[c]
            digit = 0
    return total + digit


def _read(numeral: str) -> float:
    """The value of an Arabic or Chinese numeral."""
    if numeral[0].isdigit() and numeral[0].isascii():
        return float(numeral.replace(",", ""))
    return 100.0 if numeral == "百" else float(han_value(numeral))


def _date(match: re.Match[str], day: str | None = None) -> float:
    """``yyyymmdd`` of a match with groups y, m and d."""
    groups = match.groupdict()
    year = int(_read(groups["y"])) if groups.get("y") else 0
    month = groups.get("m")
    number = _MONTHS.get(month, 0) or int(_read(month)) if month else 0
    day = day or groups.get("d")
    return float(year * 10000 + number * 100 + (int(_read(day)) if day else 0))


def _kind_and_unit(unit: str, value: float, scaled: bool, currency: bool) -> tuple[FigureKind, str]:
    """What a number counts, from the words around it."""
    if unit in ("%", "‰") or unit.startswith("per"):
        return FigureKind.PERCENT, "百分点" if "point" in unit else unit if unit == "‰" else "%"
    if unit.endswith("百分点"):
        return FigureKind.PERCENT, "百分点"
    if unit == "倍":
        return FigureKind.MULTIPLE, unit
    if currency or unit in ("元", "块", "块钱", "yuan", "rmb", "cny"):
        return FigureKind.MONEY, "元"
    english = unit.rstrip("s")
    if english in _TIME_ENGLISH:
        return FigureKind.DURATION, _TIME_ENGLISH[english]
    if unit and re.fullmatch(_TIME, unit):
        if unit == "年" and not scaled and 1900 <= value <= 2100:
            return FigureKind.DATE, "date"
        return FigureKind.DURATION, {"天": "日", "月": "个月"}.get(
            unit, unit.removeprefix("个") if "日" in unit else unit
        )
    if unit and re.fullmatch(_MEASURES, unit):
        return FigureKind.COUNT, unit
    return FigureKind.NUMBER, unit


def _numbers(text: str) -> Iterable[Figure]:
    """Arabic numbers with scale and unit; both ends of a range count the same thing."""
    found: list[tuple[Figure, bool, str]] = []
    for m in _NUMBER.finditer(text):
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
        value = round(_read(m["n"]) * _SCALES.get(scale, 1.0), 6)
        kind, unit = _kind_and_unit(unit, value, scaled, bool(m["currency"]))
        if kind is FigureKind.DATE:
            value *= 10000
        end = m.end("unit") if m["unit"] and unit else m.end("scale") if scale else m.end("n")
        found.append((Figure(value, unit, kind, start, end), scaled, scale))
    for i, (figure, scaled, _) in enumerate(found):
        if i + 1 < len(found) and figure.kind is FigureKind.NUMBER and not figure.unit:
            after, _, scale_after = found[i + 1]
            if re.fullmatch(_DASH, text[figure.end : after.start]) and after.kind is not FigureKind.DATE:
                value = figure.value if scaled else figure.value * _SCALES.get(scale_after, 1.0)
                figure = Figure(round(value, 6), after.unit, after.kind, figure.start, figure.end)
        yield figure


def _known_latin(unit: str) -> bool:
    """Whether Latin letters behind a number are a unit that is read by value."""
    return unit.startswith("per") or unit in ("yuan", "rmb", "cny") or unit.rstrip("s") in _TIME_ENGLISH


def _han_numbers(text: str) -> Iterable[Figure]:
    """Chinese numerals that count something; 一个 and 一项 are articles, not figures."""
    for m in _HAN_NUMBER.finditer(text):
        unit, scale = m["unit"] or "", m["scale"] or ""
        if not unit and not scale:
            continue
        if unit == "次" and text[m.end() : m.end() + 1] == "性":
            continue
        value = round(_read(m["n"]) * _SCALES.get(scale, 1.0), 6)
        kind, unit = _kind_and_unit(unit, value, bool(scale), False)
        if kind is FigureKind.COUNT and m["n"] == "一" and not scale:
            continue
        if kind is FigureKind.DURATION and unit == "日" and text[max(0, m.start() - 1) : m.start()] == "月":
            continue
        yield Figure(value, unit, kind, m.start(), m.end())


def _english_numbers(text: str) -> Iterable[Figure]:
    """Number words of English that carry a scale or a unit, such as five million or two years."""
    for m in _ENGLISH_NUMBER.finditer(text):
        if not m["scale"] and not m["unit"]:
            continue
        value = _ENGLISH_DIGITS[m["n"]] * _SCALES.get(m["scale"] or "", 1.0)
        kind, unit = _kind_and_unit(m["unit"] or "", value, bool(m["scale"]), False)
        yield Figure(value, unit, kind, m.start(), m.end())


def _special(text: str) -> Iterable[Figure]:
    """Dates, 百分之X and X成, which plain numbers would take apart."""
    for pattern in (_FULL_DATE, _YEAR_RANGE, _ISO_DATE, _MONTH_DAY):
        for m in pattern.finditer(text):
            yield Figure(_date(m), "date", FigureKind.DATE, m.start(), m.end())
    for m in _ENGLISH_DATE.finditer(text):
        yield Figure(_date(m, m["d1"] or m["d2"]), "date", FigureKind.DATE, m.start(), m.end())
    for m in _FRACTION.finditer(text):
        whole = {"百": 100.0, "千": 1000.0, "万": 10000.0}.get(m["of"]) or _read(m["of"])
        if whole in (100.0, 1000.0):
            unit = "%" if whole == 100.0 else "‰"
            yield Figure(_read(m["n"]), unit, FigureKind.PERCENT, m.start(), m.end())
        elif whole:
            yield Figure(round(_read(m["n"]) / whole, 6), "分之", FigureKind.NUMBER, m.start(), m.end())
    for m in _TENTHS.finditer(text):
        value = _read(m["n"]) * 10 + (5 if m["half"] else 0)
        yield Figure(value, "%", FigureKind.PERCENT, m.start(), m.end())


def figures(text: str) -> tuple[Figure, ...]:
    """All figures of a text in Chinese, English or both, by value, in the order they stand.

    Citation marks such as [1] and ordinals such as 第五条 are no figures.

    Args:
        text: any text.

    Returns:
        The figures with their offsets in ``text``; no two overlap.
    """
    folded = plain(text)
    taken = [False] * len(folded)
    for m in re.finditer(r"\[\d{1,3}\]|【\d{1,3}】|第\s*(?:\d+|[〇零一二两三四五六七八九十百千]+)", folded):
        taken[m.start() : m.end()] = [True] * (m.end() - m.start())
    found: list[Figure] = []
    for reader in (_special, _numbers, _han_numbers, _english_numbers):
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
