"""A conversation as the chat keeps it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from corpus.types import Document
from rag.types import Answer, Filters, Language, Turn

State = Literal["pending", "done", "stopped", "failed"]


def new_id() -> str:
    """A name that nobody guesses."""
    return uuid.uuid4().hex


def stamp(time: datetime) -> str:
    """A time as it is kept: ISO 8601."""
    return time.isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the clauses of an answer are shown with, as it stood when the answer was there.

    Attributes:
        documents: the clauses' documents by id.
        items: by the id of a clause that only introduces others, the words of those.
    """

    documents: Mapping[str, Document]
    items: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of the conversation and what became of it.

    Attributes:
        question: what the person typed.
        filters: what the answer was limited to.
        answer: the answer so far.
        state: ``pending``, ``done``, ``stopped`` or ``failed``.
        error: what was said where it failed.
        surroundings: what its clauses are shown with; None while it is pending.
        id: names it.
        at: when it was asked, ISO 8601 in UTC.
    """

    question: str
    filters: Filters = field(default_factory=Filters)
    answer: Answer | None = None
    state: State = "pending"
    error: str = ""
    surroundings: Surroundings | None = None
    id: str = field(default_factory=new_id)
    at: str = field(default_factory=lambda: stamp(datetime.now(UTC)))


@dataclass(frozen=True, slots=True)
class Conversation:
    """A person's conversation as the page holds it.

    Attributes:
        language: the language of the interface.
        exchanges: the questions, the oldest first.
        id: names it from its first question on.
    """

    language: Language = "zh"
    exchanges: tuple[Exchange, ...] = field(default=())
    id: str = ""

    @property
    def history(self) -> tuple[Turn, ...]:
        """The questions that were answered in full, for follow-ups."""
        return tuple(Turn(e.question, e.answer) for e in self.exchanges if e.state == "done")

    def with_new(self, question: str, filters: Filters) -> Conversation:
        """The same with one more question."""
        return replace(self, exchanges=(*self.exchanges, Exchange(question, filters)), id=self.id or new_id())

    def with_last(self, answer: Answer | None, state: State, error: str = "") -> Conversation:
        """The same with what became of its last question."""
        return self._with_last(replace(self.exchanges[-1], answer=answer, state=state, error=error))

    def with_surroundings(self, surroundings: Surroundings) -> Conversation:
        """The same with what the clauses of its last answer are shown with."""
        return self._with_last(replace(self.exchanges[-1], surroundings=surroundings))

    def _with_last(self, exchange: Exchange) -> Conversation:
        return replace(self, exchanges=(*self.exchanges[:-1], exchange))
