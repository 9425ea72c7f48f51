"""``/api/v1``: asking, searching, clauses and documents."""

from __future__ import annotations

from contextlib import aclosing
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.api.asking import begun, follow_answer, last_answer, server_sent
from app.api.models import (
    MOST_RESULTS,
    AnswerBody,
    AskRequest,
    ClauseBody,
    DocumentsBody,
    Name,
    SearchBody,
    SearchRequest,
    document_body,
)
from app.api.service import Service
from app.errors import STATUS, Code, FailureBody, RequestFailedError, failure_body
from corpus.errors import PolicyQAError
from rag.types import Answer

ALWAYS = (Code.UNAUTHENTICATED, Code.FORBIDDEN, Code.INVALID, Code.TOO_MANY, Code.INTERNAL)
"""What any request may be answered with."""

_ASK_EXAMPLES: dict[str, Any] = {
    "Chinese": {"value": {"question": "黄埔区固定资产投资奖励多少？"}},
    "English, one zone": {
        "value": {
            "question": "How much support for demonstration application scenarios?",
            "filters": {"zones": ["Wuhan"]},
        }
    },
    "follow-up": {
        "value": {
            "question": "向哪个部门申请？",
            "history": [
                {"question": "武汉的人工智能应用示范场景能资助多少？", "cited": ["wuhan-2020-measures/7"]}
            ],
        }
    },
}
_EVENTS = {
    "content": {
        "application/json": {},
        "text/event-stream": {
            "example": 'event: partial\ndata: {"text": "…"}\n\nevent: answer\ndata: {"text": "…"}\n\n',
        },
    }
}


def failures(*codes: Code) -> dict[int | str, dict[str, Any]]:
    """How OpenAPI describes the failures of a route."""
    return {STATUS[code]: {"model": FailureBody, "description": code.value} for code in (*ALWAYS, *codes)}


def build_router(service: Service) -> APIRouter:
    """The routes over what answers."""
    router = APIRouter(prefix="/api/v1", tags=["policyqa"])

    @router.post(
        "/ask",
        response_model=AnswerBody,
        responses={200: _EVENTS, **failures(Code.BUSY, Code.TOO_LARGE)},
        openapi_extra={"requestBody": {"content": {"application/json": {"examples": _ASK_EXAMPLES}}}},
    )
    async def ask(request: Request, asked: AskRequest) -> Response:
        """Answer a question; every statement carries the numbers of its citations.

        With `stream`, events: `partial` (the answer so far, in place of the one before), then one `answer`
        (complete), or one `error`.
        """
        if asked.stream:
            steps = await begun(follow_answer(service, request, asked, "api"))
            return StreamingResponse(
                server_sent(
                    steps,
                    lambda answer: _event("partial", _answer_json(answer)),
                    lambda answer: _event("answer", _answer_json(answer)),
                    lambda error: _event("error", failure_json(request, error)),
                ),
                media_type="text/event-stream",
                headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            )
        answer = await last_answer(service, request, asked, "api")
        if answer is None:
            return Response(status_code=499)  # nobody reads it
        return Response(_answer_json(answer), media_type="application/json")

    @router.post("/search", responses=failures(Code.BUSY, Code.TOO_LARGE))
    async def search(request: Request, asked: SearchRequest) -> SearchBody:
        """Rank clauses for a question without answering it."""
        try:
            async with aclosing(
                service.desk.follow(request, lambda _: iter([service.search(asked)]))
            ) as steps:
                async for step in steps:
                    if step is not None:
                        return step
        except PolicyQAError as error:
            raise RequestFailedError(Code.INVALID, str(error)) from None
        return SearchBody(results=[])  # nobody reads it

    @router.get("/clauses/{clause_id:path}", responses=failures(Code.NOT_FOUND))
    def clause(clause_id: str, as_of: date | None = None) -> ClauseBody:
        """A clause or one of its paragraphs, by id."""
        found = service.clause(clause_id, as_of)
        if found is None:
            raise RequestFailedError(Code.NOT_FOUND, "There is no clause with this id.")
        return found

    @router.get("/documents", responses=failures())
    def documents(
        zone: Annotated[Name | None, Query(description="Only this zone; a part of the name will do.")] = None,
        as_of: date | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = MOST_RESULTS,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> DocumentsBody:
        """The documents of the collection, in source order."""
        service.refresh()
        chosen = list(service.engine.documents.values())
        if zone is not None:
            try:
                zones = service.zones_named([zone])
            except PolicyQAError as error:
                raise RequestFailedError(Code.INVALID, str(error)) from None
            chosen = [document for document in chosen if document.zone in zones]
        shown = [document_body(d, as_of or service.day) for d in chosen[offset : offset + limit]]
        return DocumentsBody(total=len(chosen), documents=shown)

    return router


def _answer_json(answer: Answer) -> str:
    return AnswerBody.model_validate(answer).model_dump_json()


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"


def failure_json(request: Request, error: Exception) -> str:
    """The failure of a request that has been answered in part."""
    if isinstance(error, RequestFailedError):
        body = failure_body(request.scope, error.code, error.message)
    else:
        body = failure_body(request.scope, Code.INTERNAL, "Something went wrong inside the server.")
    return body.model_dump_json()
