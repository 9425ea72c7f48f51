"""Turns away requests with more in them than the chat ever sends."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_REQUEST = 1 << 20
"""Bytes. A question of the greatest length takes a hundredth of it."""

_TOO_LARGE = "The request is too large."


class RequestLimit:
    """ASGI middleware that answers 413 where a request's body exceeds ``LARGEST_REQUEST``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting what it brings."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > LARGEST_REQUEST:
            await PlainTextResponse(_TOO_LARGE, status_code=413)(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST_REQUEST:
                raise HTTPException(413, _TOO_LARGE)
            return message

        await self._app(scope, counted, send)
