"""Turns a document's outline into clauses: paragraphs, identifiers, paths, marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.outline import Unit
from corpus.paragraphs import (
    Paragraph,
    has_sentence_end,
    is_clear_heading,
    is_terminated,
    join_pieces,
    may_be_heading,
)
from corpus.layout import width
from corpus.types import Clause, ClauseKind, Number, Span

_LONGEST_LABEL = 30
_LONGEST_HEADING = 40
_WORDS = {
    ClauseKind.PREAMBLE: "preamble",
    ClauseKind.CLOSING: "closing",
    ClauseKind.NOTICE: "notice",
    ClauseKind.DASH: "dash",
    ClauseKind.TEXT: "text",
    ClauseKind.TABLE: "table",
    ClauseKind.BOX: "box",
}
_NAMES = {ClauseKind.PREAMBLE: "引言", ClauseKind.CLOSING: "文末", ClauseKind.NOTICE: "印发通知"}
_PREFIXES = {"编": "part", "章": "ch", "节": "s"}
_HEADING_END = re.compile(r"[。；;：:]")


@dataclass(frozen=True, slots=True)
class Naming:
    """What the clauses of one document have in common."""

    document: str
    title: str
    zone: str


def unit_paragraphs(unit: Unit) -> list[Paragraph]:
    """The paragraphs of a unit's own text.

    Args:
        unit: a unit of a finished outline.

    Returns:
        Its paragraphs in order; a heading on a line of its own is the first and marked so.
    """
    return join_pieces(unit.pieces, _first_is_heading(unit))


def _first_is_heading(unit: Unit) -> bool:
    if not unit.pieces:
        return False
    first = unit.pieces[0]
    if unit.level or unit.kind is ClauseKind.BOX:
        return True
    if unit.mark is None or unit.kind is ClauseKind.DASH:
        return len(unit.pieces) > 1 and _is_bare_title(first.text)
    if not may_be_heading(first.text):
        return False
    if is_terminated(first.text):
        return unit.kind is not ClauseKind.ARTICLE and _introduces(unit)
    if is_clear_heading(first.text) or first.line.kind != "line":
        return True
    return _siblings_have_headings(unit)


def _is_bare_title(text: str) -> bool:
    """Such as 前 言 above an introduction."""
    return "".join(text.split()) in ("前言", "引言", "序言", "导言", "总论")


def _introduces(unit: Unit) -> bool:
    """Whether a short first sentence stands as a heading above the unit's text."""
    text = unit.pieces[0].text
    follows = len(unit.pieces) > 1 and unit.pieces[1].text[:1] not in "（([〔"
    return follows and text.endswith("。") and width(text) <= _LONGEST_HEADING


def _siblings_have_headings(unit: Unit) -> bool:
    siblings = [u for u in unit.parent.children if u.style == unit.style and u is not unit] if unit.parent else []
    if not siblings:
        return True
    return 2 * sum(bool(u.pieces) and not is_terminated(u.pieces[0].text) and may_be_heading(u.pieces[0].text) for u in siblings) > len(siblings)


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
        self._used: set[str] = set()
        self._counts: dict[str, int] = {}

    def write(self, first: Unit, above: _Place | None) -> None:
        stack: list[tuple[Unit, _Place | None]] = [(first, above)]
        while stack:
            unit, place = stack.pop()
            here = self._write_unit(unit, place)
            stack.extend((child, here) for child in reversed(unit.children))

    def _write_unit(self, unit: Unit, above: _Place | None) -> _Place:
        paragraphs = unit_paragraphs(unit)
        heading = _heading(unit, paragraphs)
        parent = above.id if above else self._naming.document
        position = self._position(unit, parent)
        identifier = self._identifier(unit, parent, position)
        mark = _mark(unit, position)
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
            spans=_spans(paragraphs),
            parent=above.id if above else "",
        )
        self.clauses.append(clause)
        self.clauses.extend(_paragraph_units(clause, paragraphs))
        return place

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
        unique, again = name, 2
        while unique in self._used:
            unique, again = f"{name}~{again}", again + 1
        self._used.add(unique)
        return unique


def _heading(unit: Unit, paragraphs: Sequence[Paragraph]) -> str:
    """The unit's heading words without its number; empty where it has none."""
    if not paragraphs:
        return ""
    first = paragraphs[0].text
    offset = unit.mark.end - unit.mark.start if unit.mark else 0
    words = first[offset:].strip()
    if paragraphs[0].heading:
        return words.rstrip("。：:")
    if unit.mark is None:
        return ""
    end = _HEADING_END.search(words)
    if end is None:
        return words if not is_terminated(words) and width(words) <= _LONGEST_HEADING and len(paragraphs) == 1 else ""
    title = words[: end.start()]
    last = end.end() >= len(words)
    article = unit.kind is ClauseKind.ARTICLE
    if last and (article or has_sentence_end(words)) and not unit.children:
        return ""
    plain = "，" not in title or not article
    return title if width(title) <= _LONGEST_LABEL and plain and words[end.start()] in "。：:" else ""


def _mark(unit: Unit, position: int) -> str:
    if unit.mark is not None and unit.value:
        if unit.parent is not None and unit.parent.kind is ClauseKind.BOX:
            return f"第{unit.value}项"
        return unit.mark.label
    if unit.kind is ClauseKind.DASH:
        return f"“——”第{position}项"
    if unit.kind is ClauseKind.TABLE:
        return f"表{position}"
    return _NAMES.get(unit.kind, "")


def _number(unit: Unit, position: int) -> Number | None:
    if unit.mark is None:
        return Number("段", position) if unit.kind is ClauseKind.TEXT and not unit.level else None
    return Number(unit.style, unit.value or position, unit.mark.suffix)


def _path_label(unit: Unit, mark: str, heading: str, paragraphs: Sequence[Paragraph]) -> str:
    label = heading
    if not label and paragraphs:
        offset = unit.mark.end - unit.mark.start if unit.mark else 0
        words = paragraphs[0].text[offset:].strip() if unit.kind not in _NAMES else ""
        label = words if width(words) <= _LONGEST_LABEL else re.split("[，。；：,;:]", words)[0]
    if len(label) > _LONGEST_LABEL + 10:
        label = label[:_LONGEST_LABEL] + "…"
    if unit.kind is ClauseKind.DASH:
        return "——" + label
    gap = " " if label and mark and mark[-1] not in "、）)." else ""
    return f"{mark}{gap}{label}"


def _spans(paragraphs: Sequence[Paragraph]) -> tuple[Span, ...]:
    return tuple(Span(p.start, p.end) for paragraph in paragraphs for p in paragraph.pieces)


def _paragraph_units(clause: Clause, paragraphs: Sequence[Paragraph]) -> Iterator[Clause]:
    body = [p for p in paragraphs if not p.heading]
    if len(body) < 2:
        return
    for n, paragraph in enumerate(body, 1):
        mark = f"第{n}段"
        yield Clause(
            id=f"{clause.id}/p{n}",
            kind=ClauseKind.PARAGRAPH,
            document=clause.document,
            title=clause.title,
            zone=clause.zone,
            number=Number("段", n),
            path=(*clause.path, mark),
            marks=(*clause.marks, mark),
            heading="",
            text=paragraph.text,
            spans=_spans([paragraph]),
            parent=clause.id,
        )
