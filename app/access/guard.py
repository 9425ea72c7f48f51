"""The one gate in front of everything, Gradio's addresses included."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access.identity import Access
from app.access.people import Role
from app.errors import STATUS, Code, failure_response
from app.i18n import choose_language
from app.render import render

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""What needs no identity: whoever watches the server has none."""

ADMINISTRATION = ("/admin", "/api/v1/admin")
"""What needs the role to administer, with everything below."""

PRIVATE = (*ADMINISTRATION, "/api/v1/history")
"""What only the server's own pages call for a person, with everything below."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI middleware that lets in whom ``Access`` knows; the person is in the scope's state from then on."""

    def __init__(self, app: ASGIApp, access: Access, allowed_origins: tuple[str, ...] = ()) -> None:
        self._app = app
        self._access = access
        self._origins = frozenset(allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or turn it away."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        path = route_path(scope)
        person = self._access.identify(scope)
        if person is None and path not in OPEN_PATHS:
            await self._turn_away(scope, receive, send)
            return
        if person is not None:
            scope.setdefault("state", {})["person"] = person
        refused = None
        if person is not None and not person.role.allows(needed_role(path)):
            refused = failure_response(scope, Code.FORBIDDEN, "This needs the role to administer.")
        elif scope["type"] == "http" and scope["method"] not in _READING and self._is_foreign(scope):
            refused = failure_response(
                scope, Code.CROSS_ORIGIN, "Pages of this origin may not call the server."
            )
        if refused is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refused(scope, receive, send)

    async def _turn_away(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        host = self._access.foreign_host(scope)
        headers: dict[str, str] = {}
        if host is not None:
            code = Code.UNKNOWN_HOST
            message = (
                f"Asked for as {host!r}: without keys this server answers to localhost and to the host of "
                "public_url (POLICYQA_PUBLIC_URL). Set that, or make a key (policyqa keys add NAME)."
            )
        else:
            # A browser asks for a key where one could be had: any user name, the key as the password.
            scheme = 'Basic realm="PolicyQA", charset="UTF-8"' if self._access.takes_keys else "Bearer"
            code, headers = Code.UNAUTHENTICATED, {"WWW-Authenticate": scheme}
            message = "Sign in through the portal, or send an API key: Authorization: Bearer …"
        sent = Headers(scope=scope)
        if "text/html" in sent.get("accept", ""):
            page = render("denied.html", choose_language(sent.get("accept-language")), host=host)
            await HTMLResponse(page, STATUS[code], headers)(scope, receive, send)
            return
        await failure_response(scope, code, message, headers)(scope, receive, send)

    def _is_foreign(self, scope: Scope) -> bool:
        """Whether a page of another origin sends it: a browser would add the person's own credentials."""
        headers = Headers(scope=scope)
        origin = headers.get("origin", "").lower()
        # A portal's page may ask for a person, never administer or look into what they asked.
        listed = not is_private(route_path(scope)) and origin in self._origins
        if not origin or listed or headers.get("sec-fetch-site") == "same-origin":
            return False
        # No page can set these two for a request to another origin.
        own = {headers.get("host", "").lower(), headers.get("x-forwarded-host", "").lower()} - {""}
        return urlsplit(origin).netloc not in own


def needed_role(path: str) -> Role:
    """The role that an address needs."""
    return Role.ADMINISTER if _is_below(path, ADMINISTRATION) else Role.ASK


def is_private(path: str) -> bool:
    """Whether only the server's own pages may call an address for a person."""
    return _is_below(path, PRIVATE)


def _is_below(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)


def route_path(scope: Scope) -> str:
    """A request's path without what a proxy in front has added."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path.removeprefix(root) if root and path.startswith(f"{root}/") else path
