"""Conversations, kept in one SQLite file by person; what was cited is kept by value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from app.conversation import Exchange, stamp
from app.database import opened
from corpus.errors import PolicyQAError

FILE = "history.sqlite"
MOST_BYTES = 32 << 20
"""Bytes kept of one person; the oldest questions go first."""

_TABLE = """
CREATE TABLE IF NOT EXISTS exchange (
    number INTEGER PRIMARY KEY, person TEXT NOT NULL, conversation TEXT NOT NULL, id TEXT NOT NULL,
    at TEXT NOT NULL, question TEXT NOT NULL, size INTEGER NOT NULL, kept TEXT NOT NULL, UNIQUE (person, id)
) STRICT;
CREATE INDEX IF NOT EXISTS exchange_of ON exchange (person, conversation, at);
CREATE INDEX IF NOT EXISTS exchange_size ON exchange (person, number, size);
CREATE INDEX IF NOT EXISTS exchange_at ON exchange (at);
"""
_LISTED = """
SELECT conversation, question, at, last, questions FROM exchange JOIN (
    SELECT MIN(number) AS first, MAX(number) AS newest, MAX(at) AS last, COUNT(*) AS questions
    FROM exchange WHERE person = ? AND at >= ? GROUP BY conversation
) ON number = first ORDER BY newest DESC LIMIT ? OFFSET ?
"""
_TOO_MUCH = """
DELETE FROM exchange WHERE number IN (SELECT number FROM (
    SELECT number, SUM(size) OVER (ORDER BY number DESC) AS total FROM exchange WHERE person = ?
) WHERE total > ?)
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A conversation in a list.

    Attributes:
        id: names it.
        question: its first question that is still kept.
        at: when that was asked, ISO 8601 in UTC.
        last: when its last question was asked.
        questions: how many there are.
    """

    id: str
    question: str
    at: str
    last: str
    questions: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How much is kept, without a word of it.

    Attributes:
        people: of how many people.
        conversations: how many conversations.
        questions: how many questions.
        bytes: what they take, without the file's own structure.
        oldest: when the oldest was asked, ISO 8601 in UTC; empty where there is none.
    """

    people: int
    conversations: int
    questions: int
    bytes: int
    oldest: str


class HistoryStore:
    """The history of a data folder; any number of threads and processes may use it."""

    def __init__(self, folder: Path, days: int) -> None:
        """Begins; the file is made when something is kept.

        Args:
            folder: the data folder.
            days: how long a question is kept.
        """
        self._path = folder / FILE
        self._days = days

    def add(self, person: str, conversation: str, exchange: Exchange) -> None:
        """Keeps a question and what became of it: when this returns it is on the disk.

        What is kept already stays as it is. What is too old, of anybody, or too much of this person goes.

        Args:
            person: whose it is.
            conversation: id of the conversation that it belongs to.
            exchange: the question, its answer complete or given up.

        Raises:
            PolicyQAError: it cannot be written.
        """
        exchange = _slim(exchange)
        kept = _exchange().dump_json(exchange).decode()
        row = (person, conversation, exchange.id, exchange.at, exchange.question, len(kept.encode()), kept)
        with opened(self._path, _TABLE) as connection:
            connection.execute("DELETE FROM exchange WHERE at < ?", (self._oldest,))
            connection.execute(
                "INSERT INTO exchange (person, conversation, id, at, question, size, kept) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                row,
            )
            connection.execute(_TOO_MUCH, (person, MOST_BYTES))

    def listed(self, person: str, limit: int, offset: int = 0) -> tuple[int, list[Listed]]:
        """A person's conversations, the one that went on last first.

        Args:
            person: whose they are.
            limit: how many at most.
            offset: how many to pass over.

        Returns:
            How many there are in all, and those asked for.

        Raises:
            PolicyQAError: they cannot be read.
        """
        if not self._path.exists():
            return 0, []
        total = "SELECT COUNT(DISTINCT conversation) FROM exchange WHERE person = ? AND at >= ?"
        with opened(self._path, _TABLE) as connection:
            (count,) = connection.execute(total, (person, self._oldest)).fetchone()
            rows = connection.execute(_LISTED, (person, self._oldest, limit, offset))
            return count, [Listed(*row) for row in rows]

    def read(self, person: str, conversation: str) -> tuple[Exchange, ...]:
        """The questions of a conversation, the oldest first; none where this person has no such one.

        Raises:
            PolicyQAError: they cannot be read.
        """
        if not self._path.exists():
            return ()
        wanted = "SELECT kept FROM exchange WHERE person = ? AND conversation = ? AND at >= ? ORDER BY number"
        with opened(self._path, _TABLE) as connection:
            rows = connection.execute(wanted, (person, conversation, self._oldest)).fetchall()
        try:
            return tuple(_exchange().validate_json(kept) for (kept,) in rows)
        except ValidationError:
            raise PolicyQAError(f"{self._path} holds what this version does not understand") from None

    def delete(self, person: str, conversation: str) -> int:
        """Deletes one of a person's conversations.

        Returns:
            How many questions it had; 0 where this person has no such one.

        Raises:
            PolicyQAError: it cannot be written.
        """
        return self._delete("person = ? AND conversation = ?", person, conversation)

    def delete_all(self, person: str) -> int:
        """Deletes everything of a person.

        Returns:
            How many questions that were.

        Raises:
            PolicyQAError: it cannot be written.
        """
        return self._delete("person = ?", person)

    def forget_old(self) -> int:
        """Deletes what is older than history is kept; everything where it is kept for no day.

        Returns:
            How many questions that were.

        Raises:
            PolicyQAError: it cannot be written.
        """
        return self._delete("at < ?", self._oldest) if self._days else self._delete("TRUE")

    def figures(self) -> Figures:
        """How much is kept.

        Raises:
            PolicyQAError: it cannot be read.
        """
        if not self._path.exists():
            return Figures(0, 0, 0, 0, "")
        counts = (
            "SELECT COUNT(DISTINCT person), COUNT(DISTINCT person || char(10) || conversation), COUNT(*), "
            "COALESCE(SUM(size), 0), COALESCE(MIN(at), '') FROM exchange"
        )
        with opened(self._path, _TABLE) as connection:
            return Figures(*connection.execute(counts).fetchone())

    @property
    def _oldest(self) -> str:
        return stamp(datetime.now(UTC) - timedelta(days=self._days))

    def _delete(self, where: str, *values: str) -> int:
        if not self._path.exists():
            return 0
        with opened(self._path, _TABLE) as connection:
            return connection.execute(f"DELETE FROM exchange WHERE {where}", values).rowcount


@cache
def _exchange() -> TypeAdapter[Exchange]:
    return TypeAdapter(Exchange)


def _slim(exchange: Exchange) -> Exchange:
    """An exchange without what only measuring needs, and without halves of characters."""
    exchange = replace(exchange, question=exchange.question.encode(errors="replace").decode())
    if exchange.answer is not None:
        exchange = replace(exchange, answer=replace(exchange.answer, retrieved=(), timings={}))
    return exchange
