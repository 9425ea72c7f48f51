"""Where the chat lies for other pages: ``/embed`` in a frame, ``/embed.js`` the script that makes one."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access.guard import route_path

FRAME = "/embed"
"""The chat's address for a frame."""

_SCRIPT = Path(__file__).parents[1] / "static" / "embed.js"


def add_script(app: FastAPI) -> None:
    """Serve the script that pages of other sites name."""

    @app.api_route("/embed.js", methods=["GET", "HEAD"], include_in_schema=False)
    def script() -> FileResponse:
        return FileResponse(_SCRIPT, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


class FrameAddress:
    """ASGI middleware by which ``/embed`` is the chat's page too; ``static/frame.js`` fits it in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; one for the frame becomes one for the chat."""
        if scope["type"] == "http" and route_path(scope) == FRAME:
            path = scope["path"].removesuffix(FRAME.removeprefix("/"))
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await self._app(scope, receive, send)


class SubPath:
    """ASGI middleware that tells what is behind it below which path a proxy shows the server.

    It does not matter whether the proxy takes the path off or leaves it on.
    """

    def __init__(self, app: ASGIApp, path: str = "") -> None:
        self._app = app
        self._path = path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with the path in front, as ASGI wants it."""
        if self._path and scope["type"] in ("http", "websocket"):
            path: str = scope["path"]
            if not path.startswith(f"{self._path}/"):
                path = self._path + path
            scope = {**scope, "root_path": self._path, "path": path, "raw_path": path.encode()}
        await self._app(scope, receive, send)
