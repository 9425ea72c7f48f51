"""Builds a ``SourceText`` block by block; shared by the formats."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from corpus.source import Block, SourceText

BlockKind = Literal["line", "paragraph", "heading", "list", "table"]

# Invisible characters that break words apart or reorder them on the screen.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Fonts of PDF files often map ordinary characters onto their look-alikes among the radicals. Unicode knows
# the equals of those from U+2F00; of the supplement below, these look the same as a character in use.
_RADICAL = re.compile("[\u2e80-\u2fdf]")
_LOOK_ALIKES = str.maketrans(
    "⺁⺎⺒⺓⺙⺛⺝⺟⺠⺩⺪⺬⺰⺶⺹⺼⺽⻁⻂⻃⻄⻅⻆⻈⻉⻋⻌⻏⻐⻑⻓⻔⻖⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲",
    "厂兀巳幺攵旡月母民王疋示纟羊耂肉臼虎衤覀西见角讠贝车辶阝钅長长门阝青韦页风飞食飠饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀",
)


def clean(text: str) -> str:
    """Takes out what no reader sees: invisible and control characters, lone surrogates, look-alike radicals.

    Args:
        text: decoded text.

    Returns:
        The text without them; ordinary text comes back unchanged.
    """
    text = _INVISIBLE.sub("", text)
    text = _CONTROL.sub(" ", text)
    text = _SURROGATE.sub("\ufffd", text)
    if not _RADICAL.search(text):
        return text
    return _RADICAL.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text.translate(_LOOK_ALIKES))


class TextBuilder:
    """Collects blocks of text in reading order.

    Blocks are kept apart by a blank line; ``add`` takes white space off their ends and ignores empty ones.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._length = 0

    def add(self, text: str, kind: BlockKind = "paragraph", level: int = 0) -> None:
        """Adds one block.

        Args:
            text: its words.
            kind: what it is.
            level: heading level from 1; 0 for everything else.
        """
        text = clean(text).strip()
        if not text:
            return
        if self._parts:
            self._write("\n\n")
        start = self._length
        self._write(text)
        self._blocks.append(Block(kind, start, self._length, level))

    def build(self, name: str, title: str = "") -> SourceText:
        """Returns what was collected as a source.

        Args:
            name: the file's name.
            title: the title that the format gave.
        """
        return SourceText(name, "".join(self._parts), tuple(self._blocks), title=" ".join(title.split()))

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def line_blocks(text: str) -> tuple[Block, ...]:
    """The lines of a text as blocks, without white space at their ends; blank lines give none.

    Args:
        text: the whole text.

    Returns:
        Blocks of kind ``line`` in order.
    """
    blocks = []
    offset = 0
    for line in text.splitlines(keepends=True):
        words = line.strip()
        if words:
            start = offset + len(line) - len(line.lstrip())
            blocks.append(Block("line", start, start + len(words)))
        offset += len(line)
    return tuple(blocks)
