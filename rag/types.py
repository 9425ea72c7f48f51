"""The records of questions and answers.

An answer carries its citations by value, so that it stays true after the index has changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal, Protocol

from corpus.types import Clause, Document, Enrichment

Language = Literal["zh", "en"]


class ClauseSource(Protocol):
    """Where clauses and documents are looked up; an open index is one."""

    @property
    def documents(self) -> Mapping[str, Document]:
        """The documents by id."""

    @property
    def clauses(self) -> Mapping[str, Clause]:
        """The clauses and paragraph units by id, in source order."""

    @property
    def enrichment(self) -> Mapping[str, Enrichment]:
        """The words by which people look for clauses and paragraph units, by their ids."""

    def children(self, clause_id: str) -> Sequence[Clause]:
        """The units right below a clause, its paragraph units included, in source order."""

    def clauses_of(self, document_id: str) -> Sequence[Clause]:
        """The clauses and paragraph units of a document, in source order."""


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


class Fact(StrEnum):
    """What kind of fact a question asks for."""

    AMOUNT = "amount"  # how much money
    RATIO = "ratio"  # what percentage
    QUANTITY = "quantity"  # how many of something: targets, counts
    CONDITION = "condition"  # who qualifies, what is required
    DEADLINE = "deadline"  # by when, how long
    OFFICE = "office"  # which department is responsible
    PHONE = "phone"  # whom to call
    PAYER = "payer"  # whose budget bears the cost
    VALIDITY = "validity"  # since when, until when the policy holds
    PROCEDURE = "procedure"  # how and where to apply, with which papers
    DEFINITION = "definition"  # what something means
    PLACE = "place"  # where
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Concept:
    """One content word of a question, with what says the same in the texts.

    Attributes:
        words: folded words, any of which serves; the person's own first.
        weight: how much it says about the subject, from 0 to 1; how rare it is comes on top.
        carried: whether it comes from an earlier turn of the dialogue.
    """

    words: tuple[str, ...]
    weight: float
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A question as understood.

    Attributes:
        question: what the person typed.
        standalone: the same, completed from the dialogue; equal to ``question`` where it stands alone.
        language: the question's language; the answer's own words follow it.
        folded: ``corpus.text.fold`` of ``standalone``.
        terms: lexical tokens with weights for the lexical index.
        zones: zones (``Document.zone``) the question names, in the order named.
        documents: ids of documents the question names.
        facts: what is asked for, the most wanted first.
        comparison: whether it asks for the same thing in several zones or documents.
        survey: whether it asks which of all the places do something, and names none.
        smalltalk: a greeting or thanks that wants no evidence; empty otherwise.
        inputs: amounts, counts and dates that the person states about their own case, as typed.
        concepts: its content words; ``terms`` holds the tokens of all of them.
        local: ids of all documents of the places it names; empty where it names none.
        excluded: ids of documents that it says it does not mean.
        absent: places it names that no document of the collection stands for.
        recent: ids of the clauses cited in the answer that it follows up.
        articles: values of the articles it names, such as 3 for 第三条.
        context: the earlier questions that it leans on; empty where it stands alone or is an earlier one
            with another place or figure.
        lean: how much it leans on them, from 0 to 1.
    """

    question: str
    standalone: str
    language: Language
    folded: str
    terms: tuple[tuple[str, float], ...]
    zones: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    comparison: bool = False
    survey: bool = False
    smalltalk: Literal["", "greeting", "thanks"] = ""
    inputs: tuple[str, ...] = ()
    concepts: tuple[Concept, ...] = ()
    local: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()
    articles: tuple[int, ...] = ()
    context: str = ""
    lean: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A retrieved clause with its scores, each between 0 and 1 over the candidates of one question.

    Attributes:
        clause_id: id of the clause or paragraph unit.
        score: the fused score that orders the candidates.
        lexical: normalised BM25 score.
        dense: cosine similarity of the best passage.
        coverage: share of the question's content weight (idf) that the clause with its headings holds.
        match: BM25 as a share of the most that the question's words can score; comparable across questions.
        asked: share of the question's words that stand in the clause's enrichment.
        wording: cosine similarity of the nearest question that the clause's enrichment holds.
    """

    clause_id: str
    score: float
    lexical: float
    dense: float
    coverage: float
    match: float = 0.0
    asked: float = 0.0
    wording: float = 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """A clause chosen to answer, with the sentences of it that do.

    Attributes:
        clause_id: the cited unit: a paragraph unit where that is enough, else the clause.
        sentences: offsets ``[start, end)`` into the unit's text, the most wanted first.
        score: how sure the choice is, between 0 and 1.
    """

    clause_id: str
    sentences: tuple[tuple[int, int], ...]
    score: float


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
        quotes: every quoted stretch of ``text`` in the order it is said, ``quote`` first.
        gist: an unofficial English summary of the clause, for English questions; empty otherwise. It is
            never part of the answer.
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
    quotes: tuple[str, ...] = ()
    gist: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of an answer.

    Attributes:
        text: the words shown.
        citations: 1-based numbers into ``Answer.citations`` (or ``Answer.related`` for related statements).
        verified: whether it is known to say what its clauses say, no more and no less.
        own: the clause's own sentence, to be shown beside words that are not verified.
        applied: whether it says what a rule gives in the person's own case.
    """

    text: str
    citations: tuple[int, ...]
    verified: bool = True
    own: str = ""
    applied: bool = False


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
class Row:
    """What one cited clause says in a comparison; but for ``name`` and ``english`` in its own words.

    Attributes:
        name: the place, or the document where those of one place are compared.
        citation: 1-based number into ``Answer.citations``; how long the clause holds is said there.
        amount: the stretch that says how much is given; empty where the two cannot be told apart for certain.
        condition: the stretch that says for whom, what and when; empty with ``amount``.
        words: the sentences as they stand where ``amount`` is empty; none otherwise.
        english: the figures of ``amount`` in English, for English questions; empty otherwise.
    """

    name: str
    citation: int
    amount: str = ""
    condition: str = ""
    words: tuple[str, ...] = ()
    english: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What several places or documents say about the same thing, side by side.

    Attributes:
        subject: what is compared.
        rows: one for each cited clause, in the order of the citations.
    """

    subject: Literal["place", "document"]
    rows: tuple[Row, ...]

    @property
    def parted(self) -> bool:
        """Whether amounts stand apart from conditions in any row."""
        return any(row.amount for row in self.rows)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a generator wrote, before verification.

    Attributes:
        statements: what answers the question; citation numbers count from 1 into ``citations``.
        citations: the cited units, the most important first.
        related: what was not asked for but helps.
        notes: what the product adds of itself.
        comparison: the same side by side, where places or documents are compared.
    """

    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    related: tuple[Related, ...] = ()
    notes: tuple[Note, ...] = ()
    comparison: Comparison | None = None


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


