"""Feedback on answers, kept in one SQLite file; what was cited is kept by value."""

from __future__ import annotations

import json
import sqlite3
import uuid
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from app.database import opened

FILE = "feedback.sqlite"
LONGEST_NOTE = 2_000
"""Characters."""

_TABLE = """
CREATE TABLE IF NOT EXISTS feedback (
    id TEXT PRIMARY KEY, at TEXT NOT NULL, person TEXT NOT NULL, verdict TEXT NOT NULL, note TEXT NOT NULL,
    question TEXT NOT NULL, standalone_question TEXT NOT NULL, answer TEXT NOT NULL, refused INTEGER NOT NULL,
    citations TEXT NOT NULL, index_generation INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS feedback_at ON feedback (at);
"""


class Verdict(StrEnum):
    """What a person says of an answer."""

    RIGHT = "right"
    WRONG_ANSWER = "wrong_answer"
    WRONG_CLAUSE = "wrong_clause"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Cited:
    """A clause as the person saw it cited."""

    clause_id: str
    label: str
    text: str
    quote: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person said of an answer.

    Attributes:
        verdict: what they say of it.
        question: what was asked.
        answer: the answer's words.
        note: the person's own words; may be empty.
        standalone_question: the question as completed from the dialogue; empty where it was not.
        refused: whether the answer was that the documents do not say.
        citations: the clauses cited, as they stood then.
        index_generation: the state of the index that was answered from.
        person: who says so, as the gate knows them.
        id: names it.
        at: when, ISO 8601 in UTC.
    """

    verdict: Verdict
    question: str
    answer: str
    note: str = ""
    standalone_question: str = ""
    refused: bool = False
    citations: tuple[Cited, ...] = ()
    index_generation: int = 0
    person: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    at: str = field(default_factory=lambda: _stamp(datetime.now(UTC)))


class FeedbackStore:
    """The feedback of a data folder; any number of threads and processes may use it."""

    def __init__(self, folder: Path, days: int = 0) -> None:
        """Begins; the file is made when something is kept.

        Args:
            folder: the data folder.
            days: how long feedback is kept; 0 keeps it for good.
        """
        self._path = folder / FILE
        self._days = days

    def add(self, feedback: Feedback) -> None:
        """Keeps what a person said: when this returns it is on the disk.

        Raises:
            PolicyQAError: it cannot be written.
        """
        row = {name: getattr(feedback, name) for name in _COLUMNS}
        row["citations"] = json.dumps([asdict(cited) for cited in feedback.citations], ensure_ascii=False)
        places = ", ".join(f":{name}" for name in _COLUMNS)
        with opened(self._path, _TABLE) as connection:
            connection.execute(f"INSERT INTO feedback ({', '.join(_COLUMNS)}) VALUES ({places})", row)
            self._forget_old(connection)

    def all(self) -> list[Feedback]:
        """Everything that is kept, the oldest first.

        Raises:
            PolicyQAError: it cannot be read.
        """
        if not self._path.exists():
            return []
        with opened(self._path, _TABLE) as connection:
            self._forget_old(connection)
            order = f"SELECT {', '.join(_COLUMNS)} FROM feedback ORDER BY at, rowid"
            return [_read(row) for row in connection.execute(order)]

    def _forget_old(self, connection: sqlite3.Connection) -> None:
        if self._days:
            oldest = datetime.now(UTC) - timedelta(days=self._days)
            connection.execute("DELETE FROM feedback WHERE at < ?", (_stamp(oldest),))


_COLUMNS = tuple(f.name for f in fields(Feedback))


def _stamp(time: datetime) -> str:
    return time.isoformat(timespec="seconds")


def _read(row: tuple[object, ...]) -> Feedback:
    given = dict(zip(_COLUMNS, row, strict=True))
    citations = tuple(Cited(**one) for one in json.loads(str(given["citations"])))
    changed = {
        "verdict": Verdict(str(given["verdict"])),
        "refused": bool(given["refused"]),
        "citations": citations,
    }
    return Feedback(**{**given, **changed})  # type: ignore[arg-type]
