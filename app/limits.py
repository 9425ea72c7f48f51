"""Turns away requests that bring too much, come too slowly, or ask too often."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.guard import route_path
from app.access.people import person_of
from app.errors import Code, failure_response

LARGEST_REQUEST = 1 << 20
"""Bytes. A question of the greatest length takes a hundredth of it."""

SLOWEST_REQUEST = 30.0
"""Seconds in which a request's body must have come."""

_TOO_LARGE = "The request is too large."
_TOO_SLOW = "The request took too long to come."

_ASKING = (
    "/api/v1/ask",
    "/api/v1/search",
    "/v1/chat/completions",
    "/gradio_api/queue/join",
    "/gradio_api/run",
    "/gradio_api/api",
    "/gradio_api/call",
    "/gradio_api/mcp",
)
_MOST_KNOWN = 10_000  # people and addresses that are counted at the same time


class RequestLimit:
    """ASGI middleware that turns away bodies over ``LARGEST_REQUEST`` and slower than ``SLOWEST_REQUEST``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting what it brings."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > LARGEST_REQUEST:
            await failure_response(scope, Code.TOO_LARGE, _TOO_LARGE)(scope, receive, send)
            return
        taken, complete = 0, False
        latest = time.monotonic() + SLOWEST_REQUEST

        async def counted() -> Message:
            nonlocal taken, complete
            if complete:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), max(latest - time.monotonic(), 0))
            except TimeoutError:
                raise HTTPException(408, _TOO_SLOW) from None
            taken += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if taken > LARGEST_REQUEST:
                raise HTTPException(413, _TOO_LARGE)
            return message

        await self._app(scope, counted, send)


@dataclass(slots=True)
class _Asker:
    """What one person has left: questions that may be asked now, as of a time, and those under way."""

    left: float
    at: float
    running: int = 0


class AskLimit:
    """ASGI middleware that answers 429 where one person or address asks too often or too much at a time.

    A token bucket each: a minute's questions may come at once, then as they are granted anew.
    """

    def __init__(self, app: ASGIApp, per_minute: int, at_once: int) -> None:
        """Wraps an application.

        Args:
            app: what is asked.
            per_minute: questions a minute; 0 sets no limit.
            at_once: questions at the same time; 0 sets no limit.
        """
        self._app = app
        self._per_minute = per_minute
        self._at_once = at_once
        self._askers: OrderedDict[tuple[str, str], _Asker] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or turn it away."""
        asks = scope["type"] == "http" and scope["method"] == "POST" and route_path(scope).startswith(_ASKING)
        if not asks:
            await self._app(scope, receive, send)
            return
        asker = self._asker_of(scope)
        if self._at_once and asker.running >= self._at_once:
            wait, reason = 1, f"At most {self._at_once} questions at the same time."
        elif self._per_minute and asker.left < 1:
            wait = int((1 - asker.left) * 60 / self._per_minute) + 1
            reason = f"At most {self._per_minute} questions a minute."
        else:
            asker.left -= 1
            asker.running += 1
            try:
                await self._app(scope, receive, send)
            finally:
                asker.running -= 1
            return
        headers = {"Retry-After": str(wait)}
        await failure_response(scope, Code.TOO_MANY, reason, headers)(scope, receive, send)

    def _asker_of(self, scope: Scope) -> _Asker:
        """What the sender has left by now."""
        person, now = person_of(scope), time.monotonic()
        name = (person.by, person.name)
        asker = self._askers.setdefault(name, _Asker(self._per_minute, now))
        self._askers.move_to_end(name)
        asker.left = min(self._per_minute, asker.left + (now - asker.at) * self._per_minute / 60)
        asker.at = now
        if len(self._askers) > _MOST_KNOWN:
            self._askers.popitem(last=False)
        return asker
