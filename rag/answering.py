"""The steps of one question: clauses found, refused or answered from their own sentences."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Protocol

from embeddings.encoder import Encoder
from embeddings.index import Index
from rag.citations import cite
from rag.demands import Demand, first_telling, untold
from rag.gazetteer import Gazetteer
from rag.parts import add_answer, parts_of
from rag.premise import unstated_figures
from rag.question import understand
from rag.refusal import Grounds, answering, judge
from rag.replies import reason_for, scope_notes, small_talk_reply
from rag.reranker import CrossEncoders
from rag.retrieval import Retriever
from rag.steering import within_scope
from rag.types import Answer, Candidate, ClauseSource, Draft, Filters, Query, Ranked, Refusal, Turn
from rag.verification import verify

CANDIDATES = 20
"""Retrieved candidates that an answer carries."""

_NEAREST = 3
_HINT_CHARACTERS = 80
_SURE = 0.3  # how probable the answer to a further question must be


class Generator(Protocol):
    """Composes a draft of ranked clauses; whatever it says is verified before it is shown."""

    @property
    def name(self) -> str:
        """What an answer names it by."""

    def compose(self, query: Query, ranked: Sequence[Ranked], index: ClauseSource, as_of: date) -> Draft:
        """Composes the draft of an answer."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of an index with what is derived from it."""

    index: Index
    encoder: Encoder
    gazetteer: Gazetteer
    retriever: Retriever
    cross_encoders: CrossEncoders


@dataclass(slots=True)
class Inquiry:
    """A question on its way to an answer.

    Attributes:
        query: the question as understood.
        filters: what the answer is limited to, and the day of asking.
        snapshot: the state of the index that answers.
        history: the dialogue's earlier turns, the oldest first.
        started: wall-clock and processor time when it came.
        ranked: the clauses found, the best first.
        scope: those of them that may answer.
        grounds: why it is refused; None where it is not.
    """

    query: Query
    filters: Filters
    snapshot: Snapshot
    history: tuple[Turn, ...]
    started: tuple[float, float]
    ranked: Sequence[Ranked] = ()
    scope: Sequence[Ranked] = ()
    grounds: Grounds | None = None
    marks: list[tuple[str, float]] = field(default_factory=list)

    @property
    def as_of(self) -> date:
        """The day of asking."""
        return self.filters.as_of or date.today()

    def mark(self, step: str) -> None:
        """Notes that a step is done."""
        self.marks.append((step, time.perf_counter()))

    def timed(self, answer: Answer) -> Answer:
        """An answer with the time that it took so far."""
        wall, processor = self.started
        timings: dict[str, float] = {}
        for (_, start), (name, end) in pairwise((("", wall), *self.marks)):
            timings[name] = timings.get(name, 0.0) + (end - start) * 1e3
        return replace(
            answer,
            latency_ms=(time.perf_counter() - wall) * 1e3,
            cpu_ms=(time.process_time() - processor) * 1e3,
            timings=timings,
        )


def prepare(inquiry: Inquiry) -> None:
    """Finds the clauses for a question, and decides whether it is refused.

    Args:
        inquiry: the question; what is found is noted in it.
    """
    if inquiry.query.smalltalk:
        return
    query, snapshot = inquiry.query, inquiry.snapshot
    inquiry.ranked = snapshot.retriever.rank(query, inquiry.filters, inquiry.as_of)
    inquiry.mark("retrieve")
    inquiry.scope = within_scope(query, inquiry.ranked, snapshot.index)
    inquiry.grounds = judge(query, inquiry.ranked, inquiry.scope, snapshot.index)
    inquiry.mark("judge")
    if inquiry.grounds is None:
        inquiry.scope = answering(query, inquiry.scope, snapshot.index)


def extract(inquiry: Inquiry, generator: Generator) -> Answer:
    """Answers from the clauses' own sentences, or refuses.

    Args:
        inquiry: the question with the clauses found for it.
        generator: what composes the answer.

    Returns:
        The complete answer.
    """
    query, index = inquiry.query, inquiry.snapshot.index
    if query.smalltalk:
        return replace(_blank(inquiry, generator.name), reply=small_talk_reply(query))
    blank = with_candidates(_blank(inquiry, generator.name), inquiry)
    if inquiry.grounds is not None:
        return replace(blank, refusal=_refusal(inquiry, inquiry.grounds, inquiry.scope or inquiry.ranked))
    answer = _composed(inquiry, generator, blank)
    if lacking := untold(query, _shown(answer)):
        nearest, inquiry.scope = inquiry.scope, first_telling(query, inquiry.scope, index)
        if inquiry.scope:
            answer = _composed(inquiry, generator, blank)
        if untold(query, _shown(answer)):
            return replace(blank, refusal=_refusal(inquiry, Grounds.DETAIL, nearest, lacking))
    if not answer.statements:
        return replace(blank, refusal=_refusal(inquiry, Grounds.NOTHING, inquiry.scope))
    return answer


