"""Takes a source apart into its documents and the lines that belong to none of their clauses."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.compendium import Part, split_compendium
from corpus.layout import Line, read_lines
from corpus.single import split_single
from corpus.source import SourceText


@dataclass(frozen=True, slots=True)
class Reading:
    """A source taken apart.

    Attributes:
        parts: its documents, in order.
        apart: the lines that belong to no clause, each with its kind: title, front matter, contents,
            back matter, caption, page rest, repeated table head.
    """

    parts: tuple[Part, ...]
    apart: tuple[tuple[Line, str], ...]


def read_parts(source: SourceText) -> Reading:
    """Takes a source apart: a compendium by its table of contents, anything else as one document.

    Args:
        source: the decoded text with its blocks.

    Returns:
        Its documents and the lines outside their clauses. Empty where the source has no text.
    """
    lines = read_lines(source)
    apart = [(line, line.furniture) for line in lines if line.furniture]
    kept = [line for line in lines if not line.furniture]
    if not kept:
        return Reading((), tuple(apart))
    compendium = split_compendium(kept)
    if compendium is None:
        single = split_single(source, kept)
        parts: tuple[Part, ...] = (single.part,)
        apart += [(line, "contents") for line in single.contents]
    else:
        parts = compendium.parts
        apart += [(line, "front matter") for line in compendium.front]
        apart += [(line, "contents") for line in compendium.contents]
        apart += [(line, "back matter") for line in compendium.back]
    apart += [(line, "title") for part in parts for line in part.titles]
    return Reading(parts, tuple(sorted(apart, key=lambda found: found[0].start)))
