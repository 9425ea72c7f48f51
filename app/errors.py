"""The one form of every failure over HTTP: a code, a message for people, the request's id."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.types import Scope


class Code(StrEnum):
    """What went wrong, for programs."""

    INVALID = "invalid_request"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    CROSS_ORIGIN = "cross_origin"
    UNKNOWN_HOST = "unknown_host"
    NOT_FOUND = "not_found"
    METHOD = "method_not_allowed"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    TOO_MANY = "too_many_requests"
    BUSY = "busy"
    STOPPING = "stopping"
    UNREADY = "not_ready"
    INTERNAL = "internal_error"


STATUS = {
    Code.INVALID: 422,
    Code.UNAUTHENTICATED: 401,
    Code.FORBIDDEN: 403,
    Code.CROSS_ORIGIN: 403,
    Code.UNKNOWN_HOST: 403,
    Code.NOT_FOUND: 404,
    Code.METHOD: 405,
    Code.TOO_LARGE: 413,
    Code.TOO_SLOW: 408,
    Code.TOO_MANY: 429,
    Code.BUSY: 503,
    Code.STOPPING: 503,
    Code.UNREADY: 503,
    Code.INTERNAL: 500,
}


class Failure(BaseModel):
    """What went wrong with a request."""

    model_config = ConfigDict(use_enum_values=True)

    code: Code = Field(description="What went wrong, for programs.")
    message: str = Field(description="The same for people.")
    request_id: str = Field(description="Names the request in the server's log.")


class FailureBody(BaseModel):
    """The body of every response that is a failure."""

    error: Failure


class RequestFailedError(Exception):
    """Ends a request with a failure.

    Attributes:
        code: what went wrong.
        message: the same for people.
        headers: response headers, such as Retry-After.
    """

    def __init__(self, code: Code, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def request_id_of(scope: Scope) -> str:
    """The id that a request was given."""
    return str(scope.get("state", {}).get("request_id", ""))


def failure_body(scope: Scope, code: Code, message: str) -> FailureBody:
    """The failure of a request, ready to be sent."""
    return FailureBody(error=Failure(code=code, message=message, request_id=request_id_of(scope)))


def failure_response(
    scope: Scope, code: Code, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The response that tells of a failure."""
    body = failure_body(scope, code, message)
    return JSONResponse(body.model_dump(), STATUS[code], headers=dict(headers or {}))
