"""``/api/v1/feedback``: what people say of answers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.access.people import person_of
from app.api.models import Asking, Giving, Id, Question
from app.api.routes import failures
from app.errors import Code
from app.feedback.store import LONGEST_NOTE, Cited, Feedback, FeedbackStore, Verdict

_Text = Annotated[str, StringConstraints(max_length=20_000)]


class CitedBody(BaseModel):
    """A citation as the answer gave it; what else that holds may stay."""

    model_config = ConfigDict(extra="ignore")

    clause_id: Id
    label: Annotated[str, StringConstraints(max_length=1_000)] = ""
    text: _Text = ""
    quote: _Text = ""


class FeedbackRequest(Asking):
    """What a person says of an answer, with the answer as it was shown."""

    verdict: Verdict
    note: str = Field(default="", max_length=LONGEST_NOTE, description="In the person's own words.")
    question: Question
    standalone_question: str = Field(default="", max_length=5_000, description="As the answer gave it.")
    answer: _Text = Field(default="", description="The answer's `text`.")
    refused: bool = Field(default=False, description="Whether the answer was a refusal.")
    citations: list[CitedBody] = Field(
        default=[], max_length=50, description="The answer's citations; kept by value."
    )
    index_generation: int = Field(default=0, ge=0, le=2**53, description="As the answer gave it.")


class FeedbackBody(Giving):
    """What was kept."""

    id: str
    at: str


def build_router(store: FeedbackStore) -> APIRouter:
    """The route that keeps feedback in ``store``."""
    router = APIRouter(prefix="/api/v1", tags=["policyqa"])

    @router.post("/feedback", responses=failures(Code.TOO_LARGE))
    def feedback(request: Request, said: FeedbackRequest) -> FeedbackBody:
        """Say whether an answer was right: `right`, `wrong_answer`, `wrong_clause`, `missing`."""
        cited = tuple(Cited(**one.model_dump()) for one in said.citations)
        given = said.model_dump(exclude={"citations"})
        kept = Feedback(**given, citations=cited, person=person_of(request.scope).name)
        store.add(kept)
        return FeedbackBody(id=kept.id, at=kept.at)

    return router
