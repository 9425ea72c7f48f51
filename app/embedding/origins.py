"""Which other sites' pages may call the server (CORS) and frame the chat."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.guard import is_private, route_path

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, Last-Event-ID, X-Request-ID",
    "Access-Control-Max-Age": "600",
    "Vary": "Origin",
}


def frame_ancestors(origins: Sequence[str]) -> str:
    """The directive of a content policy that names who may frame a page: its own origin and ``origins``."""
    return " ".join(["frame-ancestors 'self'", *origins])


class AllowedOrigins:
    """ASGI middleware that answers for cross-origin calls in place of everything behind it.

    What an application behind it says of other origins is taken out: Gradio would let any of them in.
    """

    def __init__(self, app: ASGIApp, origins: Sequence[str] = ()) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight; pass all else on, and tell the browser whether the page may read it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope)
        private = is_private(route_path(scope))
        granted = {} if private else self._granted(sent.get("origin", ""))
        if scope["method"] == "OPTIONS" and "access-control-request-method" in sent:
            asked = _PREFLIGHT if granted else {}
            answer = Response(status_code=204 if granted else 403, headers={**asked, **granted})
            await answer(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in {name for name in headers if name.startswith("access-control-")}:
                    del headers[name]
                headers.update(granted)
                if self._origins:
                    headers.add_vary_header("Origin")
            await send(message)

        await self._app(scope, receive, send_marked)

    def _granted(self, origin: str) -> dict[str, str]:
        """What a page of ``origin`` is allowed; empty where that is nothing."""
        if origin not in self._origins:
            return {}
        return {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Expose-Headers": "Retry-After, X-Request-ID",
        }
