"""``/v1``: OpenAI's form, so that existing bots and gateways plug in."""

from __future__ import annotations

import json
import re
import time
import uuid
from itertools import pairwise
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.asking import begun, follow_answer, last_answer, server_sent
from app.api.models import MOST_TURNS, AskRequest, EarlierTurn, Limits
from app.api.routes import failure_json, failures
from app.api.service import Service
from app.errors import Code, RequestFailedError
from app.i18n import messages
from app.render import clause_href
from rag.engine import LONGEST_QUESTION
from rag.types import Answer, Citation

MODEL = "policyqa"
_LONGEST_MESSAGE = 50_000
_MOST_MESSAGES = 2 * MOST_TURNS
# Our own answers come back with their links, which say what was cited.
_LINK = re.compile(r"/clause/([^\s?#)\]<>\"']+)")
_MOST_CITED = 50
_EXAMPLE: dict[str, Any] = {
    "model": MODEL,
    "messages": [{"role": "user", "content": "黄埔区固定资产投资奖励多少？"}],
}

_Text = Annotated[str, StringConstraints(max_length=_LONGEST_MESSAGE)]


class Part(BaseModel):
    """A part of a message; only text is read."""

    model_config = ConfigDict(extra="ignore")

    type: str = Field(max_length=50)
    text: _Text = ""


