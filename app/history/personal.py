"""Whose history is kept: that of people known by single sign-on, and nobody else's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.access.people import Person
from app.conversation import Conversation, Exchange
from app.history.store import HistoryStore, Listed


@dataclass(frozen=True, slots=True)
class PersonalHistory:
    """What is kept of one person; nothing of anybody else can be reached through it."""

    _store: HistoryStore
    _person: str
    days: int

    def keep(self, conversation: Conversation) -> None:
        """Keeps the last question of a conversation and what became of it.

        Raises:
            PolicyQAError: it cannot be written.
        """
        self._store.add(self._person, conversation.id, conversation.exchanges[-1])

    def listed(self, limit: int, offset: int = 0) -> tuple[int, list[Listed]]:
        """How many conversations there are, and some of them, the one that went on last first."""
        return self._store.listed(self._person, limit, offset)

    def read(self, conversation: str) -> tuple[Exchange, ...]:
        """The questions of a conversation, the oldest first; none where the person has no such one."""
        return self._store.read(self._person, conversation)

    def delete(self, conversation: str) -> int:
        """Deletes a conversation; tells how many questions it had, 0 where the person has no such one."""
        return self._store.delete(self._person, conversation)

    def delete_all(self) -> int:
        """Deletes everything; tells how many questions that were."""
        return self._store.delete_all(self._person)


class History:
    """The history of everybody of whom it is kept."""

    def __init__(self, store: HistoryStore, days: int) -> None:
        """Begins.

        Args:
            store: where it is kept.
            days: how long; 0 keeps none.
        """
        self._store = store
        self.days = days

    def of(self, person: Person) -> PersonalHistory | None:
        """A person's history; None where none is kept.

        An address may be anybody's, and a key is a program's.
        """
        if not self.days or person.by != "sso":
            return None
        return PersonalHistory(self._store, person.name, self.days)


NO_HISTORY = History(HistoryStore(Path(), 0), 0)
"""Keeps nothing of anybody."""
