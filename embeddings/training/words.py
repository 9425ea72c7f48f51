"""Words of both languages: cutting a text into them, and an English word's stem."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

RUN = r"\p{Han}+|[a-z]+|[0-9]+"
"""What the tokenizer keeps of a folded text (Oniguruma): runs of Han, of Latin letters, of digits."""

_RUN = re.compile(r"([\u3400-\u4dbf\u4e00-\u9fff]+)|([a-z]+)")
LONGEST_WORD = 8

_ENDINGS = (
    ("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("ied", "y"),
    ("ing", ""), ("ed", ""), ("ly", ""), ("s", ""),
)  # fmt: skip


def split_words(text: str, known: Set[str]) -> Iterator[str]:
    """Cuts a folded text into English words and the longest known Chinese words.

    Args:
        text: lower-case text.
        known: the Chinese words; a character outside them stands alone.

    Yields:
        The words in order.
    """
    for match in _RUN.finditer(text):
        if match[2]:
            yield match[2]
            continue
        run = match[1]
        start = 0
        while start < len(run):
            for length in range(min(LONGEST_WORD, len(run) - start), 0, -1):
                if length == 1 or run[start : start + length] in known:
                    yield run[start : start + length]
                    start += length
                    break


def stem(word: str) -> str:
    """A rough stem that the common inflections of an English word share; other words stay as they are."""
    if not (word.isascii() and word.isalpha()):
        return word
    for ending, plain in _ENDINGS:
        rest = word[: -len(ending)]
        if word.endswith(ending) and len(rest) >= 3 and not (ending == "s" and rest[-1] in "sui"):
            word = rest + plain
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] in "bdgmnprt":
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("e") else word
