"""Dates and spans of time as Chinese documents write them."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from corpus.text import parse_numeral

_NUMERAL = r"[\d〇○零一二三四五六七八九十廿两]"
_DATE = re.compile(
    rf"(?P<year>(?:19|20)\s*\d\s*\d|[一二][〇○零Oo九一二三四五六七八]{{3}})\s*"
    rf"(?:年\s*(?P<month>{_NUMERAL}{{1,3}})\s*月(?:份)?(?:\s*(?P<day>{_NUMERAL}{{1,3}})\s*[日号])?"
    r"|(?P<sep>[-./])\s*(?P<month2>\d{1,2})\s*(?P=sep)\s*(?P<day2>\d{1,2})(?!\d)"
    r"|年(?P<end>\s*年?底|末)?)"
)
_SPAN = re.compile(
    r"(?<!\d)(?P<number>\d{1,3}|[一二三四五六七八九十两]{1,3})\s*个?\s*(?P<unit>年|月)(?!度|\s*\d)"
)


@dataclass(frozen=True, slots=True)
class StatedDate:
    """A date found in a text.

    Attributes:
        start: offset of its first character.
        end: one past the last.
        first: the first day it can mean.
        last: the last day it can mean; differs from ``first`` where only a month or year is stated.
    """

    start: int
    end: int
    first: date
    last: date


_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def widths_folded(text: str) -> str:
    """The text with full-width digits, letters and marks made half-width, every offset kept."""
    return text.translate(_FULL_WIDTH)


def find_dates(text: str) -> list[StatedDate]:
    """Finds the dates in a text.

    Args:
        text: any text; full-width digits and Chinese numerals are read too.

    Returns:
        The dates in order. What is written like a date but is none (2月30日) is left out.
    """
    found = []
    for match in _DATE.finditer(widths_folded(text)):
        days = _read(match)
        if days is not None:
            found.append(StatedDate(match.start(), match.end(), *days))
    return found


def _read(match: re.Match[str]) -> tuple[date, date] | None:
    year = parse_numeral(match["year"])
    month = parse_numeral(match["month"] or match["month2"] or "")
    day = parse_numeral(match["day"] or match["day2"] or "")
    if year is None or not 1949 <= year <= 2099:
        return None
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if not 1 <= month <= 12:
        return None
    length = calendar.monthrange(year, month)[1]
    if day is None:
        return date(year, month, 1), date(year, month, length)
    return (date(year, month, day),) * 2 if 1 <= day <= length else None


def last_day(first: date, span: str) -> date | None:
    """The last day of a span of time that begins on a given day.

    Args:
        first: the first day.
        span: the words that state the span, such as 两年, 3 年 or 六个月.

    Returns:
        The last day within it, or None where ``span`` states no length.
    """
    match = _SPAN.search(widths_folded(span))
    number = parse_numeral(match["number"]) if match else None
    if match is None or not number:
        return None
    months = first.month - 1 + number * (12 if match["unit"] == "年" else 1)
    year, month = first.year + months // 12, months % 12 + 1
    day = min(first.day, calendar.monthrange(year, month)[1])
    return date(year, month, day) - timedelta(days=1 if day == first.day else 0)
