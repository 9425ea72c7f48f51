"""Texts cut where they are quoted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_EXCERPT_FROM = 320
_EXCERPT_CONTEXT = 90
_SHORTEST_REPEATED = 10


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text, quoted or not."""

    text: str
    quoted: bool


def highlight(text: str, quotes: Sequence[str]) -> tuple[Piece, ...]:
    """Cut a text where quotes begin and end.

    Args:
        text: any text.
        quotes: verbatim stretches of it; those that do not occur are passed over.

    Returns:
        The pieces in order; joined they are ``text``.
    """
    spans = sorted((at, at + len(q)) for q in quotes if q and (at := text.find(q)) >= 0)
    pieces: list[Piece] = []
    done = 0
    for start, end in spans:
        start = max(start, done)
        if end <= start:
            continue
        pieces += [Piece(text[done:start], False), Piece(text[start:end], True)]
        done = end
    pieces.append(Piece(text[done:], False))
    return tuple(piece for piece in pieces if piece.text)


def excerpt(text: str, quotes: Sequence[str]) -> tuple[Piece, ...]:
    """The words of a long text around its quotes, cut with …; empty where the text is short enough whole."""
    found = [(at, at + len(q)) for q in quotes if q and (at := text.find(q)) >= 0]
    if len(text) <= _EXCERPT_FROM or not found:
        return ()
    first = max(min(start for start, _ in found) - _EXCERPT_CONTEXT, 0)
    last = min(max(end for _, end in found) + _EXCERPT_CONTEXT, len(text))
    if last - first > len(text) - _EXCERPT_CONTEXT:
        return ()
    cut = ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")
    return highlight(cut, quotes)


def quoted_words(statement: str, text: str) -> str:
    """The longest stretch of a text that a statement repeats; empty where that is next to nothing."""
    match = SequenceMatcher(None, statement, text, autojunk=False).find_longest_match()
    return text[match.b : match.b + match.size].strip() if match.size >= _SHORTEST_REPEATED else ""