def _composed(inquiry: Inquiry, generator: Generator, blank: Answer) -> Answer:
    """The answer from the clauses that may answer."""
    query, index = inquiry.query, inquiry.snapshot.index
    draft = generator.compose(query, inquiry.scope[:CANDIDATES], index, inquiry.as_of)
    draft = _with_further(draft, inquiry, generator)
    inquiry.mark("compose")
    answer = prove(draft, inquiry, blank)
    inquiry.mark("verify")
    return answer


def _shown(answer: Answer) -> str:
    """The words of an answer and its sums."""
    sums = (note.text for note in answer.notes if note.kind == "computed")
    return "\n".join((*(statement.text for statement in answer.statements), *sums))


def _with_further(draft: Draft, inquiry: Inquiry, generator: Generator) -> Draft:
    """A draft with what answers the further questions that a question holds, where the answer is sure."""
    query, snapshot = inquiry.query, inquiry.snapshot
    if query.survey or query.comparison:
        return draft
    for before, part in parts_of(query.question):
        said = Answer(question=before, language=query.language, citations=draft.citations)
        history = (*inquiry.history, Turn(before, said)) if before else inquiry.history
        asked = understand(part, history, snapshot.gazetteer)
        if asked.smalltalk or asked.comparison:
            continue
        ranked = snapshot.retriever.rank(asked, inquiry.filters, inquiry.as_of)
        scope = within_scope(asked, ranked, snapshot.index)
        if judge(asked, ranked, scope, snapshot.index, least=_SURE) is None:
            further = generator.compose(asked, scope[:CANDIDATES], snapshot.index, inquiry.as_of)
            draft = add_answer(draft, further)
    return draft


def prove(draft: Draft, inquiry: Inquiry, blank: Answer) -> Answer:
    """What of a draft its citations prove, as an answer.

    Args:
        draft: what a generator wrote.
        inquiry: the question.
        blank: the answer without statements.

    Returns:
        The answer; without statements where nothing holds.
    """
    index = inquiry.snapshot.index
    kept = verify(draft, index, inquiry.query).draft
    return replace(
        blank,
        statements=kept.statements,
        citations=kept.citations,
        related=kept.related,
        notes=(*kept.notes, *scope_notes(inquiry.query, kept.citations, len(index.documents))),
        comparison=kept.comparison,
    )


def with_candidates(answer: Answer, inquiry: Inquiry) -> Answer:
    """An answer with the best candidates of its question."""
    return replace(answer, retrieved=candidates(inquiry.ranked[:CANDIDATES], inquiry.snapshot.index))


def candidates(ranked: Sequence[Ranked], index: Index) -> tuple[Candidate, ...]:
    """Ranked clauses with their texts."""
    found = ((r, index.clauses[r.clause_id]) for r in ranked)
    return tuple(Candidate(c.id, c.document, c.text, round(r.score, 4)) for r, c in found)


def _blank(inquiry: Inquiry, generator: str) -> Answer:
    query = inquiry.query
    return Answer(
        question=query.question,
        language=query.language,
        standalone_question=query.standalone,
        generator=generator,
        index_generation=inquiry.snapshot.index.manifest.generation,
    )


def _refusal(
    inquiry: Inquiry, grounds: Grounds, ranked: Sequence[Ranked], lacking: Demand | None = None
) -> Refusal:
    """A refusal that names the nearest clauses, unless nothing in the question is about the documents."""
    index, query = inquiry.snapshot.index, inquiry.query
    nearest = []
    for r in ranked[:_NEAREST] if grounds.hints else ():
        words = index.clauses[r.clause_id].text[:_HINT_CHARACTERS]
        nearest.append(cite(index, r.clause_id, (words,), inquiry.as_of, query.language))
    named = lacking.names[query.language] if lacking else ""
    if grounds is Grounds.PREMISE:
        named = next(iter(unstated_figures(query, ranked, index)), "")
    return Refusal(reason_for(query, grounds, named), tuple(nearest))
