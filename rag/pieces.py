"""A clause cut into the pieces that can be quoted, and which kinds of fact a piece states."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from corpus.text import fold, sentences, squash
from rag.figures import Figure, FigureKind, figures
from rag.types import Fact

SHORTEST_QUOTE = 6
"""Letters and digits that a quote must hold to show anything."""

_LABEL = re.compile(
    r"^\s*(?:-\s*)?(?:第\s*[〇零一二三四五六七八九十百千\d]+\s*[章节条]|[一二三四五六七八九十]+、"
    r"|[（(][一二三四五六七八九十\d]+[)）]|\d{1,2}[.、．](?!\d)|[①-⑳]|——|专栏\s*\d{1,3})\s*"
)
FIGURE_FACTS = {
    Fact.AMOUNT: {FigureKind.MONEY},
    Fact.RATIO: {FigureKind.PERCENT, FigureKind.MULTIPLE},
    Fact.QUANTITY: {FigureKind.COUNT, FigureKind.MONEY, FigureKind.PERCENT, FigureKind.NUMBER},
    Fact.DEADLINE: {FigureKind.DATE, FigureKind.DURATION},
}
"""Facts that a figure states, and the kinds of figure that do."""

_CLAUSES_KEPT = 5_000
_LONGEST_HEADING = 40
_LONGEST_TOPIC = 18
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
        heading: whether it is a heading, names a topic or is too short to say something.
        bracket: whether it is a bracket that names offices or telephone numbers.
    """

    unit: str
    start: int
    end: int
    text: str
    folded: str
    heading: bool
    bracket: bool


@cache
def _rules() -> dict[str, dict[str, list[str]]]:
    text = files("rag").joinpath("data/fact_marks.toml").read_text(encoding="utf-8")
    rules: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    return rules


@cache
def _mark(fact: Fact) -> re.Pattern[str] | None:
    marks = _rules()["marks"].get(fact.value)
    return re.compile("|".join(marks)) if marks else None


@cache
def bracket_pattern(fact: Fact) -> re.Pattern[str] | None:
    """How a bracket begins that names offices or telephone numbers; None for other facts."""
    brackets = _rules()["brackets"].get(fact.value)
    return re.compile("|".join(brackets)) if brackets else None


def states(fact: Fact, text: str, found: Sequence[Figure] | None = None) -> bool:
    """Whether a piece states a fact of the kind that is asked for.

    Args:
        fact: the kind of fact.
        text: the piece's words.
        found: the piece's figures, where they are known already.

    Returns:
        True where a figure or a mark of that kind stands in it.
    """
    kinds = FIGURE_FACTS.get(fact)
    if kinds and any(f.kind in kinds for f in (figures(text) if found is None else found)):
        return True
    mark = _mark(fact)
    return bool(mark and mark.search(text))


def gives(text: str) -> bool:
    """Whether a text speaks of giving money, in the words of policies, of people or of English."""
    return bool(_words("gives").search(text))


def hands_out(text: str) -> bool:
    """Whether a question says of a sum that it is paid out, in words that policies do not use for it."""
    return bool(_words("hands_out").search(text))


@cache
def _words(table: str) -> re.Pattern[str]:
    return re.compile("|".join(_rules()[table]["words"]))


def label_end(text: str) -> int:
    """Length of the number that a unit's text begins with, such as 第五条 or （一）; 0 where it has none."""
    m = _LABEL.match(text)
    return m.end() if m else 0


@lru_cache(maxsize=_CLAUSES_KEPT)
def cut(unit: str, text: str) -> tuple[Piece, ...]:
    """Cut a unit's text into sentences, leaving out the number it begins with.

    Args:
        unit: id of the clause or paragraph unit.
        text: its text.

    Returns:
        The pieces in order.
    """
    found: list[Piece] = []
    for start, end in _spans(text):
        first = not found
        start += label_end(text[start:end]) if first or text[start - 1] == "\n" else 0
        words = text[start:end]
        if not words.strip():
            continue
        bracket = any(
            (p := bracket_pattern(f)) is not None and p.match(words) for f in (Fact.OFFICE, Fact.PHONE)
        )
        short = len(squash(words)) < SHORTEST_QUOTE
        heading = not bracket and (short or _is_heading(text, start, end, first))
        found.append(Piece(unit, start, end, words, fold(words), heading, bracket))
    return tuple(found)


def _spans(text: str) -> list[tuple[int, int]]:
    """The sentences of a text; a bracket with offices that one begins with stands by itself."""
    found: list[tuple[int, int]] = []
    for start, end in sentences(text):
        closing = _bracket_end(text[start:end])
        if closing and text[start + closing : end].strip():
            found.append((start, start + closing))
            start += closing + len(text[start + closing : end]) - len(text[start + closing : end].lstrip())
        found.append((start, end))
    return found


def _bracket_end(words: str) -> int:
    """Length of the bracket with offices that a sentence begins with; 0 where it begins otherwise."""
    pattern = bracket_pattern(Fact.OFFICE)
    if pattern is None or not pattern.match(words):
        return 0
    depth = 0
    for i, c in enumerate(words):
        depth += (c in "（([【") - (c in "）)]】")
        if depth == 0:
            return i + 1
    return 0


def _is_heading(text: str, start: int, end: int, first: bool) -> bool:
    """Whether a piece is a heading: short, on a line of its own or at the head of a unit or paragraph."""
    words = text[start:end]
    if len(words) > _LONGEST_HEADING or any(f.kind is not FigureKind.NUMBER for f in figures(words)):
        return False
    rest = text[end:].lstrip(" \t\r")
    numbered = start > 0 and first
    if words[-1] not in _SENTENCE_ENDS:
        return "：" not in words and (rest.startswith("\n") or (numbered and not rest))
    if numbered and words[-1] == "。" and rest.startswith("\n"):
        return True
    opens = first or text[start - 1] == "\n"
    topic = opens and len(words) <= _LONGEST_TOPIC and words[-1] == "。"
    return (numbered or topic) and bool(rest) and not rest.startswith("\n")
