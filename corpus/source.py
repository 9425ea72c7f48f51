"""A source file as decoded text with its blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a source's text that the file format sets apart.

    In a text file it is a line, in a structured one a paragraph, heading, list item or table.

    Attributes:
        kind: ``line`` for formats without structure (txt, pdf), else what the format says.
        start: first character in ``SourceText.text``.
        end: one past the last character.
        level: heading level from 1; 0 for everything else.
    """

    kind: Literal["line", "paragraph", "heading", "list", "table"]
    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class SourceText:
    """One document text (or a compendium) read from a file.

    Attributes:
        name: the file's name.
        text: the decoded text, marks of the format (``#``, tags) left outside the blocks.
        blocks: in order, not overlapping; blank lines are in none.
        id: the id a ``.jsonl`` source gave; empty otherwise.
        title: the title a ``.jsonl`` source or the format's metadata gave; empty otherwise.
        metadata: further string fields of a ``.jsonl`` record (zone, issuer, …).
    """

    name: str
    text: str
    blocks: tuple[Block, ...]
    id: str = ""
    title: str = ""
    metadata: tuple[tuple[str, str], ...] = ()
