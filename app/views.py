"""A conversation as the chat shows it: each answer with its clauses, as they stood when it was there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.collection import Collection
from app.conversation import Conversation, Exchange, Surroundings
from app.i18n import Messages, messages
from app.render import Setting, Standing, TurnView, introduces, view_turn
from corpus.types import ClauseKind
from rag.engine import PolicyQA
from rag.types import Answer, Citation


class Views:
    """Prepares conversations for the templates."""

    def __init__(self, engine: PolicyQA, as_of: date | None) -> None:
        """Begins.

        Args:
            engine: what answers.
            as_of: the day of asking; None means the day on which a question comes.
        """
        self._engine = engine
        self._as_of = as_of
        self._known = Collection({})

    @property
    def collection(self) -> Collection:
        """The documents as they are now: an addition or removal shows without a restart."""
        if self._known.by_id is not self._engine.documents:
            self._known = Collection(self._engine.documents)
        return self._known

    def turns(self, conversation: Conversation) -> list[TurnView]:
        """The questions with their answers, in the conversation's language."""
        words = messages(conversation.language)
        return [self._turn(k, exchange, words) for k, exchange in enumerate(conversation.exchanges, 1)]

    def settle(self, conversation: Conversation) -> Conversation:
        """Has a conversation's last answer shown from now on with its clauses as they stand today."""
        return conversation.with_surroundings(self._surroundings(conversation.exchanges[-1].answer))

    def _turn(self, number: int, exchange: Exchange, words: Messages) -> TurnView:
        filters = exchange.filters
        limits = [self.collection.short_zone(zone, words.language) for zone in filters.zones]
        if filters.in_force_only:
            limits.append(words("in_force_label"))
        around = exchange.surroundings or self._surroundings(exchange.answer)
        return view_turn(
            number,
            exchange.question,
            exchange.answer,
            exchange.state,
            exchange.error,
            limits=tuple(limits),
            setting=Setting(
                words,
                filters.as_of or self._as_of or date.today(),
                around.documents,
                lambda clause_id: around.items.get(clause_id, ()),
                lambda citation: standing(citation, self._engine),
            ),
        )

    def _surroundings(self, answer: Answer | None) -> Surroundings:
        documents, shown = self._engine.documents, shown_citations(answer)
        return Surroundings(
            {c.document: documents[c.document] for c in shown if c.document in documents},
            {c.clause_id: self._items(c.clause_id) for c in shown if introduces(c)},
        )

    def _items(self, clause_id: str) -> tuple[str, ...]:
        """The words of the clauses below one, apart from its own paragraphs."""
        below = self._engine.children(clause_id)
        return tuple(clause.text for clause in below if clause.kind is not ClauseKind.PARAGRAPH)


def standing(citation: Citation, engine: PolicyQA) -> Standing:
    """Whether the collection still holds what is cited."""
    clause = engine.clauses.get(citation.clause_id)
    if clause is None:
        return "gone"
    return "held" if clause.text == citation.text else "changed"


def shown_citations(answer: Answer | None) -> Sequence[Citation]:
    """Every clause that an answer shows: cited, related, or a hint."""
    if answer is None:
        return ()
    hints = answer.refusal.nearest if answer.refusal else ()
    return (*answer.citations, *(item.citation for item in answer.related), *hints)
