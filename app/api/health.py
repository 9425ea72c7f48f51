"""What whoever watches the server asks: does it live, is it ready, what does it count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from app.api.models import Health
from app.api.routes import failures
from app.api.service import Service
from app.errors import STATUS, Code, FailureBody, RequestFailedError
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from app.work import Work


def build_router(service: Service, work: Work) -> APIRouter:
    """The routes.

    Args:
        service: what answers.
        work: what is under way.
    """
    router = APIRouter(tags=["watching"])

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz")
    def health() -> Health:
        """Whether the server lives."""
        return Health(status="ok")

    @router.head("/readyz", include_in_schema=False)
    @router.get("/readyz", responses={STATUS[Code.STOPPING]: {"model": FailureBody}})
    def readiness() -> Health:
        """Whether it takes questions: its index can be read and it is not being stopped."""
        try:
            service.engine.reload_if_changed()
        except PolicyQAError:
            raise RequestFailedError(Code.UNREADY, "The index cannot be read.") from None
        if work.stopping:
            raise RequestFailedError(Code.STOPPING, "The server is being stopped.")
        return Health(status="ok")

    @router.get("/metrics", responses=failures(), response_class=Response)
    def metrics() -> Response:
        """What the server counts, in Prometheus' text format."""
        return Response(service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router
