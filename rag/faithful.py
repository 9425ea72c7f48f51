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

from corpus.text import sentences
from corpus.types import Clause
from rag.figures import Figure, FigureKind, figures, plain
from rag.lexicon import read_toml
from rag.pieces import Piece, bracket_pattern, cut, label_end
from rag.places import alternation
from rag.types import Fact

_LATIN = re.compile(r"[a-z]+|\d+(?:\.\d+)?")
_TITLE = re.compile("《[^《》]*》")
_ARTICLE = re.compile(r"第\s*[〇零一二三四五六七八九十百\d]+\s*[条章节款项]")
_OPENING = re.compile(r"^[^，,：:。；]{1,80}[，,：:]")
_BRACKET = re.compile(r"[（(\[【][^（()）\[\]【】]*[）)\]】][。；]?")
_DASHES = "-—–―~～至到"
_SHORTEST_PLACE = 2
_TEXTS_KEPT = 20_000

Token = str | tuple[float, str]
"""A character, a Latin word, or a figure by value and unit."""


@dataclass(frozen=True, slots=True)
class Support:
    """Where a clause says what is said.

    Attributes:
        unit: id of the clause or paragraph unit.
        spans: offsets of its sentences that say it; empty where only the words above it do.
    """

    unit: str
    spans: tuple[tuple[int, int], ...]


def find_support(text: str, units: Sequence[Clause], above: Sequence[str]) -> tuple[Support, ...]:
    """Finds the sentences of clauses that say what a statement says, no more and no less.

    Args:
        text: the statement.
        units: the cited clauses and paragraph units.
        above: the words that open the list each of them stands in; empty where it stands alone.

    Returns:
        The clauses that say it, each with its sentences; empty where any part of it is said by none.
    """
    pairs = list(zip(units, above, strict=True))
    whole = _said_in(text, pairs)
    if whole:
        return (whole,)
    found = [_said_in(text[a:b], pairs) for a, b in sentences(text)]
    if len(found) < 2 or None in found:
        return ()
    spans: dict[str, list[tuple[int, int]]] = {}
    for support in filter(None, found):
        spans.setdefault(support.unit, []).extend(support.spans)
    return tuple(Support(unit, tuple(dict.fromkeys(held))) for unit, held in spans.items())


def _said_in(text: str, pairs: Sequence[tuple[Clause, str]]) -> Support | None:
    """The first unit that says a text, with its sentences."""
    for unit, above in pairs:
        for words in _without_frame(text, unit):
            said = tokens(words)
            spans = _run(said, unit, above) if said else None
            if spans:
                return Support(unit.id, spans)
    return None


def _run(said: tuple[Token, ...], unit: Clause, above: str) -> tuple[tuple[int, int], ...] | None:
    """Neighbouring sentences of a unit, with or without the words above it, that say the same."""
    pieces = [p for p in cut(unit.id, unit.text) if not p.bracket]
    for first, piece in enumerate(pieces):
        if piece.heading:
            continue
        openings: tuple[tuple[Token, ...], ...] = (
            ((), tokens(above[label_end(above) :])) if above and first == 0 else ((),)
        )
        for opening in openings:
            count = _reached(said, opening, pieces[first:])
            if count:
                return tuple((p.start, p.end) for p in pieces[first : first + count])
    return None


def _reached(said: tuple[Token, ...], opening: tuple[Token, ...], pieces: Sequence[Piece]) -> int:
    """After how many of the pieces all is said, word for word; 0 where it is not."""
    held = opening
    for count, piece in enumerate(pieces, 1):
        held += tokens(_without_offices(piece.text))
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
    about = plain(f"{unit.zone}{unit.title}{''.join(unit.path)}")
    opening = _OPENING.match(text)
    if opening and not _beside_names(opening[0], about):
        yield text[opening.end() :]
    place = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, unit.zone, strict=False)))
    if place >= _SHORTEST_PLACE:
        yield text[place:].removeprefix("市")


def _beside_names(words: str, about: str) -> str:
    """What is left of an opening without titles, article numbers, names and the words that join them."""
    rest = _ARTICLE.sub("", _TITLE.sub("", words)).rstrip("，,：:")
    rest = _words()[2].sub("", rest).strip()
    return "" if rest and len(rest) >= _SHORTEST_PLACE and plain(rest) in about else rest


@cache
def _words() -> tuple[dict[str, str], re.Pattern[str], re.Pattern[str]]:
    """Words that are the same, by word; a pattern of those and of neutral ones; one of framing words."""
    table = read_toml("same_words.toml")
    same = {word: line[0] for line in table["same"] for word in line}
    same |= dict.fromkeys(table["neutral"], "")
    return same, alternation(same), alternation(table["frame"])


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