class ChatMessage(BaseModel):
    """One message of the conversation; a system's is not obeyed, for answers come from clauses only."""

    model_config = ConfigDict(extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: _Text | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its words."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class ChatRequest(BaseModel):
    """A conversation whose last question is to be answered; sampling parameters mean nothing here."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [_EXAMPLE]})

    model: str = Field(default=MODEL, max_length=200)
    messages: list[ChatMessage] = Field(min_length=1, max_length=_MOST_MESSAGES)
    stream: bool = False
    filters: Limits = Field(
        default=Limits(), description="An addition to OpenAI's form: what the answer is limited to."
    )


class UrlCitation(BaseModel):
    """A clause behind a stretch of the content; `clause_id`, `quote` and `validity` are additions."""

    start_index: int
    end_index: int
    url: str
    title: str
    clause_id: str
    quote: str
    validity: str


class Annotation(BaseModel):
    """What stands behind a stretch of the content."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class AssistantMessage(BaseModel):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: str | None = None
    annotations: list[Annotation]


class Choice(BaseModel):
    """The one choice."""

    index: int = 0
    message: AssistantMessage
    finish_reason: Literal["stop"] = "stop"


class Usage(BaseModel):
    """Tokens are not counted."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class Completion(BaseModel):
    """An answer in OpenAI's form."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: list[Choice]
    usage: Usage = Usage()


class Model(BaseModel):
    """What can be asked."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = MODEL


class Models(BaseModel):
    """The one model."""

    object: Literal["list"] = "list"
    data: list[Model] = [Model()]


def build_router(service: Service) -> APIRouter:
    """The routes over what answers."""
    router = APIRouter(prefix="/v1", tags=["OpenAI's form"])

    @router.get("/models", responses=failures())
    def list_models() -> Models:
        """The one model there is."""
        return Models()

    @router.post(
        "/chat/completions", response_model=Completion, responses=failures(Code.BUSY, Code.TOO_LARGE)
    )
    async def complete(request: Request, conversation: ChatRequest) -> Response:
        """Answer a conversation's last question, with citations in the message's annotations.

        A stream begins when the answer is complete and proved: nothing that was sent is ever taken back.
        """
        asked = _to_question(conversation)
        root = service.public_url or str(request.base_url)
        if conversation.stream:
            steps = await begun(follow_answer(service, request, asked, "openai"))
            return StreamingResponse(
                server_sent(
                    steps,
                    lambda answer: "",
                    lambda answer: _chunks(answer, root),
                    lambda error: f"data: {failure_json(request, error)}\n\n",
                ),
                media_type="text/event-stream",
                headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            )
        answer = await last_answer(service, request, asked, "openai")
        if answer is None:
            return Response(status_code=499)  # nobody reads it
        completion = Completion(
            id=_new_id(), created=int(time.time()), choices=[Choice(message=message_of(answer, root))]
        )
        return JSONResponse(completion.model_dump())

    return router


def _to_question(conversation: ChatRequest) -> AskRequest:
    """The last question of a conversation, with the turns before it.

    Raises:
        RequestFailedError: it does not end with a question, or with one that is too long.
    """
    spoken = [m for m in conversation.messages if m.role in ("user", "assistant")]
    if not spoken or spoken[-1].role != "user" or not spoken[-1].text.strip():
        raise RequestFailedError(Code.INVALID, "The conversation must end with a question of the user's.")
    question = spoken[-1].text
    if len(question) > LONGEST_QUESTION:
        raise RequestFailedError(
            Code.INVALID, f"The question must have at most {LONGEST_QUESTION:,} characters."
        )
    history = []
    for message, following in pairwise(spoken):
        if message.role == "user" and message.text.strip():
            said = following.text if following.role == "assistant" else ""
            cited = list(dict.fromkeys(map(unquote, _LINK.findall(said))))[:_MOST_CITED]
            turn = EarlierTurn(
                question=message.text[:LONGEST_QUESTION], cited=[c for c in cited if len(c) <= 300]
            )
            history.append(turn)
    return AskRequest(question=question, history=history, filters=conversation.filters)


def message_of(answer: Answer, root: str) -> AssistantMessage:
    """An answer as one message, its clauses listed at the end for those who show nothing but the text.

    Args:
        answer: the complete answer.
        root: the address of the server, which the links begin with.
    """
    words = messages(answer.language)
    content, annotations = "", []
    for statement in answer.statements:
        content += ("\n" if content else "") + answer.told(statement)
        for number in statement.citations:
            start, mark = len(content), f"[{number}]"
            content += mark
            cited = _cited(answer.citations[number - 1], root, start, len(content))
            annotations.append(Annotation(url_citation=cited))
    content = content or answer.text
    for note in answer.remarks:
        content += f"\n\n{note.text}"
    if answer.citations:
        content += f"\n\n{words('sources')}"
    for number, citation in enumerate(answer.citations, 1):
        content += f"\n[{number}] {_line(citation, root)}"
    if answer.refusal and answer.refusal.nearest:
        content += f"\n\n{words('nearest')}"
        for citation in answer.refusal.nearest:
            content += f"\n- {_line(citation, root)}"
    refusal = answer.refusal.reason if answer.refusal else None
    return AssistantMessage(content=content, refusal=refusal, annotations=annotations)


def _cited(citation: Citation, root: str, start: int, end: int) -> UrlCitation:
    return UrlCitation(
        start_index=start,
        end_index=end,
        url=_url(citation, root),
        title=citation.label,
        clause_id=citation.clause_id,
        quote=citation.quote,
        validity=citation.validity,
    )


def _line(citation: Citation, root: str) -> str:
    return f"{citation.label} · {citation.validity} · {_url(citation, root)}"


def _url(citation: Citation, root: str) -> str:
    return f"{root.rstrip('/')}/{clause_href(citation.clause_id)}"


def _chunks(answer: Answer, root: str) -> str:
    """The complete answer as the events of a stream: its lines, then its annotations, then the end."""
    message = message_of(answer, root)
    name, created = _new_id(), int(time.time())

    def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
        row = {
            "id": name,
            "object": "chat.completion.chunk",
            "created": created,
            "model": MODEL,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }
        return f"data: {json.dumps(row, ensure_ascii=False)}\n\n"

    annotations = [annotation.model_dump() for annotation in message.annotations]
    lines = [chunk({"content": line}) for line in message.content.splitlines(keepends=True)]
    ending = chunk({"annotations": annotations}) + chunk({}, "stop") + "data: [DONE]\n\n"
    return "".join([chunk({"role": "assistant", "content": ""}), *lines, ending])


def _new_id() -> str:
    return f"chatcmpl-{uuid.uuid4().hex}"
