"""The record of who changed what is answered from: JSON lines that are only ever added to."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from corpus.errors import PolicyQAError

FILE = "audit.jsonl"


class Audit:
    """The record in a data folder; any number of threads and processes may add to it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def note(self, person: str, action: str, **facts: object) -> None:
        """Adds a line: when this returns it is on the disk.

        Args:
            person: who does it.
            action: what they do.
            facts: what with.

        Raises:
            PolicyQAError: it cannot be written.
        """
        row = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "person": person, "action": action}
        line = json.dumps(row | facts) + "\n"  # ASCII: no file name can begin a line of its own
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # The system puts what is appended in one write behind what others append.
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, line.encode())
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise PolicyQAError(
                f"{self._path} cannot be written, so nothing was changed: {error.strerror}"
            ) from None

    def last(self, count: int = 0) -> list[dict[str, Any]]:
        """The last lines, the newest first.

        Args:
            count: how many at most; 0 gives all.

        Raises:
            PolicyQAError: they cannot be read.
        """
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeError) as error:
            raise PolicyQAError(f"{self._path} cannot be read: {error}") from None
        rows = [row for line in lines[-count:] if (row := _row(line))]
        return rows[::-1]


def _row(line: str) -> dict[str, Any] | None:
    """A line's facts; None for one that a crash cut short."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
