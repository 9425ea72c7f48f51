"""The records of questions and answers.

An answer carries its citations by value, so that it stays true after the index has changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a dialogue: what was asked, and what was answered."""

    question: str
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What a person limits the answer to.

    Attributes:
        zones: only these zones (``Document.zone``); empty means all.
        documents: only these document ids; empty means all.
        in_force_only: leave out documents that have expired on ``as_of``.
        as_of: the day of asking; None means today.
    """

    zones: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    in_force_only: bool = False
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A cited clause or paragraph unit, by value.

    Attributes:
        clause_id: id of the clause or paragraph unit; ``/clause/<id>`` shows it.
        document: id of its document.
        label: computed label, such as 《武汉…若干政策》第五条.
        title: the document's title.
        zone: the document's zone.
        path: headings from the top down.
        text: exactly the clause's or paragraph unit's text.
        quote: the verbatim words of ``text`` that support the statement.
        validity: one line on whether the document is in force on the day of asking.
        lead_in: text of the unit above where ``text`` does not stand alone; empty otherwise.
        spans: character offsets of ``text`` in the source file.
    """

    clause_id: str
    document: str
    label: str
    title: str
    zone: str
    path: tuple[str, ...]
    text: str
    quote: str
    validity: str
    lead_in: str = ""
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer.

    Attributes:
        text: the words shown.
        citations: 1-based numbers into ``Answer.citations`` (or ``Answer.related`` for related statements).
        verified: whether verification passed.
    """

    text: str
    citations: tuple[int, ...]
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Related:
    """Something that was not asked for but helps: procedure, conditions, contact, validity."""

    kind: Literal["procedure", "conditions", "contact", "validity", "amount"]
    text: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Note:
    """What the product adds of itself.

    Attributes:
        kind: ``scope`` (of the collection), ``date`` (as of), ``computed`` (a sum with its inputs, as
            ``400万 × 30% = 120万``), ``expired`` or ``conflict`` (one warning each).
        text: the words shown.
    """

    kind: Literal["scope", "date", "computed", "expired", "conflict"]
    text: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """An honest no.

    Attributes:
        reason: one sentence in the question's language.
        nearest: hints at the nearest clauses; they are not citations.
    """

    reason: str
    nearest: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A retrieved clause with its fused score."""

    clause_id: str
    document: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer; see ``docs/architecture.md`` for how it is shown."""

    question: str
    language: Language
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    related: tuple[Related, ...] = ()
    notes: tuple[Note, ...] = ()
    refusal: Refusal | None = None
    reply: str = ""  # a greeting or thanks, answered in kind; nothing else is set then
    retrieved: tuple[Candidate, ...] = ()
    standalone_question: str = ""  # the question as completed from the dialogue
    generator: str = "extractive"
    latency_ms: float = 0.0
    cpu_ms: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The answer as plain text: what was asked for, with [n] after each statement."""
        if self.refusal:
            return self.refusal.reason
        if self.reply:
            return self.reply
        lines = [s.text + "".join(f"[{n}]" for n in s.citations) for s in self.statements]
        return "\n".join(lines)
