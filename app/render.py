"""Answers and clauses as HTML; every value is escaped by the templates."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote as url_quote
from urllib.parse import urlencode

from app.authorship import told_by
from app.conversation import State
from app.i18n import Messages, messages
from app.markdown import answer_markdown
from app.quoted import Piece, excerpt, highlight, quoted_words
from app.sources import Sources, number_sources
from corpus.types import Document, Validity
from rag.types import Answer, Citation, Language

if TYPE_CHECKING:
    from jinja2 import Environment

Standing = Literal["held", "changed", "gone"]
"""Whether the collection holds a clause in the words that were cited, in others, or no more."""

_INTRODUCES = ("：", ":")
_LONGEST_QUOTE_IN_ADDRESS = 400


@dataclass(frozen=True, slots=True)
class Badge:
    """Whether a document holds, as a coloured label.

    Attributes:
        kind: ``in-force``, ``not-yet``, ``expired``, ``not-stated``, or ``see-text`` where no date is stated.
        text: the words shown.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """One cited clause as the source panel shows it.

    Attributes:
        number: what the answer's statements call it; 0 for a hint.
        anchor: id of its card in the page.
        href: address of the clause's own page, relative to the chat's.
        citation: what is cited.
        badge: whether its document holds.
        pieces: the clause's words, or those around the quote where it is long.
        whole: the whole clause's words; empty where ``pieces`` are the whole already.
        items: the words of the clauses below, where the clause only introduces them.
        standing: whether the collection still holds it.
    """

    number: int
    anchor: str
    href: str
    citation: Citation
    badge: Badge
    pieces: tuple[Piece, ...]
    whole: tuple[Piece, ...]
    items: tuple[str, ...]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Setting:
    """What an answer is shown with.

    Attributes:
        words: the interface's words.
        on: the day of asking.
        documents: the documents by id, for the badges.
        items: gives the words of the clauses below one, by its id.
        standing: tells whether the collection still holds what is cited.
    """

    words: Messages
    on: date
    documents: Mapping[str, Document]
    items: Callable[[str], Sequence[str]]
    standing: Callable[[Citation], Standing]


@dataclass(frozen=True, slots=True)
class TurnView:
    """One question with its answer as shown.

    Attributes:
        number: its place in the conversation, from 1.
        question: what the person typed.
        answer: the answer so far; None while nothing has been found yet.
        state: what became of the question.
        error: what to say where it failed.
        limits: what the person limited the answer to, in words.
        day: the day of asking, in words.
        cited: the cards of the clauses that the statements cite.
        more: the cards of further clauses, of what was not asked for but helps.
        related: the card of each related provision, one of those.
        hints: the cards of the nearest clauses, where there is no answer.
        markdown: the answer to copy or export.
        feedback: the answer as it goes with what the person says of it, in JSON.
        told: who wrote it, or why a language model did not; empty without one.
        checked: whether its statements say that they are verified.
    """

    number: int
    question: str
    answer: Answer | None
    state: State
    error: str
    limits: tuple[str, ...]
    day: str
    cited: tuple[Source, ...]
    more: tuple[Source, ...]
    related: tuple[Source, ...]
    hints: tuple[Source, ...]
    markdown: str
    feedback: str
    told: str
    checked: bool


def badge_of(document: Document | None, on: date, words: Messages) -> Badge:
    """The badge that says whether a document holds on the day ``on``."""
    if document is None:
        return Badge("not-stated", words("status_not_stated"))
    status = document.status(on)
    if status is Validity.EXPIRED and document.expires:
        return Badge("expired", words("status_expired", date=words.day(document.expires)))
    if status is Validity.NOT_YET and document.effective:
        return Badge("not-yet", words("status_not_yet", date=words.day(document.effective)))
    if status is Validity.IN_FORCE and document.expires:
        return Badge("in-force", words("status_in_force_until", date=words.day(document.expires)))
    if status is Validity.IN_FORCE:
        return Badge("in-force", words("status_in_force"))
    if document.validity:
        return Badge("see-text", words("status_see_text"))
    return Badge("not-stated", words("status_not_stated"))


def introduces(citation: Citation) -> bool:
    """Whether a clause only introduces those below it."""
    return citation.text.endswith(_INTRODUCES)


