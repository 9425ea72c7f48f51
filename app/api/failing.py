"""Every failure of the programming interface in the one form."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from app.errors import STATUS, Code, RequestFailedError, failure_response

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY"]
_LONGEST = 300  # characters of a message


def install_failures(app: FastAPI) -> None:
    """Makes an application tell its failures in the one form; call it after the interface's routes are in.

    Args:
        app: the application. Addresses below /api and /v1 that no route serves are not found from now on,
            whatever is mounted behind them.
    """
    app.exception_handler(RequestFailedError)(_failed)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_refused)
    routes = tuple(app.routes)

    def missing(request: Request) -> Response:
        allowed = [method for method in _METHODS if _served({**request.scope, "method": method}, routes)]
        if allowed:
            headers = {"Allow": ", ".join(allowed)}
            message = "This address does not take the method."
            return failure_response(request.scope, Code.METHOD, message, headers)
        return failure_response(request.scope, Code.NOT_FOUND, "There is no such address.")

    for path in ("/api/{rest:path}", "/v1/{rest:path}", "/metrics", "/healthz", "/readyz"):
        app.add_api_route(path, missing, methods=_METHODS, include_in_schema=False)


def _served(scope: Scope, routes: tuple[BaseRoute, ...]) -> bool:
    return any(route.matches(scope)[0] is Match.FULL for route in routes)


def _failed(request: Request, error: RequestFailedError) -> Response:
    return failure_response(request.scope, error.code, error.message, error.headers)


def _invalid(request: Request, error: RequestValidationError) -> Response:
    """Says what is wrong with the first field that is, without its value."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"][1:])
    message = f"{place}: {first['msg']}" if place else str(first["msg"])
    return failure_response(request.scope, Code.INVALID, message[:_LONGEST])


def _refused(request: Request, error: HTTPException) -> Response:
    codes = {status: code for code, status in reversed(STATUS.items())}
    code = codes.get(error.status_code, Code.INVALID)
    return failure_response(request.scope, code, str(error.detail)[:_LONGEST], error.headers)
