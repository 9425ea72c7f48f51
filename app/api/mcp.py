"""What the Model Context Protocol offers, by Gradio's own switch: asking, searching, reading a clause."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from threading import Event
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import gradio as gr
from gradio.events import api as gr_api
from pydantic import ValidationError

from app.api.models import AnswerBody, AskRequest, Limits, SearchRequest, clause_body
from app.api.service import Service, outcome_of
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from gradio import Blocks

_TOP = 10
P = ParamSpec("P")
R = TypeVar("R")


def add_tools(blocks: Blocks, service: Service) -> None:
    """Adds the tools to the chat's page; they are not seen there.

    Args:
        blocks: the page.
        service: what answers.
    """

    def ask_policy(question: str, zone: str = "", as_of: str = "") -> dict[str, Any]:
        """Answer a question about public policy; every statement carries the numbers of its citations.

        Args:
            question: The question, in Chinese or English.
            zone: Only this zone; a part of its name will do. Empty means all.
            as_of: The day of asking as YYYY-MM-DD. Empty means today.
        """
        asked = AskRequest(question=question, filters=_limits(zone, as_of))
        *_, answer = service.answer(asked, Event())
        service.metrics.answer("mcp", outcome_of(answer))
        return AnswerBody.model_validate(answer).model_dump(mode="json")

    def search_clauses(question: str, zone: str = "") -> list[dict[str, Any]]:
        """Find the clauses of the policies nearest to a question, the best first, without an answer.

        Args:
            question: The question, in Chinese or English.
            zone: Only this zone; a part of its name will do. Empty means all.
        """
        service.refresh()
        asked = SearchRequest(question=question, top=_TOP, filters=_limits(zone, ""))
        found = service.engine.search(asked.question, asked.top, service.filters(asked.filters))
        return [{"clause_id": c.clause_id, "text": c.text, "score": c.score} for c in found]

    def read_clause(clause_id: str) -> dict[str, Any]:
        """Read a clause in the source's exact words.

        Args:
            clause_id: The clause's id, as answers and searches give it.
        """
        service.refresh()
        engine = service.engine
        clause = engine.clause(clause_id)
        document = engine.documents[clause.document]
        return clause_body(clause, engine.children(clause_id), document, service.day).model_dump(mode="json")

    with blocks:
        for tool in (ask_policy, search_clauses, read_clause):
            gr_api(_in_plain_words(tool), api_name=tool.__name__)


def _limits(zone: str, as_of: str) -> Limits:
    return Limits(zones=[zone] if zone else [], as_of=date.fromisoformat(as_of) if as_of else None)


def _in_plain_words(tool: Callable[P, R]) -> Callable[P, R]:
    """The same tool; what cannot be asked is told in one sentence."""

    @wraps(tool)
    def told(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            return tool(*arguments, **named)
        except ValidationError as error:
            raise gr.Error(str(error.errors()[0]["msg"])) from None
        except (PolicyQAError, ValueError) as error:
            raise gr.Error(str(error)) from None

    return told
