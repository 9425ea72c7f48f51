"""The demo portal: a page of another site with the chat in it."""

from __future__ import annotations

import threading
import tomllib
from pathlib import Path
from socket import socket
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from app.i18n import DATA, Messages, choose_language
from app.render import render_with
from rag.types import Language

_STATIC = Path(__file__).parents[1] / "static" / "portal"


def portal_origins(port: int) -> tuple[str, ...]:
    """The origins by which this machine reaches a port of its own."""
    return tuple(f"http://{name}:{port}" for name in ("localhost", "127.0.0.1"))


def portal_words(language: Language) -> Messages:
    """The portal's words; they are of a made-up company and no words of the chat."""
    return Messages(language, tomllib.loads((DATA / "portal.toml").read_text(encoding="utf-8"))[language])


def create_portal(chat: str) -> Starlette:
    """The portal's pages: ``/`` with the launcher, ``/inline`` with the chat in the text, ``/frame``.

    Args:
        chat: address of the chat, with a slash at its end.
    """
    site = f"{urlsplit(chat).scheme}://{urlsplit(chat).netloc}"
    # As strict as a portal's policy can be: no inline script or style, nothing but its own and the chat.
    policy = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; script-src {site}; frame-src {site}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

    def page(request: Request) -> HTMLResponse:
        asked = request.query_params.get("lang") or request.headers.get("accept-language")
        language = choose_language(asked)
        mode = request.url.path.strip("/") or "launcher"
        text = render_with("portal.html", portal_words(language), chat=chat, mode=mode)
        return HTMLResponse(text, headers={"Content-Security-Policy": policy})

    routes = [Route(path, page) for path in ("/", "/inline", "/frame")]
    return Starlette(routes=[*routes, Mount("/static", StaticFiles(directory=_STATIC))])


def serve_portal(sock: socket, chat: str) -> None:
    """Serve the portal on ``sock`` for as long as this process lives.

    Args:
        sock: a listening socket.
        chat: address of the chat.
    """
    import uvicorn

    config = uvicorn.Config(create_portal(chat), log_config=None, access_log=False, server_header=False)
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, args=([sock],), name="demo-portal", daemon=True).start()
