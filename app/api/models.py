"""What clients send and get, as OpenAPI describes it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, computed_field

from corpus.types import Clause, ClauseKind, Document, Validity
from rag.engine import LONGEST_QUESTION
from rag.types import Filters, Instead, Language

MOST_TURNS = 50
MOST_RESULTS = 100
EXAMPLE = "我们在黄埔区建了人工智能项目，固定资产投资1亿，能拿多少奖励？"

Question = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_QUESTION),
    Field(description="The question, in Chinese or English.", examples=[EXAMPLE]),
]
Id = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Asking(BaseModel):
    """What clients send: unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid")


class Limits(Asking):
    """What an answer is limited to."""

    zones: list[Name] = Field(
        default=[], max_length=50, description="Only these zones; a part of the name will do."
    )
    documents: list[Id] = Field(default=[], max_length=200, description="Only these documents, by id.")
    in_force_only: bool = Field(default=False, description="Leave out what has expired on the day of asking.")
    as_of: date | None = Field(default=None, description="The day of asking; today where it is left out.")


class EarlierTurn(Asking):
    """An earlier question of the dialogue, with what its answer said of itself."""

    question: Question
    standalone_question: str = Field(
        default="", max_length=2 * LONGEST_QUESTION, description="As the answer gave it."
    )
    cited: list[Id] = Field(default=[], max_length=50, description="The clause ids that the answer cited.")


class AskRequest(Asking):
    """A question."""

    question: Question
    language: Language | None = Field(
        default=None, description="The answer's own words; else the question's language."
    )
    history: list[EarlierTurn] = Field(
        default=[], max_length=MOST_TURNS, description="Earlier turns, oldest first."
    )
    filters: Limits = Field(default=Limits())
    stream: bool = Field(default=False, description="Server-sent events instead of one JSON object.")


class SearchRequest(Asking):
    """A question whose clauses are wanted, without an answer."""

    question: Question
    top: int = Field(default=10, ge=1, le=MOST_RESULTS, description="How many clauses.")
    filters: Limits = Field(default=Limits())


class Giving(BaseModel):
    """What clients get, made of the records."""

    model_config = ConfigDict(from_attributes=True)


class CitationBody(Giving):
    """A cited clause, by value."""

    clause_id: str = Field(examples=["huangpu-rules/6"])
    document: str
    label: str = Field(description="Computed from the document; no model writes it.")
    title: str
    zone: str
    path: tuple[str, ...] = Field(description="Headings from the top down.")
    text: str = Field(description="The clause's exact text.")
    quote: str = Field(description="The verbatim words of it that support the statement.")
    quotes: tuple[str, ...]
    validity: str = Field(description="Whether the document is in force on the day of asking.")
    lead_in: str
    gist: str = Field(description="An unofficial English summary; no part of the answer.")

    @computed_field(description="Permanent address of the clause, relative to the server's root.")  # type: ignore[prop-decorator]
    @property
    def url(self) -> str:
        """The clause's page."""
        return "clause/" + quote(self.clause_id, safe="/")


class StatementBody(Giving):
    """One sentence of an answer."""

    text: str
    citations: tuple[int, ...] = Field(description="Numbers into `citations`, from 1.")
    verified: bool = Field(description="Whether it is known to say what its clauses say.")
    own: str = Field(description="The clause's own sentence, to be shown beside words that are not verified.")


class RelatedBody(Giving):
    """Something that was not asked for but helps."""

    kind: Literal["procedure", "conditions", "contact", "validity", "amount"]
    text: str
    citation: CitationBody


class NoteBody(Giving):
    """What the product adds of itself."""

    kind: Literal["scope", "date", "computed", "expired", "conflict"]
    text: str


class RowBody(Giving):
    """What one cited clause says in a comparison; `amount`, `condition` and `words` are its own words."""

    name: str = Field(description="The place, or the document where those of one place are compared.")
    citation: int = Field(description="Number into `citations`, from 1.")
    amount: str = Field(description="How much is given; empty where it cannot be told apart for certain.")
    condition: str = Field(description="For whom and when; empty with `amount`.")
    words: tuple[str, ...] = Field(description="The clause's sentences where `amount` is empty.")
    english: str = Field(description="The figures of `amount` in English, for English questions.")