class Instead(StrEnum):
    """Why the extractive answer stands where a language model should have written one."""

    UNPROVEN = "unproven"  # nothing that it wrote could be proved
    FAILED = "failed"  # it cannot be reached, or could not go on
    LATE = "late"  # it took too long


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer; see ``docs/architecture.md`` for how it is shown."""

    question: str
    language: Language
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    related: tuple[Related, ...] = ()
    notes: tuple[Note, ...] = ()
    comparison: Comparison | None = None  # the statements' clauses side by side, to be shown as a table
    refusal: Refusal | None = None
    reply: str = ""  # a greeting or thanks, answered in kind; nothing else is set then
    retrieved: tuple[Candidate, ...] = ()
    standalone_question: str = ""  # the question as completed from the dialogue
    generator: str = "extractive"
    because: str = ""  # why that generator, where a language model is in place
    instead: Instead | None = None  # why the extractive answer stands where a model should have written
    index_generation: int = 0  # the state of the index that it was answered from
    ahead: int | None = None  # questions before this one, while a model is still to write or writing
    latency_ms: float = 0.0
    cpu_ms: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def prose(self) -> tuple[Statement, ...]:
        """The statements to show beside the comparison: not those that are its clauses' own sentences."""
        if self.comparison is None or self.generator != "extractive":
            return self.statements
        return tuple(statement for statement in self.statements if statement.applied)

    @property
    def remarks(self) -> tuple[Note, ...]:
        """The notes to show beside the statements: a computation is in its statement already."""
        return tuple(note for note in self.notes if note.kind != "computed")

    @property
    def text(self) -> str:
        """The answer as plain text: what was asked for, with [n] after each statement."""
        if self.refusal:
            return self.refusal.reason
        if self.reply:
            return self.reply
        lines = [self.told(s) + "".join(f"[{n}]" for n in s.citations) for s in self.statements]
        return "\n".join(lines)

    def told(self, statement: Statement) -> str:
        """A statement's words; those that are not verified say so, with the clause's own beside them."""
        if statement.verified:
            return statement.text
        if self.language == "zh":
            return f"{statement.text}（未经核实，原文为：“{statement.own}”）"
        return f"{statement.text} (not verified; the clause says: “{statement.own}”)"
