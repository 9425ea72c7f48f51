"""The units that a document's outline is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from corpus.numbering import Mark
from corpus.paragraphs import Piece
from corpus.types import ClauseKind

_ANNEX = re.compile(r"【?附\s*[件表录]\s*[\d一二三四五六七八九十]{0,3}】?")


def is_annex_line(text: str) -> bool:
    """Whether a line opens an annex: 附件, 附表 1 and the like, alone."""
    return bool(_ANNEX.fullmatch(text.strip()))


@dataclass(eq=False, slots=True)
class Unit:
    """A node of the outline: a numbered unit, or unnumbered text in its place.

    Attributes:
        kind: what sort of unit it is.
        mark: its number as read; None for unnumbered units.
        parent: the unit above; None for the root.
        pieces: its own lines, before and between its children.
        children: the units below, in source order.
        level: heading level where a format's heading opened it, else 0.
        place: its place among the children of its parent when it was added.
    """

    kind: ClauseKind
    mark: Mark | None = None
    parent: Unit | None = None
    pieces: list[Piece] = field(default_factory=list)
    children: list[Unit] = field(default_factory=list)
    level: int = 0
    place: int = 0

    @property
    def style(self) -> str:
        """Name of its numbering style; empty where it has no number."""
        return self.mark.style.name if self.mark else ""

    @property
    def value(self) -> int:
        """Value of its number; 0 where it has none."""
        return self.mark.value if self.mark else 0

    @property
    def is_annex(self) -> bool:
        """Whether it is an annex of the document: 附件, 附表 1 and the like on a line of its own."""
        return bool(self.level and self.pieces and is_annex_line(self.pieces[0].text))

    def add(self, kind: ClauseKind, mark: Mark | None = None, level: int = 0) -> Unit:
        """Adds a child behind the present ones."""
        child = Unit(kind, mark, self, level=level, place=len(self.children))
        self.children.append(child)
        return child

    def chain(self) -> Iterator[Unit]:
        """The unit and the units above it, without the root."""
        unit: Unit | None = self
        while unit is not None and unit.parent is not None:
            yield unit
            unit = unit.parent

    def walk(self) -> Iterator[Unit]:
        """The unit and all units below it, in source order."""
        stack = [self]
        while stack:
            unit = stack.pop()
            yield unit
            stack.extend(reversed(unit.children))
