"""Small functions over a stretch of text: folding for matching, languages, sentences, numerals."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import accumulate
from typing import Literal, Protocol

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
# Nearly all traditional characters are missing from GB 2312; these few are in it.
_TRADITIONAL_IN_GB2312 = re.compile("[乾夥後徵捱摺於榘甯菸薹醣麴麽]")


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


@cache
def _simplifier() -> _Converter:
    from opencc import OpenCC

    converter: _Converter = OpenCC("t2s")
    return converter


def _may_be_traditional(text: str) -> bool:
    if _TRADITIONAL_IN_GB2312.search(text):
        return True
    try:
        "".join(_HAN.findall(text)).encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False


def fold(text: str) -> str:
    """Folds a text for matching: NFKC, traditional characters to simplified ones, lower case.

    Args:
        text: any text.

    Returns:
        The folded text. Its offsets are not those of ``text``; it is never shown.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        if _may_be_traditional(text):
            text = _simplifier().convert(text)
    return text.lower()


def squash(text: str) -> str:
    """Reduces a text to its letters, digits and percent signs after NFKC.

    Two texts with the same squashed form say the same words, whatever their spacing and punctuation.

    Args:
        text: any text.

    Returns:
        The reduced text, in the case it was written in.
    """
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum() or c == "%")


_QUOTED = re.compile(r"《[^《》]*》|“[^“”]*”|「[^「」]*」|\"[^\"]*\"")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
# Words that carry a Chinese sentence even where most of its nouns are English.
_CHINESE_FRAME = re.compile("[的了吗嗎呢吧么麼什哪谁誰怎是在有里裡能可给給和与與]|多少|几")


def language_of(text: str) -> Literal["zh", "en"]:
    """Tells whether a person writes Chinese or English.

    A Chinese sentence with English nouns is Chinese; an English one that quotes a Chinese title or term
    is English. Where neither script occurs, the answer is Chinese, the language of the texts.

    Args:
        text: a question or any other text.

    Returns:
        ``"zh"`` or ``"en"``.
    """
    bare = _QUOTED.sub(" ", text)
    if not _HAN.search(bare) and not _LATIN_WORD.search(bare):
        bare = text
    han = len(_HAN.findall(bare))
    words = len(_LATIN_WORD.findall(bare))
    if han == 0:
        return "en" if words else "zh"
    return "zh" if han >= words or _CHINESE_FRAME.search(bare) else "en"