def clause_href(clause_id: str, quotes: Sequence[str] = ()) -> str:
    """The address of a clause's page with quotes to highlight, relative to the root of the site."""
    address = "clause/" + url_quote(clause_id, safe="/")
    shown = [("quote", quote[:_LONGEST_QUOTE_IN_ADDRESS]) for quote in quotes]
    return f"{address}?{urlencode(shown)}" if shown else address


def view_turn(
    number: int,
    question: str,
    answer: Answer | None,
    state: State,
    error: str = "",
    *,
    limits: tuple[str, ...] = (),
    setting: Setting,
) -> TurnView:
    """Prepare one question with its answer for the templates.

    Args:
        number: its place in the conversation, from 1.
        question: what the person typed.
        answer: the answer so far, if any.
        state: what became of the question.
        error: what to say where it failed.
        limits: what the person limited the answer to, in words.
        setting: what it is shown with.
    """
    sources = number_sources(answer) if answer else Sources((), (), ())
    hints = answer.refusal.nearest if answer and answer.refusal else ()
    first = len(sources.cited) + 1
    cited = tuple(
        _source(c, n, f"s{number}-c{n}", _quotes(c, n, answer), setting)
        for n, c in enumerate(sources.cited, 1)
    )
    more = tuple(
        _source(c, n, f"s{number}-c{n}", c.quotes or (c.quote,), setting)
        for n, c in enumerate(sources.more, first)
    )
    return TurnView(
        number=number,
        question=question,
        answer=answer,
        state=state,
        error=error,
        limits=limits,
        day=setting.words.day(setting.on),
        cited=cited,
        more=more,
        related=tuple((*cited, *more)[n - 1] for n in sources.related),
        hints=tuple(_source(c, 0, f"s{number}-h{n}", (), setting) for n, c in enumerate(hints, 1)),
        markdown=answer_markdown(question, answer, setting.words) if answer and state == "done" else "",
        feedback=_for_feedback(question, answer) if answer and state == "done" else "",
        told=told_by(answer, setting.words) if answer and state != "stopped" else "",
        checked=bool(answer and answer.because and answer.generator != "extractive"),
    )


def _for_feedback(question: str, answer: Answer) -> str:
    """An answer as ``/api/v1/feedback`` takes it."""
    cited = [
        {"clause_id": c.clause_id, "label": c.label, "text": c.text, "quote": c.quote}
        for c in answer.citations
    ]
    return json.dumps(
        {
            "question": question,
            "standalone_question": answer.standalone_question,
            "answer": answer.text,
            "refused": answer.refusal is not None,
            "citations": cited,
            "index_generation": answer.index_generation,
        },
        ensure_ascii=False,
    )


def _quotes(citation: Citation, number: int, answer: Answer | None) -> tuple[str, ...]:
    """The words of a clause that support the answer: its quotes, and what its statements repeat."""
    statements = [s.text for s in answer.statements if number in s.citations] if answer else []
    repeated = [words for text in statements if (words := quoted_words(text, citation.text))]
    quotes = citation.quotes or (citation.quote,)
    return tuple(dict.fromkeys((*quotes, *(w for w in repeated if not any(w in q for q in quotes)))))


def _source(
    citation: Citation, number: int, anchor: str, quotes: tuple[str, ...], setting: Setting
) -> Source:
    whole = highlight(citation.text, quotes)
    short = excerpt(citation.text, quotes)
    return Source(
        number=number,
        anchor=anchor,
        href=clause_href(citation.clause_id, quotes),
        citation=citation,
        badge=badge_of(setting.documents.get(citation.document), setting.on, setting.words),
        pieces=short or whole,
        whole=whole if short else (),
        items=tuple(setting.items(citation.clause_id)) if introduces(citation) else (),
        standing=setting.standing(citation),
    )


def render(template: str, language: Language, **values: object) -> str:
    """Fill in a template of ``app/templates`` with the words of a language as ``t``."""
    return render_with(template, messages(language), **values)


def render_with(template: str, words: Messages, **values: object) -> str:
    """The same with other words than the interface's."""
    return _environment().get_template(template).render(t=words, **values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("app", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["document_href"] = clause_href
    return environment
