"""Whether words say exactly what a clause says.

No word of the clause's sentence may be missing and none may come on top: who, what, conditions, limits and
negations are all words, so nothing has to be known about them. Only grammar, notation, words that are the
same in every policy (``data/same_words.toml``) and a beginning that names the cited clause may differ.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import takewhile

from corpus.text import squash
from corpus.types import Clause
from rag.figures import Figure, FigureKind, figures, plain
from rag.lexicon import read_toml
from rag.pieces import Piece, bracket_pattern, cut, label_end
from rag.places import alternation
from rag.types import Fact

_LATIN = re.compile(r"[a-z]+|\d+(?:\.\d+)?")
_TITLE = re.compile("《[^《》]*》")
_ARTICLE = re.compile(r"第\s*[〇零一二三四五六七八九十百\d]+\s*[条章节]")
_OPENING = re.compile(r"^[^，,：:。；]{1,80}[，,：:]")
_BRACKET = re.compile(r"[（(\[【][^（()）\[\]【】]*[）)\]】][。；]?")
_DASHES = "-—–―~～至到"
_COLONS = ("：", ":")
_SHORTEST_NAME = 2
_FULL_STOP = re.compile(r"[。！？!?][”’」』）)]*$")
_TEXTS_KEPT = 20_000

Token = str | tuple[float, str]
"""A character, a Latin word, or a figure by value and unit."""


@dataclass(frozen=True, slots=True)
class Support:
    """Where a clause says what is said.

    Attributes:
        unit: id of the clause or paragraph unit.
        span: offsets of its sentences that say it.
    """

    unit: str
    span: tuple[int, int]


def find_support(text: str, units: Sequence[Clause], above: Sequence[str]) -> Support | None:
    """Finds the neighbouring sentences of a clause that say what a statement says, no more and no less.

    Sentences of different places are not put together: what 其中 and 上述 refer to would change.

    Args:
        text: the statement.
        units: the cited clauses and paragraph units.
        above: the words that open the list each of them stands in; empty where it stands alone.

    Returns:
        The first clause that says it, with its sentences; None where none does.
    """
    for unit, opening in zip(units, above, strict=True):
        for words in _without_frame(text, unit):
            said = tokens(words)
            span = _run(said, unit, opening) if said else None
            if span:
                return Support(unit.id, span)
    return None


@dataclass(frozen=True, slots=True)
class Whole:
    """A sentence of a unit that stands alone, a heading, or a bracket that names offices.

    Attributes:
        start: offset of its first character in the unit's text.
        end: offset behind its last character.
        text: its words.
        heading: whether it says nothing by itself.
        bracket: whether it is such a bracket.
    """

    start: int
    end: int
    text: str
    heading: bool = False
    bracket: bool = False


def whole_sentences(unit: Clause) -> list[Whole]:
    """The sentences of a unit that stand alone, with its headings and brackets.

    What is divided only by a semicolon or a list's lines is one: the parts share who and on what condition.

    Args:
        unit: a clause or paragraph unit.

    Returns:
        The sentences in order.
    """
    found: list[Whole] = []
    parts: list[Piece] = []
    for piece in cut(unit.id, unit.text):
        if piece.heading or piece.bracket:
            found += _joined(unit, parts)
            found.append(Whole(piece.start, piece.end, piece.text, piece.heading, piece.bracket))
            parts = []
            continue
        parts.append(piece)
        opens_list = any(part.text.endswith(_COLONS) for part in parts)
        if _FULL_STOP.search(piece.text) or (piece.text[-1].isalnum() and not opens_list):
            found += _joined(unit, parts)
            parts = []
    return [*found, *_joined(unit, parts)]


def _joined(unit: Clause, parts: Sequence[Piece]) -> list[Whole]:
    return [Whole(a := parts[0].start, b := parts[-1].end, unit.text[a:b])] if parts else []


def _run(said: tuple[Token, ...], unit: Clause, above: str) -> tuple[int, int] | None:
    """Neighbouring sentences of a unit, with or without the words above it, that say the same."""
    wholes = whole_sentences(unit)
    told = [tokens(w.text if w.bracket else _without_offices(w.text)) for w in wholes]
    opening = tokens(above[label_end(above) :])
    for first in range(len(wholes)):
        for before in ((), opening) if opening and first == 0 else ((),):
            run = wholes[first : first + _reached(said, before, told[first:])]
            if not all(w.heading for w in run):
                return run[0].start, run[-1].end
    return None


def _reached(said: tuple[Token, ...], opening: tuple[Token, ...], told: Sequence[tuple[Token, ...]]) -> int:
    """After how many of the sentences all is said, word for word; 0 where it is not."""
    held = opening
    for count, words in enumerate(told, 1):
        held += words
        if len(held) >= len(said) or held != said[: len(held)]:
            return count if held == said else 0
    return 0


def _without_offices(words: str) -> str:
    """A sentence without the bracket behind it that names offices or telephone numbers."""
    for fact in (Fact.OFFICE, Fact.PHONE):
        pattern = bracket_pattern(fact)
        start = max((m.start() for m in pattern.finditer(words)), default=0) if pattern else 0
        if start and _BRACKET.fullmatch(words, start):
            words = words[:start]
    return words


def _without_frame(text: str, unit: Clause) -> Iterator[str]:
    """A statement, and what is left of it without the beginning that only names what is cited."""
    yield text
    opening = _OPENING.match(text)
    if opening and not _beside_names(opening[0].rstrip("，,：:"), unit):
        yield text[opening.end() :]
    place = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, unit.zone, strict=False)))
    if place >= _SHORTEST_NAME:
        yield text[place:].removeprefix("市")


def _beside_names(opening: str, unit: Clause) -> str:
    """What is left of an opening without the cited title, number and place and the words that join them."""
    title, number = squash(unit.title), squash(f"{unit.label}{''.join(unit.path)}")
    opening = _TITLE.sub(lambda m: "" if squash(m[0]) == title else m[0], opening)
    opening = _ARTICLE.sub(lambda m: "" if squash(m[0]) in number else m[0], opening)
    rest = _words()[2].sub("", opening).strip().removesuffix("市")
    return "" if len(rest) >= _SHORTEST_NAME and unit.zone.startswith(rest) else rest


@cache
def _words() -> tuple[dict[str, str], re.Pattern[str], re.Pattern[str]]:
    """Words that are the same, by word; a pattern of those and of neutral ones; one of framing words."""
    table = read_toml("same_words.toml")
    same = {word: line[0] for line in table["same"] for word in line}
    same |= dict.fromkeys(table["neutral"], "")
    return same, alternation(same), alternation(table["frame"])


def is_part(text: str, whole: str) -> bool:
    """Whether words are a stretch of a longer text, and no more."""
    said, told = tokens(text), tokens(whole)
    return any(told[k : k + len(said)] == said for k in range(len(told) - len(said)))


@lru_cache(maxsize=_TEXTS_KEPT)
def tokens(text: str) -> tuple[Token, ...]:
    """A text as what it says: without grammar and punctuation, words that are the same written the same.

    Args:
        text: any text.

    Returns:
        Its characters and Latin words in order, figures by value and unit.
    """
    same, pattern, _ = _words()
    folded = plain(text)
    found: list[Token] = []
    done = 0
    for figure in figures(folded):
        found += _bare(pattern.sub(lambda m: same[m[0]], folded[done : figure.start]), bool(found))
        found.append(_value(figure))
        done = figure.end
    return (*found, *_bare(pattern.sub(lambda m: same[m[0]], folded[done:]), bool(found)))


def _value(figure: Figure) -> Token:
    """A figure by what it comes to; an amount is one with its unit or without."""
    unit = "" if figure.kind is FigureKind.MONEY and figure.unit == "元" else figure.unit
    return figure.value, unit


def _bare(words: str, behind_figure: bool) -> Iterator[Token]:
    """The characters and Latin words of a stretch without figures; signs such as ≥ count, stops do not."""
    stripped = words.strip()
    if behind_figure and stripped and all(c in _DASHES for c in stripped):
        yield "至"
        return
    position = 0
    while position < len(words):
        latin = _LATIN.match(words, position)
        character = words[position]
        if latin:
            yield latin[0]
        elif character.isalnum() or unicodedata.category(character).startswith("S"):
            yield character
        position = latin.end() if latin else position + 1