class ComparisonBody(Giving):
    """What several places or documents say about the same thing, side by side."""

    subject: Literal["place", "document"]
    rows: tuple[RowBody, ...]


class RefusalBody(Giving):
    """An honest no."""

    reason: str
    nearest: tuple[CitationBody, ...] = Field(
        description="Hints at the nearest clauses; they are no citations."
    )


class AnswerBody(Giving):
    """An answer: statements with their citations, a refusal, or a greeting returned."""

    question: str
    standalone_question: str = Field(description="As completed from the dialogue; send it back in `history`.")
    language: Language
    text: str = Field(description="The whole answer in plain text, with [n] after each statement.")
    statements: tuple[StatementBody, ...]
    citations: tuple[CitationBody, ...]
    related: tuple[RelatedBody, ...]
    notes: tuple[NoteBody, ...]
    comparison: ComparisonBody | None = Field(
        description="The cited clauses side by side, where places or documents are compared."
    )
    refusal: RefusalBody | None
    reply: str = Field(description="A greeting or thanks, answered in kind.")
    generator: str = Field(description="What wrote it.")
    because: str
    instead: Instead | None = Field(
        description="Why sentences of the clauses stand where a model should write."
    )
    index_generation: int = Field(description="The state of the index that it was answered from.")
    latency_ms: float


class CandidateBody(Giving):
    """A clause that was found."""

    clause_id: str
    document: str
    label: str
    text: str
    score: float = Field(description="From 0 to 1 over the clauses of one question.")


class SearchBody(Giving):
    """The clauses found, the best first."""

    results: list[CandidateBody]


class ClauseBody(Giving):
    """A clause or one of its paragraphs."""

    id: str
    kind: ClauseKind
    document: str
    title: str
    zone: str
    label: str
    path: tuple[str, ...]
    heading: str
    text: str
    parent: str
    children: tuple[str, ...] = Field(description="Ids of the units right below, paragraphs included.")
    responsible: tuple[str, ...]
    validity: Validity = Field(description="Of its document, on the day asked about.")


class DocumentBody(Giving):
    """A document."""

    id: str
    title: str
    zone: str
    source: str
    issuer: str
    doc_number: str
    issued: date | None
    effective: date | None
    expires: date | None
    validity: str = Field(description="The document's own words about how long it holds.")
    interpreting_department: str
    status: Validity = Field(description="On the day asked about.")


class DocumentsBody(Giving):
    """A page of the documents."""

    total: int
    documents: list[DocumentBody]


class Health(BaseModel):
    """Whether the server lives, or is ready to answer."""

    status: Literal["ok"]


def clause_body(clause: Clause, children: tuple[Clause, ...], document: Document, on: date) -> ClauseBody:
    """A clause as clients get it.

    Args:
        clause: the clause or paragraph unit.
        children: the units right below it.
        document: its document.
        on: the day for which its validity is told.
    """
    own = {name: getattr(clause, name) for name in ClauseBody.model_fields if hasattr(clause, name)}
    below = tuple(child.id for child in children)
    return ClauseBody(**own, children=below, validity=document.status(on))


def document_body(document: Document, on: date) -> DocumentBody:
    """A document as clients get it, with its status on a day."""
    own = {name: getattr(document, name) for name in DocumentBody.model_fields if name != "status"}
    return DocumentBody(**own, status=document.status(on))


def to_filters(limits: Limits, zones: tuple[str, ...], as_of: date | None) -> Filters:
    """What the engine is told of a client's limits.

    Args:
        limits: as the client sent them.
        zones: the zones that their names mean.
        as_of: the server's day of asking, where the client names none.
    """
    return Filters(zones, tuple(limits.documents), limits.in_force_only, limits.as_of or as_of)
