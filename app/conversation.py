"""A conversation as the chat keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from rag.types import Answer, Filters, Language, Turn

State = Literal["pending", "done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question of the conversation and what became of it.

    Attributes:
        question: what the person typed.
        filters: what the answer was limited to.
        answer: the answer so far.
        state: ``pending``, ``done``, ``stopped`` or ``failed``.
        error: what was said where it failed.
    """

    question: str
    filters: Filters = field(default_factory=Filters)
    answer: Answer | None = None
    state: State = "pending"
    error: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A person's conversation, kept for as long as the page is open."""

    language: Language = "zh"
    exchanges: tuple[Exchange, ...] = field(default=())

    @property
    def history(self) -> tuple[Turn, ...]:
        """The questions that were answered in full, for follow-ups."""
        return tuple(Turn(e.question, e.answer) for e in self.exchanges if e.state == "done")

    def with_new(self, question: str, filters: Filters) -> Conversation:
        """The same with one more question."""
        return replace(self, exchanges=(*self.exchanges, Exchange(question, filters)))

    def with_last(self, answer: Answer | None, state: State, error: str = "") -> Conversation:
        """The same with what became of its last question."""
        last = replace(self.exchanges[-1], answer=answer, state=state, error=error)
        return replace(self, exchanges=(*self.exchanges[:-1], last))
