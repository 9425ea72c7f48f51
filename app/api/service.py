"""What the programming interface works with, and what its routes have in common."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Event
from typing import TYPE_CHECKING

from starlette.requests import Request

from app.allowance import NO_LIMIT, Allowance
from app.api.desk import Desk
from app.api.models import (
    AskRequest,
    CandidateBody,
    ClauseBody,
    Limits,
    SearchBody,
    SearchRequest,
    clause_body,
    to_filters,
)
from app.collection import Collection
from app.metrics import Metrics
from corpus.errors import PolicyQAError
from rag.types import Answer, Filters

if TYPE_CHECKING:
    from rag.engine import PolicyQA

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Service:
    """What answers, and by which rules.

    Attributes:
        engine: what answers.
        desk: where questions wait for their turn.
        metrics: what is counted.
        allowance: how often a person may ask.
        as_of: the day of asking; None means the day on which a question comes.
        log_questions: whether the log holds the words of questions.
        public_url: the address by which people reach the server; empty means the one they asked at.
    """

    engine: PolicyQA
    desk: Desk
    metrics: Metrics
    allowance: Allowance = NO_LIMIT
    as_of: date | None = None
    log_questions: bool = False
    public_url: str = ""
    _known: Collection = field(default_factory=lambda: Collection({}))

    @property
    def day(self) -> date:
        """The day of asking."""
        return self.as_of or date.today()

    def refresh(self, wait: bool = False) -> None:
        """Takes up a changed index; one that cannot be opened is logged, and the old one goes on.

        Args:
            wait: for who has changed the index, or must see it as it is: see ``PolicyQA.reload_if_changed``.
        """
        try:
            self.engine.reload_if_changed(wait)
        except PolicyQAError as error:
            _LOG.warning("the index has changed and cannot be opened, the old state goes on: %s", error)

    def answer(self, asked: AskRequest, cancel: Event) -> Iterator[Answer]:
        """Answers a question bit by bit, from the present state of the index.

        Raises:
            PolicyQAError: the question cannot be asked so.
        """
        self.refresh()
        history = [self.engine.recall(t.question, t.cited, t.standalone_question) for t in asked.history]
        return self.engine.stream(
            asked.question, history, self.filters(asked.filters), cancel, asked.language
        )

    def search(self, asked: SearchRequest) -> SearchBody:
        """Ranks clauses for a question, from the present state of the index.

        Raises:
            PolicyQAError: the question cannot be asked so.
        """
        self.refresh()
        found = self.engine.search(asked.question, asked.top, self.filters(asked.filters))
        clauses = self.engine.clauses
        results = [
            CandidateBody(
                clause_id=one.clause_id,
                document=one.document,
                label=clauses[one.clause_id].label if one.clause_id in clauses else "",
                text=one.text,
                score=one.score,
            )
            for one in found
        ]
        return SearchBody(results=results)

    def clause(self, clause_id: str, on: date | None) -> ClauseBody | None:
        """A clause or paragraph unit, from the present state of the index; None where there is none.

        Args:
            clause_id: its id.
            on: the day for which its validity is told; the day of asking where None.
        """
        self.refresh()
        found = self.engine.clauses.get(clause_id)
        document = self.engine.documents.get(found.document) if found else None
        if found is None or document is None:
            return None
        return clause_body(found, self.engine.children(clause_id), document, on or self.day)

    def filters(self, limits: Limits) -> Filters:
        """What the engine is told of a client's limits.

        Raises:
            PolicyQAError: no zone has such a name.
        """
        return to_filters(limits, self.zones_named(limits.zones), self.as_of)

    def zones_named(self, names: Sequence[str]) -> tuple[str, ...]:
        """The zones that a client means by names or parts of them.

        Raises:
            PolicyQAError: no zone has such a name.
        """
        if self._known.by_id is not self.engine.documents:
            self._known = Collection(self.engine.documents)
        known = self._known
        return tuple(dict.fromkeys(zone for name in names for zone in known.zones_named(name)))

    def note(self, request: Request, interface: str, question: str, outcome: str) -> None:
        """Counts a question and notes it for the log; its words only where that is switched on."""
        self.metrics.answer(interface, outcome)
        facts = request.scope["state"]["facts"]
        facts["outcome"] = outcome
        if self.log_questions:
            facts["question"] = question


def outcome_of(answer: Answer) -> str:
    """What became of a question, in a word."""
    if answer.refusal is not None:
        return "refused"
    return "greeted" if answer.reply else "answered"
