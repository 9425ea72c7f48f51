"""``/api/v1/admin``: documents, drafts, going back, the record; the gate lets administrators in only."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from threading import BoundedSemaphore
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from app.access.people import person_of
from app.api.models import Asking, Giving, Id
from app.api.routes import failures
from app.documents.drafts import Drafts
from app.documents.library import Draft, Library
from app.documents.names import safe_name
from app.documents.progress import State
from app.errors import Code, RequestFailedError
from app.i18n import choose_language, messages
from corpus.errors import PolicyQAError, SourceError
from corpus.types import ClauseKind
from embeddings.build import BuildReport

UPLOADS = "/api/v1/admin/drafts"
"""Where files are sent to."""

_LOG = logging.getLogger(__name__)
_READERS = 2  # files read at the same time
_RETRY = {"Retry-After": "5"}
_MOST_SHOWN = 2_000
FileName = Annotated[str, Query(min_length=1, max_length=1_000, description="What its owner calls it.")]
_FILE = {"requestBody": {"required": True, "content": {"application/octet-stream": {}}}}


class HeldBody(Giving):
    """A document that is answered from."""

    id: str
    title: str
    zone: str
    source: str


class RemarkBody(BaseModel):
    """Something to know before publishing."""

    kind: str
    message: str


class UnitBody(Giving):
    """A clause as it would be cited."""

    id: str
    kind: ClauseKind
    label: str
    text: str


class DraftBody(BaseModel):
    """A file as it would be answered from."""

    id: str = Field(description="Names it for publishing.")
    name: str
    size: int
    documents: list[HeldBody]
    total: int = Field(description="How many clauses and paragraphs.")
    clauses: list[UnitBody] = Field(description="The first of them.")
    remarks: list[RemarkBody]


class PublishRequest(Asking):
    """How a draft is published."""

    replaces: Id | None = Field(default=None, description="The document that it takes the place of.")


class ChangeBody(BaseModel):
    """What the index holds after a change."""

    documents: int
    clauses: int


class ProgressBody(Giving):
    """The change of the index that is under way, or the last one."""

    action: str
    person: str
    started: str
    state: State
    embedded: int = Field(description="Passages that have gone through the model.")
    total: int = Field(description="Passages that are to; 0 while that is not known.")
    reason: str = Field(description="Why it failed.")


class RecordBody(BaseModel):
    """One line of the record; which facts it has depends on the action."""

    model_config = ConfigDict(extra="allow")

    at: str
    person: str
    action: str


def build_router(library: Library, catch_up: Callable[[], None]) -> APIRouter:
    """The routes of administration.

    Args:
        library: what is administered.
        catch_up: has what answers take up a change, and returns when it has.
    """
    router = APIRouter(prefix="/api/v1/admin", tags=["administration"])
    drafts, readers = Drafts(), BoundedSemaphore(_READERS)

    def changed(change: Callable[[], BuildReport]) -> ChangeBody:
        try:
            report = change()
        except PolicyQAError as error:
            _LOG.warning("the index was not changed: %s", error)
            raise RequestFailedError(Code.INVALID, library.told(str(error))) from None
        catch_up()
        return ChangeBody(documents=report.documents, clauses=report.clauses)

    def read(data: bytes, name: str) -> Draft:
        if not readers.acquire(blocking=False):
            busy = "Other files are being read: send this one again in a moment."
            raise RequestFailedError(Code.BUSY, busy, _RETRY)
        try:
            catch_up()
            return library.read(data, name)
        except SourceError as error:
            raise RequestFailedError(Code.INVALID, str(error)) from None
        except OSError as error:  # of this machine's, such as a full disk
            _LOG.error("a file could not be read: %s", error)
            unread = f"{safe_name(name)}: could not be read just now: {error.strerror or 'try again later'}"
            raise RequestFailedError(Code.UNREADY, unread, _RETRY) from None
        finally:
            readers.release()

    def draft_of(name: str) -> Draft:
        if found := drafts.get(name):
            return found
        raise RequestFailedError(Code.NOT_FOUND, "There is no such draft any more: send the file again.")

    def require_document(name: str) -> None:
        if not library.holds(name):
            raise RequestFailedError(Code.NOT_FOUND, "There is no such document.")

    @router.get("/documents", responses=failures())
    def documents() -> list[HeldBody]:
        """The documents that are answered from."""
        catch_up()
        return [HeldBody.model_validate(one) for one in library.held.documents.values()]

    @router.post("/drafts", responses=failures(Code.TOO_LARGE, Code.TOO_SLOW, Code.BUSY), openapi_extra=_FILE)
    async def send(request: Request, name: FileName) -> DraftBody:
        """Send a file, and see how it is cut; nothing is answered from it yet."""
        data = await request.body()
        draft = await run_in_threadpool(read, data, name)
        words = messages(choose_language(request.headers.get("accept-language")))
        corpus = draft.upload.corpus
        return DraftBody(
            id=drafts.keep(draft),
            name=draft.upload.name,
            size=draft.upload.size,
            documents=[HeldBody.model_validate(one) for one in corpus.documents],
            total=len(corpus.clauses),
            clauses=[UnitBody.model_validate(one) for one in corpus.clauses[:_MOST_SHOWN]],
            remarks=[RemarkBody(kind=one.kind, message=one.told(words)) for one in draft.remarks],
        )

    @router.delete("/drafts/{draft_id}", responses=failures())
    def drop(draft_id: Id) -> None:
        """Forget a draft."""
        drafts.drop(draft_id)

    @router.post("/drafts/{draft_id}/publish", responses=failures(Code.NOT_FOUND))
    def publish(request: Request, draft_id: Id, how: PublishRequest) -> ChangeBody:
        """Answer from a draft from now on; no answer is interrupted."""
        draft, person = draft_of(draft_id), person_of(request.scope).name
        if how.replaces:
            require_document(how.replaces)
        body = changed(lambda: library.publish([draft], person, how.replaces or ""))
        drafts.drop(draft_id)
        return body

    @router.delete("/documents/{document_id}", responses=failures(Code.NOT_FOUND))
    def remove(request: Request, document_id: Id) -> ChangeBody:
        """Answer no more from a document."""
        require_document(document_id)
        person = person_of(request.scope).name
        return changed(lambda: library.remove([document_id], person))

    @router.post("/rollback", responses=failures())
    def rollback(request: Request) -> ChangeBody:
        """Go back to the state before the last change; again undoes it."""
        person = person_of(request.scope).name
        return changed(lambda: library.roll_back(person))

    @router.get("/progress", responses=failures())
    def progress() -> ProgressBody | None:
        """How far the change of the index under way is, whoever makes it; else what became of the last."""
        if (change := library.changes.last()) is None:
            return None
        return ProgressBody.model_validate(replace(change, reason=library.told(change.reason)))

    @router.get("/audit", responses=failures())
    def audit(limit: Annotated[int, Query(ge=1, le=1_000)] = 100) -> list[RecordBody]:
        """Who changed what, the newest first."""
        rows: list[dict[str, Any]] = library.audit.last(limit)
        found = []
        for row in rows:
            with suppress(ValueError):  # a line that is not ours
                found.append(RecordBody(**row))
        return found

    return router
