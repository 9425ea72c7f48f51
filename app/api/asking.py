"""Following an answer for a client: the last of it, or every step, with failures in the one form."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from starlette.requests import Request

from app.api.desk import Work
from app.api.models import AskRequest
from app.api.service import Service, outcome_of
from app.errors import Code, RequestFailedError
from corpus.errors import PolicyQAError
from rag.types import Answer

_LOG = logging.getLogger(__name__)


async def follow_answer(
    service: Service, request: Request, asked: AskRequest, interface: str
) -> AsyncGenerator[Answer | None, None]:
    """Answers a question for a client that may go away.

    Args:
        service: what answers.
        request: who asks; when the client has gone, the work stops.
        asked: the question.
        interface: what it is counted under.

    Yields:
        Growing answers, the last one complete, and None now and then while there is nothing new. Without any
        complete answer where the client has gone.

    Raises:
        RequestFailedError: it cannot be asked so, or too much is asked.
    """
    work: Work[Answer] = lambda cancel: service.answer(asked, cancel)  # noqa: E731
    outcome, last = "left", None
    try:
        async with aclosing(service.desk.follow(request, work)) as steps:
            async for step in steps:
                last = step or last
                yield step
        if last is not None and not await request.is_disconnected():
            outcome = outcome_of(last)
    except PolicyQAError as error:
        outcome = "invalid"
        raise RequestFailedError(Code.INVALID, str(error)) from None
    except RequestFailedError as error:
        outcome = error.code
        raise
    except Exception:
        outcome = "failed"
        raise
    finally:
        service.note(request, interface, asked.question, outcome)


async def last_answer(service: Service, request: Request, asked: AskRequest, interface: str) -> Answer | None:
    """The complete answer; None where the client has gone."""
    last = None
    async with aclosing(follow_answer(service, request, asked, interface)) as steps:
        async for step in steps:
            last = step or last
    return last


async def server_sent(
    steps: AsyncGenerator[Answer | None, None],
    tell: Callable[[Answer], str],
    finish: Callable[[Answer], str],
    fail: Callable[[Exception], str],
) -> AsyncGenerator[str, None]:
    """Server-sent events of a growing answer.

    Args:
        steps: the growing answers.
        tell: the events of an answer that may still grow; none where empty.
        finish: the events of the complete answer.
        fail: the events of a failure.

    Yields:
        Events, and comments that keep the connection alive.
    """
    last: Answer | None = None
    try:
        async with aclosing(steps):
            async for step in steps:
                if step is None:
                    yield ": waiting\n\n"
                    continue
                last = step
                if event := tell(step):
                    yield event
    except Exception as error:
        if not isinstance(error, RequestFailedError):
            _LOG.exception("a question could not be answered")
        yield fail(error)
        return
    if last is not None:
        yield finish(last)


async def begun(steps: AsyncGenerator[Answer | None, None]) -> AsyncGenerator[Answer | None, None]:
    """The same steps after the first has come, so that what is turned away is told by a status.

    Raises:
        RequestFailedError: the question is turned away.
    """
    first = await anext(steps, None)

    async def rest() -> AsyncGenerator[Answer | None, None]:
        async with aclosing(steps):
            yield first
            async for step in steps:
                yield step

    return rest()
