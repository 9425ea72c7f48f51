"""Builds the tree of a document's units from its lines, by the document's own numbering."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.layout import Line, clean, width
from corpus.numbering import Mark, inner_marks, read_mark
from corpus.paragraphs import (
    Piece,
    has_sentence_end,
    is_cut_line,
    is_terminated,
    may_be_heading,
)
from corpus.types import ClauseKind
from corpus.units import Unit, is_annex_line

_FIXED = ("编", "章", "节", "条")
_WIDEST_BOX_TITLE = 40.0


class OutlineBuilder:
    """Takes a document's lines one by one and keeps the unit that the next line belongs to."""

    def __init__(self) -> None:
        self.root = Unit(ClauseKind.TEXT)
        self._current = self.root
        self._last: dict[str, Mark] = {}
        self._taken = 0  # offset in the source behind the last piece

    def feed(self, line: Line) -> None:
        """Takes the next line; furniture is the caller's to leave out."""
        if self.root.children and not line.cut and is_annex_line(line.text):
            self._open_annex(line)
            return
        mark = None if line.cut or line.kind == "table" else read_mark(line.text)
        if mark is not None:
            parent = self._parent_for(mark, line)
            if parent is not None:
                self._open(parent, mark, line, mark.start)
                return
        if line.kind == "heading" and not line.cut:
            self._open_heading(line)
            return
        self._add_text(line)

    def _add_text(self, line: Line) -> None:
        """Takes a line without a number of its own; articles may begin in it where line breaks were lost."""
        if line.kind != "table" and not line.row:
            for inner in inner_marks(line.text, 0):
                parent = self._parent_inside(inner, line.text) if inner.style.name in _FIXED else None
                if parent is not None:
                    self._add(line, 0, inner.start)
                    self._open(parent, inner, line, inner.start)
                    return
        self._add(line, 0, len(line.text))

    def _add(self, line: Line, start: int, end: int) -> None:
        if self._current is self.root:
            self._current = self.root.add(ClauseKind.PREAMBLE)
        # A list mark before the number (- 1、) is of the span, though not of the text.
        begin = max(line.start, self._taken)
        if any(c.isalnum() for c in line.text[:start]):
            begin = line.offset(start)
        self._taken = line.offset(end)
        self._current.pieces.append(Piece(line.text[start:end], line, begin, self._taken))

    def _open(self, parent: Unit, mark: Mark, line: Line, start: int) -> None:
        """Opens a unit, and those that begin further on in the same line."""
        self._begin(parent, mark)
        behind = mark.end
        for inner in inner_marks(line.text, mark.end):
            if inner.start < behind:
                continue
            follows = self._parent_inside(inner, line.text[behind : inner.start])
            if follows is not None:
                self._add(line, start, inner.start)
                self._begin(follows, inner)
                start, behind = inner.start, inner.end
        self._add(line, start, len(line.text))

    def _begin(self, parent: Unit, mark: Mark) -> None:
        self._current = parent.add(mark.style.kind, mark)
        if mark.style.name not in ("专栏", "——") and not self._in_box():
            self._last[mark.style.name] = mark

    def _open_heading(self, line: Line) -> None:
        unit = self._current
        while unit is not self.root and not (0 < unit.level < line.level):
            unit = unit.parent or self.root
        self._current = unit.add(ClauseKind.TEXT, level=line.level)
        self._add(line, 0, len(line.text))

    def _open_annex(self, line: Line) -> None:
        """An annex stands beside the text; its numbers begin anew."""
        self._last.clear()
        self._current = self.root.add(ClauseKind.TEXT, level=1)
        self._add(line, 0, len(line.text))

    def _in_box(self) -> bool:
        return any(unit.kind is ClauseKind.BOX for unit in self._current.chain())

    def _parent_inside(self, mark: Mark, before: str) -> Unit | None:
        """The parent for a number in the middle of a line, where it goes on with or opens a sequence."""
        name = mark.style.name
        if name in ("专栏", "——"):
            return None
        if name in _FIXED:
            follows = self._runs_on(mark) or (mark.value == 1 and (name == "节" or name not in self._last))
            return self._fixed_parent(mark) if follows else None
        exact = self._continued(mark)
        if exact is not None:
            return exact if name == self._current.style else None
        if not (mark.value == 1 or self._runs_on(mark)):
            return None
        if mark.style.rank <= self._rank(self._current) or self._current.style in ("", "——"):
            return None
        # The first of a list stands behind a heading, not within running text.
        heading = clean(before)
        return self._current if may_be_heading(heading) and width(heading) < 40 else None

    def _continued(self, mark: Mark) -> Unit | None:
        for unit in self._current.chain():
            if unit.mark is not None and unit.style == mark.style.name and _follows(unit.mark, mark):
                return unit.parent
        return None

    def _runs_on(self, mark: Mark) -> bool:
        last = self._last.get(mark.style.name)
        return last is not None and _follows(last, mark)

    @staticmethod
    def _rank(unit: Unit) -> int:
        return unit.mark.style.rank if unit.mark else -1

    def _parent_for(self, mark: Mark, line: Line) -> Unit | None:
        """The unit under which a line's number opens a new one, or None where it is no number."""
        name = mark.style.name
        if line.flows and self._breaks_off():
            return None
        if name == "专栏":
            title = line.text[mark.end :]
            fits = width(line.text) <= _WIDEST_BOX_TITLE and not has_sentence_end(title)
            return self._outside_box() if fits else None
        if name == "——":
            return None if self._is_cut() else self._dash_parent()
        exact = self._continued(mark)
        if exact is not None:
            return exact
        if self._is_cut():
            return None
        if name in _FIXED:
            return self._fixed_parent(mark)
        if (mark.value == 1 and mark.suffix == 0) or self._runs_on(mark):
            return self._nest(mark)
        return self._behind_gap(mark)

    def _is_cut(self) -> bool:
        pieces = self._current.pieces
        return bool(pieces) and pieces[-1].line.kind == "line" and is_cut_line(pieces[-1].text)

    def _breaks_off(self) -> bool:
        """Whether the line above stops within a sentence, told by its end alone."""
        pieces = self._current.pieces
        return bool(pieces) and not is_terminated(pieces[-1].text)

    def _outside_box(self) -> Unit:
        unit = self._current
        for above in self._current.chain():
            if above.kind is ClauseKind.BOX:
                unit = above.parent or self.root
        while unit.kind is ClauseKind.DASH:
            unit = unit.parent or self.root
        return unit if unit.kind is not ClauseKind.PREAMBLE else self.root

    def _outside_dash(self) -> Unit:
        unit = self._current
        while unit.kind is ClauseKind.DASH:
            unit = unit.parent or self.root
        return unit

    def _dash_parent(self) -> Unit:
        """The unit that dashes stand under; text that leads in to further dashes becomes one."""
        unit = self._outside_dash()
        last = self._current
        if last is not unit and len(last.pieces) > 1 and last.pieces[-1].text.endswith(("：", ":")):
            return self._lead_in(unit, last)
        return unit

    def _lead_in(self, parent: Unit, last: Unit) -> Unit:
        """Makes the last line of a list, which leads in to another list, a unit of its own."""
        if parent.kind is ClauseKind.TEXT and not parent.level and parent.parent is not None:
            parent = parent.parent
        lead = parent.add(ClauseKind.TEXT)
        lead.pieces.append(last.pieces.pop())
        return lead

    def _fixed_parent(self, mark: Mark) -> Unit | None:
        last = self._last.get(mark.style.name)
        if mark.style.name == "条" and last is not None and 1 < mark.value <= last.value:
            return None
        for unit in self._current.chain():
            if (unit.style in _FIXED and self._rank(unit) < mark.style.rank) or unit.level:
                return unit
        return self.root

    def _nest(self, mark: Mark) -> Unit:
        unit = self._outside_dash()
        if unit.kind is ClauseKind.PREAMBLE:
            return self.root
        led_in = bool(unit.pieces) and unit.pieces[-1].text.endswith(("：", ":"))
        if led_in and all(above.style != mark.style.name for above in unit.chain()):
            return unit
        if led_in and unit.parent is not None and len(unit.pieces) > 1:
            # A second list begins beside the first; its lead-in stands in the first one's last item.
            return self._lead_in(unit.parent, unit)
        while unit.parent is not None and unit.mark is not None and unit.style not in (*_FIXED, "专栏"):
            if self._rank(unit) < mark.style.rank:
                break
            unit = unit.parent
        return unit

    def _behind_gap(self, mark: Mark) -> Unit | None:
        """Where a number was lost in the source, the next one still opens a unit if it is a strong one."""
        if mark.style.name not in ("一、", "（一）"):
            return None
        for unit in self._current.chain():
            if unit.style == mark.style.name and unit.value < mark.value <= unit.value + 3:
                return unit.parent
        return None


def _follows(before: Mark, after: Mark) -> bool:
    if after.suffix:
        return after.value == before.value and after.suffix == before.suffix + 1
    return after.value == before.value + 1


def build_outline(lines: Sequence[Line]) -> Unit:
    """Builds the outline of one document.

    Args:
        lines: the document's lines behind its title, without furniture.

    Returns:
        The root; it has no text of its own.
    """
    builder = OutlineBuilder()
    for line in lines:
        builder.feed(line)
    return builder.root
