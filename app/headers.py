"""Response headers that keep every page to this machine."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.guard import route_path
from app.admin_page import ADMIN
from app.embedding.frame import FRAME
from app.embedding.origins import frame_ancestors

# Gradio's front end compiles its templates at run time and sets inline styles; a clause page needs neither.
_CHAT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
)
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; "
)
_ADMIN_POLICY = _PAGE_POLICY + "connect-src 'self'; "
_OWN_PAGES = ("/clause/", "/healthz", "/readyz", "/metrics", "/api/", "/v1/", "/embed.js")


class SecurityHeaders:
    """ASGI middleware that adds a content policy and its like to every response."""

    def __init__(self, app: ASGIApp, allowed_origins: Sequence[str] = ()) -> None:
        self._app = app
        self._ancestors = frame_ancestors(allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the headers go onto what comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = route_path(scope)
        policy = _PAGE_POLICY if path.startswith(_OWN_PAGES) else _CHAT_POLICY
        policy = _ADMIN_POLICY if path == ADMIN else policy
        # Only the chat made for it may stand in other sites' pages.
        policy += self._ancestors if path == FRAME else frame_ancestors(())

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self._app(scope, receive, send_with_headers)
