"""Outlines as text, for the tests of the corpus package."""

from __future__ import annotations

from corpus_sources import lines_of

from corpus.clauses import Naming, to_clauses
from corpus.layout import read_lines
from corpus.outline import build_outline
from corpus.settle import settle
from corpus.types import Clause


def clauses_of(text: str, kind: str = "line") -> list[Clause]:
    """The clauses of a document's body, under the document id ``d``."""
    lines = [line for line in read_lines(lines_of(text, kind)) if not line.furniture]
    root = build_outline(lines)
    settle(root)
    return to_clauses(root, Naming("d", "某市若干政策", "某市", text))


def shown(text: str, kind: str = "line") -> list[str]:
    """One line a clause: its id without the document, and its text with ⏎ for line breaks."""
    return [f"{c.id.removeprefix('d/')} {c.text}".replace("\n", "⏎") for c in clauses_of(text, kind)]
