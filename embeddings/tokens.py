"""The words of the lexical index: the same for a passage and for a question."""

from __future__ import annotations

import re
from itertools import pairwise

from corpus.text import fold

VERSION = 1
"""Raised whenever the same text may give other tokens, so that an older index is recognised."""

LONGEST = 64
"""Characters of the longest token kept: what is longer is no word that anybody types."""

_HAN = r"\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_TOKEN = re.compile(
    rf"""
    (?P<han>[{_HAN}]+)
  | (?P<grouped>(?<![0-9a-z.])\d{{1,3}}(?:,\d{{3}})+(?![0-9a-z]|,\d)(?:\.\d+)?[%‰]?)   # 1,000,000
  | \d+\.\d+(?:[%‰]|[a-z]+\d*)?                                              # 3.5  2.5%  5.5g
  | \d+[%‰]                                                                  # 20%
  | [a-z]\+\+ | [a-z]\#                                                      # c++  c#
  | [^\W_{_HAN}]+(?:&[^\W_{_HAN}]+)*                                         # 5g  mpw  r&d  2018
    """,
    re.VERBOSE,
)


def lexical_tokens(text: str) -> list[str]:
    """Splits a text into the tokens that are indexed and looked up.

    A run of Han characters gives every character and every pair of neighbours; pairs never reach across
    punctuation or white space. Latin words, numbers, decimals and percentages stay whole, and a
    thousands separator is dropped: ``1,000万元`` gives ``1000 万 元 万元``.

    Args:
        text: any text; it is folded here.

    Returns:
        The tokens: unigrams of a run before its bigrams, otherwise in the text's order, with repetitions.
    """
    tokens: list[str] = []
    for match in _TOKEN.finditer(fold(text)):
        word = match[0]
        if match.lastgroup == "han":
            tokens.extend(word)
            tokens.extend(map("".join, pairwise(word)))
        elif match.lastgroup == "grouped":
            tokens.append(word.replace(",", ""))
        elif len(word) <= LONGEST:
            tokens.append(word)
    return tokens
