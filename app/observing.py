"""Gives every request an id, counts and logs it, and turns what goes wrong into the one form of failure."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import Code, RequestFailedError, failure_response
from app.logs import REQUESTS
from app.metrics import Metrics

_LOG = logging.getLogger(__name__)
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observing:
    """The outermost ASGI middleware."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = request_id = _request_id(Headers(scope=scope))
        state["facts"] = {}
        path, status, started = scope["path"], 0, time.perf_counter()

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_named)
        except Exception as error:
            if status:  # it is too late to tell the client in words
                self._log_fault(error, request_id)
                raise
            await self._fail(error, scope, receive, send_named)
        finally:
            seconds = time.perf_counter() - started
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.request(_route(scope), method, status, seconds)
            _log_request(scope, path, method, status, seconds)

    async def _fail(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        if isinstance(error, RequestFailedError):
            response = failure_response(scope, error.code, error.message, error.headers)
        else:
            self._log_fault(error, scope["state"]["request_id"])
            response = failure_response(scope, Code.INTERNAL, "Something went wrong inside the server.")
        await response(scope, receive, send)

    def _log_fault(self, error: Exception, request_id: str) -> None:
        _LOG.error("a request failed", exc_info=error, extra={"facts": {"request_id": request_id}})


def _request_id(headers: Headers) -> str:
    """The id that a proxy gave the request, where it is one; else a new one."""
    given = headers.get("x-request-id", "")
    return given if _ID.fullmatch(given) else uuid.uuid4().hex


def _route(scope: Scope) -> str:
    """The template of the route that served a request."""
    return str(getattr(scope.get("route"), "path", "") or "none")


def _log_request(scope: Scope, path: str, method: str, status: int, seconds: float) -> None:
    """Logs a request: who, what, how long; never a query, a header or a body."""
    if not REQUESTS.isEnabledFor(logging.INFO):
        return
    person = scope["state"].get("person")
    facts: dict[str, Any] = {
        "request_id": scope["state"]["request_id"],
        "method": method,
        "path": path,
        "status": status,
        "ms": round(seconds * 1e3, 1),
        "person": person.name if person else "",
        "by": person.by if person else "",
        **scope["state"]["facts"],
    }
    REQUESTS.info("%s %s %d", method, path, status, extra={"facts": facts})
