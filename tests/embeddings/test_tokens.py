from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.tokens import LONGEST, lexical_tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("奖励", ["奖", "励", "奖励"]),
        ("奖励。总额", ["奖", "励", "奖励", "总", "额", "总额"]),
        ("奖励\n总额", ["奖", "励", "奖励", "总", "额", "总额"]),
        ("1000万", ["1000", "万"]),
        ("1000 万元", ["1000", "万", "元", "万元"]),
        ("1,000万元", ["1000", "万", "元", "万元"]),
        ("RMB 1,234,567.50", ["rmb", "1234567.50"]),
        ("2018,2019,2020", ["2018", "2019", "2020"]),
        ("20％", ["20%"]),
        ("最高2.5‰", ["最", "高", "最高", "2.5‰"]),
        ("5G基站", ["5g", "基", "站", "基站"]),
        ("R&D", ["r&d"]),
        ("AT&T, AI+", ["at&t", "ai"]),
        ("C++ 和 C#", ["c++", "和", "c#"]),
        ("state-of-the-art", ["state", "of", "the", "art"]),
        ("2020-2022年", ["2020", "2022", "年"]),
        ("補貼", ["补", "贴", "补贴"]),
        ("ＭＰＷ（多项目晶圆）", ["mpw", "多", "项", "目", "晶", "圆", "多项", "项目", "目晶", "晶圆"]),
        ("3. 5G", ["3", "5g"]),
        ("snake_case", ["snake", "case"]),
        ("二〇二二", ["二", "〇", "二", "二", "二〇", "〇二", "二二"]),
        ("", []),
        ("。！？ \n", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert lexical_tokens(text) == expected


def test_overlong_words_are_left_out() -> None:
    assert lexical_tokens("a" * LONGEST) == ["a" * LONGEST]
    assert lexical_tokens("a" * (LONGEST + 1) + " b") == ["b"]


@given(st.text())
def test_tokens_never_hold_white_space_and_survive_a_second_pass(text: str) -> None:
    tokens = lexical_tokens(text)
    assert all(token and not any(c.isspace() for c in token) for token in tokens)
    for token in tokens:
        assert token in lexical_tokens(token)
