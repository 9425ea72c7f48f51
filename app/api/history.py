"""``/api/v1/history``: what is kept of the person who asks for it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from app.access.people import person_of
from app.api.models import EXAMPLE, AnswerBody, Giving
from app.api.routes import failures
from app.api.service import Service
from app.conversation import Exchange
from app.errors import Code, RequestFailedError
from app.history.personal import History, PersonalHistory
from app.render import Standing
from app.views import shown_citations, standing

_ID = "0f8fad5bd9cb469fa16570867728950e"
ConversationId = Annotated[
    str, Path(min_length=1, max_length=100, description="As the list gives it.", examples=[_ID])
]


class ListedBody(Giving):
    """A conversation in the list."""

    id: str = Field(examples=[_ID])
    question: str = Field(description="Its first question.", examples=[EXAMPLE])
    at: str = Field(description="When that was asked, UTC.", examples=["2026-11-26T06:39:11+00:00"])
    last: str = Field(description="When its last question was asked.", examples=["2026-11-26T06:41:02+00:00"])
    questions: int = Field(description="How many there are.", examples=[2])


class HistoryBody(Giving):
    """A person's conversations, the one that went on last first."""

    total: int = Field(examples=[1])
    days: int = Field(description="How long a question is kept.", examples=[90])
    conversations: list[ListedBody]


class FiltersBody(Giving):
    """What the answer was limited to."""

    zones: tuple[str, ...]
    in_force_only: bool
    as_of: date | None


class ExchangeBody(Giving):
    """A question and what became of it, as it was shown then."""

    question: str = Field(examples=[EXAMPLE])
    at: str = Field(examples=["2026-11-26T06:39:11+00:00"])
    state: str = Field(description="`done`, `stopped` or `failed`.", examples=["done"])
    error: str = Field(description="What was said where it failed.", examples=[""])
    filters: FiltersBody
    answer: AnswerBody | None
    standing: dict[str, Standing] = Field(
        description="Whether the collection still holds the clauses that the answer shows, by their ids: "
        "in these words (`held`), in others (`changed`) or no more (`gone`).",
        examples=[{"huangpu-rules/6": "held"}],
    )


class ConversationBody(Giving):
    """A conversation, the oldest question first."""

    id: str = Field(examples=[_ID])
    exchanges: list[ExchangeBody]


class DeletedBody(Giving):
    """How many questions were deleted."""

    deleted: int = Field(examples=[2])


def build_router(history: History, service: Service) -> APIRouter:
    """The routes over what is kept.

    Args:
        history: what is kept of whom.
        service: what answers, for whether a clause is still there.
    """
    router = APIRouter(prefix="/api/v1/history", tags=["policyqa"])

    def of(request: Request) -> PersonalHistory:
        if not history.days:
            raise RequestFailedError(Code.NOT_FOUND, "No history is kept here (history_days is 0).")
        if found := history.of(person_of(request.scope)):
            return found
        message = "History is kept for people known by single sign-on only."
        raise RequestFailedError(Code.FORBIDDEN, message)

    def missing() -> RequestFailedError:
        return RequestFailedError(Code.NOT_FOUND, "There is no conversation of yours with this id.")

    def body(exchange: Exchange) -> ExchangeBody:
        answer = exchange.answer
        return ExchangeBody(
            question=exchange.question,
            at=exchange.at,
            state=exchange.state,
            error=exchange.error,
            filters=FiltersBody.model_validate(exchange.filters),
            answer=AnswerBody.model_validate(answer) if answer else None,
            standing={c.clause_id: standing(c, service.engine) for c in shown_citations(answer)},
        )

    @router.get("", responses=failures(Code.NOT_FOUND))
    def listed(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> HistoryBody:
        """Your conversations in the chat, the one that went on last first."""
        total, found = of(request).listed(limit, offset)
        rows = [ListedBody.model_validate(one) for one in found]
        return HistoryBody(total=total, days=history.days, conversations=rows)

    @router.delete("", responses=failures(Code.NOT_FOUND))
    def delete_all(request: Request) -> DeletedBody:
        """Delete all of your conversations."""
        return DeletedBody(deleted=of(request).delete_all())

    @router.get("/{conversation_id}", responses=failures(Code.NOT_FOUND))
    def conversation(request: Request, conversation_id: ConversationId) -> ConversationBody:
        """One of your conversations as it was, its citations by value."""
        found = of(request).read(conversation_id)
        if not found:
            raise missing()
        service.refresh()
        return ConversationBody(id=conversation_id, exchanges=[body(exchange) for exchange in found])

    @router.delete("/{conversation_id}", responses=failures(Code.NOT_FOUND))
    def delete(request: Request, conversation_id: ConversationId) -> DeletedBody:
        """Delete one of your conversations."""
        if not (deleted := of(request).delete(conversation_id)):
            raise missing()
        return DeletedBody(deleted=deleted)

    return router
