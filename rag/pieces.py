"""A clause cut into the pieces that can be quoted, and which kinds of fact a piece states."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from corpus.text import fold, sentences
from rag.figures import Figure, FigureKind, figures
from rag.types import Fact

_LABEL = re.compile(
    r"^\s*(?:-\s*)?(?:第\s*[〇零一二三四五六七八九十百千\d]+\s*[章节条]|[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[)）]"
    r"|\d{1,2}[.、．](?!\d)|[①-⑳]|——)\s*"
)
_FIGURE_FACTS = {
    Fact.AMOUNT: {FigureKind.MONEY},
    Fact.RATIO: {FigureKind.PERCENT, FigureKind.MULTIPLE},
    Fact.QUANTITY: {FigureKind.COUNT, FigureKind.MONEY, FigureKind.PERCENT, FigureKind.NUMBER},
    Fact.DEADLINE: {FigureKind.DATE, FigureKind.DURATION},
}
_LONGEST_HEADING = 40
_SENTENCE_ENDS = "。；;！？：:）)”"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a unit that can be quoted.

    Attributes:
        unit: id of the clause or paragraph unit.
        start: offset of its first character in the unit's text.
        end: offset behind its last character.
        text: its words.
        folded: its words folded for matching.
        heading: whether it is a heading rather than a sentence.
    """

    unit: str
    start: int
    end: int
    text: str
    folded: str
    heading: bool


@cache
def _rules() -> dict[str, dict[str, list[str] | str]]:
    text = files("rag").joinpath("data/fact_marks.toml").read_text(encoding="utf-8")
    rules: dict[str, dict[str, list[str] | str]] = tomllib.loads(text)
    return rules


@cache
def _mark(fact: Fact) -> re.Pattern[str] | None:
    marks = _rules()["marks"].get(fact.value)
    return re.compile("|".join(marks)) if marks else None


@cache
def bracket_pattern(fact: Fact) -> re.Pattern[str] | None:
    """How a bracket begins that names offices or telephone numbers; None for other facts."""
    bracket = _rules()["brackets"].get(fact.value)
    return re.compile(bracket) if isinstance(bracket, str) else None


@cache
def beginnings() -> tuple[str, ...]:
    """Words with which a piece may begin when what stands before it is left out."""
    return tuple(_rules()["begins"]["words"])


def states(fact: Fact, text: str, found: tuple[Figure, ...] | None = None) -> bool:
    """Whether a piece states a fact of the kind that is asked for.

    Args:
        fact: the kind of fact.
        text: the piece's words.
        found: the piece's figures, where they are known already.

    Returns:
        True where a figure or a mark of that kind stands in it.
    """
    kinds = _FIGURE_FACTS.get(fact)
    if kinds:
        return any(f.kind in kinds for f in (figures(text) if found is None else found))
    mark = _mark(fact)
    return bool(mark and mark.search(text))


def label_end(text: str) -> int:
    """Length of the number that a unit's text begins with, such as 第五条 or （一）; 0 where it has none."""
    m = _LABEL.match(text)
    return m.end() if m else 0


def cut(unit: str, text: str) -> tuple[Piece, ...]:
    """Cut a unit's text into sentences, leaving out the number it begins with.

    Args:
        unit: id of the clause or paragraph unit.
        text: its text.

    Returns:
        The pieces in order.
    """
    spans = sentences(text)
    found: list[Piece] = []
    for i, (start, end) in enumerate(spans):
        start += label_end(text[start:end])
        words = text[start:end].rstrip()
        if not words.strip():
            continue
        heading = _is_heading(text, start, start + len(words), i == 0)
        found.append(Piece(unit, start, start + len(words), words, fold(words), heading))
    return tuple(found)


def _is_heading(text: str, start: int, end: int, first: bool) -> bool:
    """Whether a piece is a heading: short, on a line of its own or at the head of a numbered unit."""
    words = text[start:end]
    if len(words) > _LONGEST_HEADING:
        return False
    numbered = first and start > 0
    rest = text[end:].lstrip(" \t\r")
    if words[-1] not in _SENTENCE_ENDS:
        return rest.startswith("\n") or (numbered and not rest)
    return numbered and bool(rest) and not figures(words)