_STOPS = "。！？；!?;"
_CLOSERS = {
    "）": "（",
    ")": "(",
    "】": "【",
    "]": "[",
    "〕": "〔",
    "》": "《",
    "”": "“",
    "’": "‘",
    "」": "「",
    "』": "『",
}
_OPENERS = frozenset(_CLOSERS.values())
_NESTING = 8  # marks left open further back than this are not looked for
_AFTER_QUOTE = tuple("，、：；。等的")  # the sentence that holds the quotation goes on
_QUOTE_CLOSERS = '”’」』"'
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|Mr|Mrs|Ms|Dr|No|Nos|Art|Sec|Fig|Vol|Co|Ltd|Inc|St|[A-Z])$"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """Finds the sentences of a text.

    A sentence ends at 。！？； or an English full stop and at every line break, but not inside brackets or
    quotation marks that are closed on the same line, nor at the dot of a decimal or of a list number.

    Args:
        text: a clause's text.

    Returns:
        Character offsets ``[start, end)`` in order, not overlapping, without white space at their ends;
        everything between them is white space.
    """
    found: list[tuple[int, int]] = []
    offset = 0
    for line in text.splitlines(keepends=True):
        start = offset
        for end in _line_ends(line):
            _append_stripped(found, text, start, offset + end)
            start = offset + end
        offset += len(line)
        _append_stripped(found, text, start, offset)
    return found


def _append_stripped(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        start += len(piece) - len(piece.lstrip())
        found.append((start, start + len(stripped)))


def _line_ends(line: str) -> list[int]:
    """Offsets in one line right behind each sentence of it; the last may be missing."""
    inside = _inside_brackets(line)
    ends: list[int] = []
    start = 0
    i = 0
    while i < len(line):
        if not _stops(line, start, i):
            i += 1
            continue
        end = i + 1
        while end < len(line) and line[end] in _STOPS:
            end += 1
        # A full stop right before a closing quotation mark ends the sentence behind that mark.
        while end < len(line) and inside[end - 1] and line[end] in _QUOTE_CLOSERS:
            end += 1
        quoted = line[end - 1] in _QUOTE_CLOSERS and line[end : end + 1] in _AFTER_QUOTE
        if not inside[end - 1] and not quoted:
            ends.append(end)
            start = end
        i = end
    return ends


def _stops(line: str, start: int, i: int) -> bool:
    if line[i] in _STOPS:
        return True
    if line[i] != "." or i == start:
        return False
    before, after = line[max(start, i - 12) : i], line[i + 1 : i + 13]
    if _HAN.match(before[-1]):
        return not after.strip() or bool(_HAN.match(after[0]))
    if after and not after[0].isspace() and after[0] not in _QUOTE_CLOSERS:
        return False
    if (i - start <= 12 and before.strip().isdigit()) or _ABBREVIATION.search(before):
        return False
    following = after.lstrip(" \t" + _QUOTE_CLOSERS)
    return not following or following[0].isupper() or following[0] in '“"('


def _inside_brackets(line: str) -> list[bool]:
    """For each character, whether it stands in brackets or quotes that the line closes.

    A closing mark that ends the outermost pair counts as outside.
    """
    steps = [0] * (len(line) + 1)
    stack: list[tuple[str, int]] = []
    for i, c in enumerate(line):
        if c in _OPENERS:
            stack.append((c, i))
        elif c in _CLOSERS:
            for depth in range(1, min(len(stack), _NESTING) + 1):
                if stack[-depth][0] == _CLOSERS[c]:
                    steps[stack[-depth][1]] += 1
                    steps[i] -= 1
                    del stack[-depth:]
                    break
    return [depth > 0 for depth in accumulate(steps)]


_DIGITS = {c: v for v, c in enumerate("零一二三四五六七八九")} | {
    c: v for v, c in enumerate("〇壹贰叁肆伍陆柒捌玖")
}
_DIGITS |= {"○": 0, "O": 0, "两": 2, "兩": 2, "貳": 2, "參": 3, "叄": 3, "陸": 6}
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_JOINED_TENS = {"廿": "二十", "卅": "三十"}


def parse_numeral(text: str) -> int | None:
    """Reads a whole number written with Chinese characters or digits of any width.

    Args:
        text: the numeral alone, such as 二十一, 一百零五, 二〇二三, １２, ③ or 3万; white space is ignored.

    Returns:
        Its value, or None where ``text`` is not a whole number.
    """
    numeral = "".join(unicodedata.normalize("NFKC", text).split())
    for sign, spelt in _JOINED_TENS.items():
        numeral = numeral.replace(sign, spelt)
    if not numeral or len(numeral) > 20:
        return None
    if numeral.isascii() and numeral.isdigit():
        return int(numeral)
    if all(c in _DIGITS for c in numeral):
        return int("".join(str(_DIGITS[c]) for c in numeral))
    return _parse_units(numeral)


def _parse_units(numeral: str) -> int | None:
    total = section = 0
    digits = ""
    for c in numeral:
        if c in _DIGITS:
            digits += str(_DIGITS[c])
        elif c.isascii() and c.isdigit():
            digits += c
        elif c in _TENS:
            section += (int(digits) if digits else 1) * _TENS[c]
            digits = ""
        elif c in _MYRIADS:
            section += int(digits) if digits else 0
            total = (total + section) * _MYRIADS[c] if _MYRIADS[c] == 10**8 else total + section * 10**4
            section, digits = 0, ""
        else:
            return None
    return total + section + (int(digits) if digits else 0)
