"""Small sources for the tests of the corpus package."""

from __future__ import annotations

from functools import cache

from corpus.collection import shipped_corpus
from corpus.source import Block, SourceText
from corpus.types import Corpus


@cache
def shipped() -> Corpus:
    """The shipped compendium, parsed once for all tests."""
    return shipped_corpus()


def lines_of(text: str, kind: str = "line", name: str = "政策.txt", **fields: str) -> SourceText:
    """A source whose blocks are the lines of a text."""
    blocks: list[Block] = []
    at = 0
    for line in text.split("\n"):
        words = line.strip(" \u3000")
        if words:
            start = at + line.index(words)
            blocks.append(Block(kind, start, start + len(words)))  # type: ignore[arg-type]
        at += len(line) + 1
    return SourceText(name, text, tuple(blocks), **fields)
