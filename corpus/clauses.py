"""Turns a document's outline into clauses: paragraphs, identifiers, paths, marks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from corpus.layout import is_narrow, width
from corpus.outline import Unit
from corpus.paragraphs import (
    Paragraph,
    is_clear_heading,
    is_office_bracket,
    is_terminated,
    join_pieces,
    may_be_heading,
)
from corpus.types import Clause, ClauseKind, Number, Span

_LONGEST_LABEL = 30
_LONGEST_HEADING = 40
_LONGEST_PART = 27
_NEAR = 5
_STOPS = ("。", "；", "：", ";", ":")
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


def unit_paragraphs(unit: Unit) -> list[Paragraph]:
    """The paragraphs of a unit's own text.

    Args:
        unit: a unit of a finished outline.

    Returns:
        Its paragraphs in order; a heading on a line of its own is the first and marked so.
    """
    return join_pieces(unit.pieces, _opening(unit))


def _opening(unit: Unit) -> Literal["heading", "cut", ""]:
    """What a unit's first line is: a heading, a sentence that goes on below, or neither."""
    if not unit.pieces:
        return ""
    first = unit.pieces[0]
    if unit.level or unit.kind is ClauseKind.BOX:
        return "heading"
    if unit.mark is None or unit.kind is ClauseKind.DASH:
        return "heading" if len(unit.pieces) > 1 and _is_bare_title(first.text) else ""
    if not may_be_heading(first.text):
        return ""
    if is_terminated(first.text):
        return "heading" if unit.kind is not ClauseKind.ARTICLE and _introduces(unit) else ""
    if first.line.kind != "line" or len(unit.pieces) == 1 or _siblings_have_headings(unit):
        return "heading"
    return "cut"


def _is_bare_title(text: str) -> bool:
    """Such as 前 言 above an introduction."""
    return "".join(text.split()) in ("前言", "引言", "序言", "导言", "总论")


def _introduces(unit: Unit) -> bool:
    """Whether a short first sentence stands as a heading above the unit's text, as in the units beside it."""
    if not _is_heading_sentence(unit) or len(unit.pieces) < 2 or is_office_bracket(unit.pieces[1].text):
        return False
    beside = _beside(unit)
    return 2 * sum(_opens_with_heading(u) for u in beside) >= len(beside)


def _opens_with_heading(unit: Unit) -> bool:
    if _is_heading_sentence(unit):
        return len(unit.pieces) > 1 or bool(unit.children)
    return bool(_first_sentence(unit))


def _is_heading_sentence(unit: Unit) -> bool:
    text = unit.pieces[0].text if unit.pieces else ""
    return text.endswith("。") and may_be_heading(text) and width(text) <= _LONGEST_HEADING


def _beside(unit: Unit) -> list[Unit]:
    """The nearest units of the same list."""
    if unit.parent is None:
        return []
    near = unit.parent.children[max(0, unit.place - _NEAR) : unit.place + _NEAR + 1]
    return [u for u in near if u.style == unit.style and u is not unit]


def _siblings_have_headings(unit: Unit) -> bool:
    """Whether an unterminated first line stands as a heading, judged by the units beside it."""
    beside = [u for u in _beside(unit) if u.pieces]
    if not beside:
        return unit.kind is not ClauseKind.ARTICLE or is_clear_heading(unit.pieces[0].text)
    headed = sum(may_be_heading(u.pieces[0].text) and not u.pieces[0].text.endswith(_STOPS) for u in beside)
    return 2 * headed >= len(beside)


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
        heading = _heading(unit, paragraphs)
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


def _heading(unit: Unit, paragraphs: Sequence[Paragraph]) -> str:
    """The unit's heading words without its number; empty where it has none."""
    if not paragraphs or (unit.mark is None and not paragraphs[0].heading):
        return ""
    offset = unit.mark.end - unit.mark.start if unit.mark else 0
    words = paragraphs[0].text[offset:].strip()
    if paragraphs[0].heading:
        return words.rstrip("。：:")
    if _HEADING_END.search(words) is None:
        bare = len(paragraphs) == 1 and width(words) <= _LONGEST_HEADING
        return words if bare and (bool(unit.children) or not is_terminated(words)) else ""
    first = _first_sentence(unit)
    beside = _beside(unit)
    return first if first and 2 * sum(bool(_first_sentence(u)) for u in beside) >= len(beside) else ""


def _first_sentence(unit: Unit) -> str:
    """The words of a short first sentence that may be a heading in the run of the text, else nothing."""
    if not unit.pieces:
        return ""
    offset = unit.mark.end - unit.mark.start if unit.mark else 0
    words = unit.pieces[0].text[offset:].strip()
    end = _HEADING_END.search(words)
    if end is None or words[end.start()] not in "。：:":
        return ""
    title = words[: end.start()]
    alone = end.end() >= len(words) and len(unit.pieces) == 1
    if alone and (unit.kind is ClauseKind.ARTICLE or not unit.children or words[end.start()] != "。"):
        return ""
    if not is_narrow(title, _LONGEST_LABEL):
        return ""
    return title if all(is_narrow(part, _LONGEST_PART) for part in re.split("[，,]", title)) else ""


def _mark(unit: Unit, position: int, heading: str) -> str:
    if unit.mark is not None and unit.value:
        if unit.parent is not None and unit.parent.kind is ClauseKind.BOX:
            return f"第{unit.value}项"
        return unit.mark.label
    if unit.kind is ClauseKind.DASH:
        return f"“——”第{position}项"
    if unit.kind is ClauseKind.TABLE:
        return f"表{position}"
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
