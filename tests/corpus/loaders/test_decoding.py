"""Telling encodings by the bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.errors import SourceError
from corpus.loaders.decoding import decode

_TEXT = "第一条 为了支持人工智能产业发展，制定本办法。\n第二条 最高奖励500万元。\n"
_TRADITIONAL = "第一條 為了支持人工智慧產業發展，制定本辦法。\n第二條 最高獎勵500萬元。\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"]
)
def test_encodings(encoding: str) -> None:
    assert decode(_TEXT.encode(encoding), "a.txt") == _TEXT


def test_big5() -> None:
    assert decode(_TRADITIONAL.encode("big5"), "a.txt") == _TRADITIONAL


def test_marked_big_endian() -> None:
    assert decode(b"\xfe\xff" + _TEXT.encode("utf-16-be"), "a.txt") == _TEXT


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x00\x01\x02\x03" * 50, "binary"),
        ("第一条\0".encode(), "binary"),
        (b"\x1b\x02\x05\x06" * 20, "binary"),
        (b"\xff\xff\xfe\x80" * 20, "UTF-8"),
        (b"\xef\xbb\xbf\xff\xfe abc", "damaged"),
        (b"caf\xe9 and cr\xe8me", "UTF-8"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        decode(data, "a.txt")


@given(st.binary(max_size=300))
def test_any_bytes_give_a_text_or_a_source_error(data: bytes) -> None:
    try:
        assert "\0" not in decode(data, "a.txt")
    except SourceError as error:
        assert "\n" not in str(error)
