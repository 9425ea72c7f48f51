"""Questions that are asked: what is wrong with one, and stopping its answer by who asked it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
from typing import TYPE_CHECKING

from app.access.people import Person, Role
from app.allowance import NO_LIMIT, Allowance, TooOftenError
from app.errors import Code
from app.i18n import Messages
from rag.engine import LONGEST_QUESTION

if TYPE_CHECKING:
    import gradio as gr

    from app.metrics import Metrics


class Asked:
    """By the browser's session, what stops the answers that it waits for."""

    def __init__(self, allowance: Allowance = NO_LIMIT, metrics: Metrics | None = None) -> None:
        """Begins without any.

        Args:
            allowance: how often a person may ask.
            metrics: where questions are counted.
        """
        self._allowance = allowance
        self._metrics = metrics
        self._lock = Lock()
        self._running: defaultdict[str, set[Event]] = defaultdict(set)

    @property
    def running(self) -> int:
        """How many answers are waited for."""
        with self._lock:
            return sum(map(len, self._running.values()))

    @contextmanager
    def asking(self, request: gr.Request | None) -> Iterator[Event]:
        """Answers one question.

        Args:
            request: the request that asks; None where there is no browser.

        Yields:
            What is set when nobody waits for the answer any more.

        Raises:
            TooOftenError: the person has asked too often, or too much at a time.
        """
        outcome = "failed"
        try:
            with self._allowance.asking(asking_person(request)), self._waiting(request) as cancel:
                yield cancel
                outcome = "left" if cancel.is_set() else "finished"
        except GeneratorExit:
            outcome = "left"
            raise
        except TooOftenError:
            outcome = Code.TOO_MANY
            raise
        finally:
            if self._metrics is not None:
                self._metrics.answer("chat", outcome)

    @contextmanager
    def _waiting(self, request: gr.Request | None) -> Iterator[Event]:
        cancel, session = Event(), _session(request)
        with self._lock:
            self._running[session].add(cancel)
        try:
            yield cancel
        finally:
            cancel.set()
            with self._lock:
                self._running[session].discard(cancel)
                if not self._running[session]:
                    del self._running[session]

    def stop(self, request: gr.Request | None) -> None:
        """Stops the answers that a session waits for."""
        with self._lock:
            for cancel in self._running.get(_session(request), ()):
                cancel.set()


def asking_person(request: gr.Request | None) -> Person:
    """Who asks, as the gate has told."""
    scope = getattr(getattr(request, "request", None), "scope", {})
    person: Person = scope.get("state", {}).get("person") or Person("", Role.ASK, "address")
    return person


def _session(request: gr.Request | None) -> str:
    return (request.session_hash or "") if request is not None else ""


def fault_of(question: str, words: Messages) -> str:
    """Why a question cannot be asked, in the page's language; empty where it can."""
    if len(question) > LONGEST_QUESTION:
        return words("error_too_long", length=f"{len(question):,}", limit=f"{LONGEST_QUESTION:,}")
    return "" if any(c.isalnum() for c in question) else words("error_empty")
