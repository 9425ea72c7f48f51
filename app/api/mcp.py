"""What the Model Context Protocol offers, by Gradio's own switch: asking, searching, reading a clause."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

import gradio as gr
from gradio.events import api as gr_api
from pydantic import ValidationError

from app.allowance import TooOftenError
from app.api.models import AnswerBody, AskRequest, Limits, SearchRequest
from app.api.service import Service, outcome_of
from app.asked import asking_person
from app.errors import RequestFailedError
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from gradio import Blocks

_TOP = 10
_NOWHERE = "http://127.0.0.1:9/"
Asker = gr.Request | None  # given by Gradio, no parameter of a tool
P = ParamSpec("P")
Tool = Callable[P, Coroutine[Any, Any, str]]


def require_package() -> None:
    """Checks that the protocol's package is there.

    Raises:
        PolicyQAError: it is not.
    """
    try:
        import mcp  # noqa: F401
    except ImportError:
        raise PolicyQAError('mcp needs a package more: pip install "policyqa[mcp]"') from None


def add_tools(blocks: Blocks, service: Service) -> None:
    """Adds the tools to the chat's page; they are not seen there.

    Args:
        blocks: the page.
        service: what answers.
    """

    async def ask_policy(  # noqa: D417, what it is told is shown to models
        question: str, zone: str = "", as_of: str = "", request: Asker = None
    ) -> str:
        """Answer a question about public policy; every statement carries the numbers of its citations.

        Args:
            question: The question, in Chinese or English.
            zone: Only this zone; a part of its name will do. Empty means all.
            as_of: The day of asking as YYYY-MM-DD. Empty means today.
        """
        asked = AskRequest(question=question, filters=_limits(zone, as_of))
        with service.allowance.asking(asking_person(request)):
            answer = await service.desk.finish(lambda cancel: service.answer(asked, cancel))
        if answer is None:
            return ""
        service.metrics.answer("mcp", outcome_of(answer))
        return AnswerBody.model_validate(answer).model_dump_json()

    async def search_clauses(  # noqa: D417
        question: str, zone: str = "", request: Asker = None
    ) -> str:
        """Find the clauses of the policies nearest to a question, the best first, without an answer.

        Args:
            question: The question, in Chinese or English.
            zone: Only this zone; a part of its name will do. Empty means all.
        """
        asked = SearchRequest(question=question, top=_TOP, filters=_limits(zone, ""))
        with service.allowance.asking(asking_person(request)):
            found = await service.desk.finish(lambda _: iter([service.search(asked)]))
        return found.model_dump_json() if found else ""

    async def read_clause(clause_id: str) -> str:
        """Read a clause in the source's exact words.

        Args:
            clause_id: The clause's id, as answers and searches give it.
        """
        found = service.clause(clause_id, None)
        if found is None:
            raise PolicyQAError(f"There is no clause with the id {clause_id[:100]!r}")
        return found.model_dump_json()

    with blocks:
        for tool in (ask_policy, search_clauses, read_clause):
            gr_api(_in_plain_words(tool), api_name=tool.__name__, queue=False)


def keep_at_home(blocks: Blocks) -> None:
    """Keeps the protocol's server from calling the address that a request's Host header names.

    Tools run in this process; for what else Gradio's server would call itself over HTTP, at that address.

    Args:
        blocks: the mounted page.
    """
    if blocks.mcp_server_obj is not None:
        blocks.mcp_server_obj._local_url = _NOWHERE


def _limits(zone: str, as_of: str) -> Limits:
    return Limits.model_validate({"zones": [zone] if zone else [], "as_of": as_of or None})


def _in_plain_words(tool: Tool[P]) -> Tool[P]:
    """The same tool; what cannot be asked is told in one sentence."""

    @wraps(tool)
    async def told(*arguments: P.args, **named: P.kwargs) -> str:
        try:
            return await tool(*arguments, **named)
        except ValidationError as error:
            raise gr.Error(str(error.errors()[0]["msg"]), print_exception=False) from None
        except (PolicyQAError, RequestFailedError, TooOftenError) as error:
            raise gr.Error(str(error), print_exception=False) from None

    return told
