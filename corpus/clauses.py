"""Turns a document's outline into clauses: paragraphs, identifiers, paths, marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from corpus.headings import heading_words, unit_paragraphs
from corpus.layout import width
from corpus.paragraphs import Paragraph
from corpus.types import Clause, ClauseKind, Number, Span
from corpus.units import Unit

_LONGEST_LABEL = 30
_WORDS = {
    ClauseKind.PREAMBLE: "preamble",
    ClauseKind.CLOSING: "closing",
    ClauseKind.NOTICE: "notice",
    ClauseKind.DASH: "dash",
    ClauseKind.TEXT: "text",
    ClauseKind.BOX: "box",
}
_NAMES = {ClauseKind.PREAMBLE: "引言", ClauseKind.CLOSING: "文末", ClauseKind.NOTICE: "印发通知"}
_PREFIXES = {"编": "part", "章": "ch", "节": "s"}


@dataclass(frozen=True, slots=True)
class Naming:
    """What the clauses of one document have in common.

    Attributes:
        document: its id.
        title: its title.
        zone: its zone.
        source: the source's text, by which spans with nothing but white space between them are joined.
    """

    document: str
    title: str
    zone: str
    source: str = ""


def to_clauses(root: Unit, naming: Naming) -> list[Clause]:
    """Turns an outline into clauses.

    Args:
        root: the root of a finished outline.
        naming: document id, title and zone.

    Returns:
        The clauses in source order, each followed by its paragraph units.
    """
    writer = _Writer(naming)
    for child in root.children:
        writer.write(child, None)
    return writer.clauses


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a written unit stands, for the units below it."""

    id: str
    path: tuple[str, ...]
    marks: tuple[str, ...]


class _Writer:
    def __init__(self, naming: Naming) -> None:
        self.clauses: list[Clause] = []
        self._naming = naming
        self._used: dict[str, int] = {}
        self._counts: dict[str, int] = {}

    def write(self, first: Unit, above: _Place | None) -> None:
        stack: list[tuple[Unit, _Place | None]] = [(first, above)]
        while stack:
            unit, place = stack.pop()
            here = self._write_unit(unit, place)
            stack.extend((child, here) for child in reversed(unit.children))

    def _write_unit(self, unit: Unit, above: _Place | None) -> _Place:
        paragraphs = unit_paragraphs(unit)
        heading = heading_words(unit, paragraphs)
        parent = above.id if above else self._naming.document
        position = self._position(unit, parent)
        identifier = self._identifier(unit, parent, position)
        mark = _mark(unit, position, heading)
        number = _number(unit, position)
        marks = (mark,) if unit.kind is ClauseKind.BOX or above is None else (*above.marks, mark)
        path = (*(above.path if above else ()), _path_label(unit, mark, heading, paragraphs))
        place = _Place(identifier, path, tuple(m for m in marks if m))
        clause = Clause(
            id=identifier,
            kind=unit.kind,
            document=self._naming.document,
            title=self._naming.title,
            zone=self._naming.zone,
            number=number,
            path=path,
            marks=place.marks,
            heading=heading,
            text="\n".join(p.text for p in paragraphs),
            spans=self._spans(paragraphs),
            parent=above.id if above else "",
        )
        self.clauses.append(clause)
        self.clauses.extend(self._paragraph_units(clause, paragraphs))
        return place

    def _spans(self, paragraphs: Sequence[Paragraph]) -> tuple[Span, ...]:
        found: list[Span] = []
        for piece in (piece for paragraph in paragraphs for piece in paragraph.pieces):
            gap = self._naming.source[found[-1].end : piece.start] if found else "-"
            if self._naming.source and not gap.strip():
                found[-1] = Span(found[-1].start, piece.end)
            else:
                found.append(Span(piece.start, piece.end))
        return tuple(found)

    def _paragraph_units(self, clause: Clause, paragraphs: Sequence[Paragraph]) -> Iterator[Clause]:
        body = [p for p in paragraphs if not p.heading]
        if len(body) < 2:
            return
        for n, paragraph in enumerate(body, 1):
            mark = f"第{n}段"
            yield replace(
                clause,
                id=f"{clause.id}/p{n}",
                kind=ClauseKind.PARAGRAPH,
                number=Number("段", n),
                path=(*clause.path, mark),
                marks=(*clause.marks, mark),
                heading="",
                text=paragraph.text,
                spans=self._spans([paragraph]),
                parent=clause.id,
            )

    def _position(self, unit: Unit, parent: str) -> int:
        key = f"{parent} {unit.kind}"
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key]

    def _identifier(self, unit: Unit, parent: str, position: int) -> str:
        document = self._naming.document
        if unit.kind is ClauseKind.BOX:
            name = f"{document}/box{unit.value}"
        elif unit.kind is ClauseKind.ARTICLE:
            suffix = f"-{unit.mark.suffix}" if unit.mark and unit.mark.suffix else ""
            name = f"{document}/{unit.value}{suffix}"
            if name in self._used:
                name = f"{parent}/{unit.value}{suffix}"
        elif unit.mark is not None and unit.value:
            name = f"{parent}/{_PREFIXES.get(unit.style, '')}{unit.value}"
        else:
            word = _WORDS[unit.kind]
            single = unit.kind in _NAMES
            name = f"{parent}/{word}" if single and position == 1 else f"{parent}/{word}{position}"
        times = self._used[name] = self._used.get(name, 0) + 1
        return name if times == 1 else f"{name}~{times}"


def _mark(unit: Unit, position: int, heading: str) -> str:
    if unit.mark is not None and unit.value:
        if unit.parent is not None and unit.parent.kind is ClauseKind.BOX:
            return f"第{unit.value}项"
        return unit.mark.label
    if unit.kind is ClauseKind.DASH:
        return f"“——”第{position}项"
    if unit.kind is ClauseKind.TEXT and unit.level:
        return f"“{_clip(heading, 20)}”"
    if unit.kind is ClauseKind.TEXT:
        return f"第{_own_paragraphs(unit.parent) + position}段"
    return _NAMES.get(unit.kind, "")


def _own_paragraphs(unit: Unit | None) -> int:
    return sum(not p.heading for p in unit_paragraphs(unit)) if unit is not None else 0


def _number(unit: Unit, position: int) -> Number | None:
    if unit.mark is None:
        tail = unit.kind is ClauseKind.TEXT and not unit.level
        return Number("段", _own_paragraphs(unit.parent) + position) if tail else None
    return Number(unit.style, unit.value or position, unit.mark.suffix)


def _path_label(unit: Unit, mark: str, heading: str, paragraphs: Sequence[Paragraph]) -> str:
    label = heading
    if not label and paragraphs:
        offset = unit.mark.end - unit.mark.start if unit.mark else 0
        words = paragraphs[0].text[offset:].strip() if unit.kind not in _NAMES else ""
        words = words.rstrip("：:")
        label = words if width(words) <= _LONGEST_LABEL else re.split("[，。；：,;:]", words)[0]
    label = _clip(label, _LONGEST_LABEL + 10)
    if unit.level:
        return label
    if unit.kind is ClauseKind.DASH:
        return "——" + label
    if unit.kind in _NAMES and heading:
        return "".join(heading.split())
    gap = " " if label and mark and mark[-1] not in "、）)." else ""
    return f"{mark}{gap}{label}"


def _clip(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 10] + "…"
