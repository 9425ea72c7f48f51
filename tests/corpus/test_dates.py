"""Dates and spans of time."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.dates import find_dates, last_day


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("自2020 年 1 月 13 日起", "2020-01-13", "2020-01-13"),
        ("２０２１年２月３日", "2021-02-03", "2021-02-03"),
        ("二〇二一年十一月十二日", "2021-11-12", "2021-11-12"),
        ("二○一八年九月十七日", "2018-09-17", "2018-09-17"),
        ("2021-02-28", "2021-02-28", "2021-02-28"),
        ("2021.3.1", "2021-03-01", "2021-03-01"),
        ("至2023年6月", "2023-06-01", "2023-06-30"),
        ("到2025年底", "2025-01-01", "2025-12-31"),
    ],
)
def test_dates(text: str, first: str, last: str) -> None:
    (found,) = find_dates(text)
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "text", ["2021年2月30日", "2021年13月1日", "0571-88880000", "第2021条", "20 年", "1000万元"]
)
def test_what_is_no_date(text: str) -> None:
    assert find_dates(text) == []


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_every_date_is_read_back(day: date) -> None:
    text = f"自{day.year}年{day.month}月{day.day}日起施行"
    (found,) = find_dates(text)
    assert (found.first, found.last) == (day, day)
    assert text[found.start : found.end] == text[1:-3]


@pytest.mark.parametrize(
    ("first", "span", "last"),
    [
        ("2021-11-12", "有效期两年", "2023-11-11"),
        ("2021-11-12", "有效期 3 年", "2024-11-11"),
        ("2021-01-01", "六个月", "2021-06-30"),
        ("2020-02-29", "1年", "2021-02-28"),
        ("2021-08-31", "６个月", "2022-02-28"),
        ("2021-01-01", "十年", "2030-12-31"),
        ("2021-01-01", "长期", None),
        ("2021-01-01", "2021年度", None),
    ],
)
def test_the_last_day_of_a_span(first: str, span: str, last: str | None) -> None:
    found = last_day(date.fromisoformat(first), span)
    assert (found.isoformat() if found else None) == last
