"""Turns away requests that bring too much, come too slowly, or ask too often."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.guard import route_path
from app.access.people import person_of
from app.allowance import Allowance, TooOftenError
from app.api.admin import UPLOADS
from app.documents.intake import LARGEST_UPLOAD
from app.errors import Code, failure_response

LARGEST_REQUEST = 1 << 20
"""Bytes. A question of the greatest length takes a hundredth of it."""

SLOWEST_REQUEST = 30.0
"""Seconds in which a request's body must have come."""

SLOWEST_UPLOAD = 300.0
"""Seconds for an administrator's file."""

_TOO_LARGE = "The request is too large."
_TOO_SLOW = "The request took too long to come."

_ASKING = ("/api/v1/ask", "/api/v1/search", "/api/v1/feedback", "/v1/chat/completions")


class RequestLimit:
    """ASGI middleware that turns away bodies that are too large or too slow."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting what it brings."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sends_file = route_path(scope) == UPLOADS
        largest = LARGEST_UPLOAD if sends_file else LARGEST_REQUEST
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > largest:
            await failure_response(scope, Code.TOO_LARGE, _TOO_LARGE)(scope, receive, send)
            return
        taken, complete = 0, False
        latest = time.monotonic() + (SLOWEST_UPLOAD if sends_file else SLOWEST_REQUEST)

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
            if taken > largest:
                raise HTTPException(413, _TOO_LARGE)
            return message

        await self._app(scope, counted, send)


class AskLimit:
    """ASGI middleware that answers 429 where a person asks the interface beyond their allowance."""

    def __init__(self, app: ASGIApp, allowance: Allowance) -> None:
        self._app = app
        self._allowance = allowance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or turn it away."""
        if scope["type"] != "http" or scope["method"] != "POST" or route_path(scope) not in _ASKING:
            await self._app(scope, receive, send)
            return
        with ExitStack() as stack:
            try:
                stack.enter_context(self._allowance.asking(person_of(scope)))
            except TooOftenError as error:
                headers = {"Retry-After": str(error.wait)}
                await failure_response(scope, Code.TOO_MANY, str(error), headers)(scope, receive, send)
                return
            await self._app(scope, receive, send)
