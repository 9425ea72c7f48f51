"""Folding, languages, sentences and numerals."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.text import fold, language_of, parse_numeral, sentences, squash


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＩ　Ｌａｂ", "ai lab"),
        ("黃埔區對人工智慧企業的獎勵", "黄埔区对人工智慧企业的奖励"),
        ("申請於三日後生效", "申请于三日后生效"),
        ("著名", "著名"),
        ("５００萬元", "500万元"),
        ("Deqing County", "deqing county"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_fold_is_stable(text: str) -> None:
    assert fold(text).lower() == fold(text)
    assert all(c.isalnum() or c == "%" for c in squash(text))


def test_squash_keeps_letters_digits_and_percent() -> None:
    assert squash("（一） 最高 ２０％，即 AI-Lab") == "一最高20%即AILab"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("黄埔区的补贴标准是什么？", "zh"),
        ("How much does Huangpu pay for rent?", "en"),
        ("Hangzhou 的 incubator 里可以 get 多少 subsidy？", "zh"),
        ("What does 《武汉国家新一代人工智能创新发展试验区建设若干政策》 say about incubators?", "en"),
        ("How much subsidy for 流片 in Tianjin?", "en"),
        ("AI公司补贴", "zh"),
        ("《若干政策》", "zh"),
        ("？？ 123", "zh"),
        ("", "zh"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert language_of(text) == language


def _split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("给予30.5%奖励。最高500万元；另行规定", ["给予30.5%奖励。", "最高500万元；", "另行规定"]),
        ("3. 5G建设。", ["3. 5G建设。"]),
        ("称为“一是好。二是新。”等。完", ["称为“一是好。二是新。”等。", "完"]),
        ("他说：“好。”我们同意。", ["他说：“好。”", "我们同意。"]),
        ("给予奖励。（责任单位：市科技局。）", ["给予奖励。", "（责任单位：市科技局。）"]),
        ("没有关上（的括号。下一句。", ["没有关上（的括号。", "下一句。"]),
        ("第一行\n 第二行 ", ["第一行", "第二行"]),
        ("好吗？！好。", ["好吗？！", "好。"]),
        (
            "It pays 3.5 million. See No. 5, e.g. here. Done",
            ["It pays 3.5 million.", "See No. 5, e.g. here.", "Done"],
        ),
        ("加强建设.提高能力.", ["加强建设.", "提高能力."]),
        ("  \n\n", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert _split(text) == expected


@given(st.text(alphabet="人工智能5 。；！？.（）()“”《》\n\tabA:：,，") | st.text())
def test_sentences_cover_everything_but_white_space(text: str) -> None:
    end = 0
    for start, stop in sentences(text):
        assert start >= end and stop > start
        assert not text[end:start].strip()
        assert text[start:stop] == text[start:stop].strip()
        end = stop
    assert not text[end:].strip()


@pytest.mark.parametrize("text", ["（" * 50_000, "（[。" * 20_000 + "）" * 50_000, "a b. c " * 30_000])
def test_sentences_of_hostile_text_take_no_time(text: str) -> None:
    begin = time.process_time()
    sentences(text)
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("二十一", 21),
        ("一百零五", 105),
        ("二〇二三", 2023),
        ("１２", 12),
        ("③", 3),
        ("3万", 30_000),
        ("两亿三千万", 230_000_000),
        ("十", 10),
        ("廿三", 23),
        ("第", None),
        ("", None),
        ("abc", None),
        ("1.5", None),
        ("1" * 30, None),
    ],
)
def test_numerals(numeral: str, value: int | None) -> None:
    assert parse_numeral(numeral) == value


@given(st.integers(min_value=1, max_value=99))
def test_numerals_below_a_hundred(value: int) -> None:
    tens, ones = divmod(value, 10)
    digits = "零一二三四五六七八九"
    spelt = (("" if tens == 1 else digits[tens]) + "十" if tens else "") + (digits[ones] if ones else "")
    assert parse_numeral(spelt) == value
