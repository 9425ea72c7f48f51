"""The page of one clause within its whole document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from app.i18n import Messages, messages
from app.quoted import Piece, highlight
from app.render import badge_of, clause_href, render
from corpus.types import Clause, ClauseKind, Document
from rag.types import Language

if TYPE_CHECKING:
    from rag.engine import PolicyQA

_CONTENTS_DEPTH = 2
_CONTENTS_LABEL = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of a unit; ``cited`` where it is the very paragraph that was asked for."""

    pieces: tuple[Piece, ...]
    cited: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """One clause as the page shows it.

    Attributes:
        anchor: id of its element.
        href: its permanent address, relative to the root of the site.
        label: its citation label.
        depth: how deep it stands, from 1.
        heading: whether it is a heading without words of its own.
        contents: its line in the table of contents; empty where it has none.
        cited: whether it is the clause that was asked for.
        lines: its paragraphs.
    """

    anchor: str
    href: str
    label: str
    depth: int
    heading: bool
    contents: str
    cited: bool
    lines: tuple[Line, ...]


def clause_page(
    engine: PolicyQA, wanted: str, quotes: Sequence[str], language: Language, on: date
) -> str | None:
    """The HTML page of a clause, a paragraph unit or a whole document.

    Args:
        engine: what holds it.
        wanted: id of the clause, paragraph unit or document.
        quotes: words of the clause to highlight; those that do not occur are passed over.
        language: the page's language.
        on: the day for which the badge says whether the document holds.

    Returns:
        The page, or None where there is no such clause or document.
    """
    clause = engine.clauses.get(wanted)
    document = engine.documents.get(clause.document if clause else wanted)
    if document is None:
        return None
    words = messages(language)
    return render(
        "clause.html",
        language,
        root=_root(wanted),
        document=document,
        badge=badge_of(document, on, words),
        facts=_facts(document, words),
        cited=clause,
        units=_units([c for c in engine.clauses.values() if c.document == document.id], clause, quotes),
    )


def missing_page(wanted: str, language: Language) -> str:
    """The HTML page that says that there is no such clause."""
    return render("missing.html", language, root=_root(wanted), wanted=wanted)


def _root(wanted: str) -> str:
    """The way from ``/clause/<id>`` back to the root of the site."""
    return "../" * (1 + wanted.count("/"))


def _facts(document: Document, words: Messages) -> list[tuple[str, str]]:
    """What is known of a document, as name and value."""

    def day(value: date | None) -> str:
        return words.day(value) if value else ""

    facts = [
        (words("clause_issuer"), document.issuer),
        (words("clause_number"), document.doc_number),
        (words("clause_issued"), day(document.issued)),
        (words("clause_effective"), day(document.effective)),
        (words("clause_expires"), day(document.expires)),
        (words("clause_interpreting"), document.interpreting_department),
        (words("clause_source"), document.source),
    ]
    return [(name, value) for name, value in facts if value]


def _units(clauses: Sequence[Clause], cited: Clause | None, quotes: Sequence[str]) -> list[Unit]:
    paragraph = cited if cited and cited.kind is ClauseKind.PARAGRAPH else None
    target = paragraph.parent if paragraph else cited.id if cited else ""
    return [
        _unit(k, clause, clause.id == target, paragraph if clause.id == target else None, quotes)
        for k, clause in enumerate((c for c in clauses if c.kind is not ClauseKind.PARAGRAPH), 1)
    ]


def _unit(
    position: int, clause: Clause, cited: bool, paragraph: Clause | None, quotes: Sequence[str]
) -> Unit:
    depth = max(len(clause.path), 1)
    heading = bool(clause.heading) and clause.text.strip().endswith(clause.heading)
    return Unit(
        anchor="cited" if cited else f"u{position}",
        href=clause_href(clause.id),
        label=clause.label,
        depth=depth,
        heading=heading,
        contents=_shorten(clause.path[-1]) if clause.path and depth <= _CONTENTS_DEPTH else "",
        cited=cited,
        lines=_lines(clause.text, paragraph.text if paragraph else "", quotes if cited else ()),
    )


def _shorten(label: str) -> str:
    return label if len(label) <= _CONTENTS_LABEL else label[:_CONTENTS_LABEL] + "…"


def _lines(text: str, paragraph: str, quotes: Sequence[str]) -> tuple[Line, ...]:
    """A text's paragraphs with the quoted words set apart, also where a quote runs over several."""
    lines: list[list[Piece]] = [[]]
    for piece in highlight(text, quotes):
        first, *rest = piece.text.split("\n")
        lines[-1].append(Piece(first, piece.quoted))
        lines += [[Piece(part, piece.quoted)] for part in rest]
    return tuple(
        Line(
            tuple(p for p in pieces if p.text),
            bool(paragraph) and "".join(p.text for p in pieces) == paragraph,
        )
        for pieces in lines
    )
