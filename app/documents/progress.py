"""How far a change of an index is: told by whoever makes it, in a file beside the index."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from corpus.errors import PolicyQAError
from embeddings.disk import replace_file

Progress = Callable[[int, int], None]
State = Literal["running", "done", "failed", "interrupted"]

_PAUSE = 0.5  # seconds between two words of how far it is
_TRIES = 50  # for the lock, which a reader holds for a moment


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an index, under way or ended.

    Attributes:
        action: what is done, as the record calls it; ``build`` where the index is built anew.
        person: who does it.
        started: when, ISO 8601 in UTC; no two changes have the same.
        state: what became of it; ``interrupted`` where its process has ended without a word.
        embedded: passages that have gone through the model.
        total: passages that are to; 0 while that is not known yet.
        reason: why it failed.
    """

    action: str
    person: str
    started: str
    state: State = "running"
    embedded: int = 0
    total: int = 0
    reason: str = ""


class Changes:
    """The changes of one index, of which the last is told."""

    def __init__(self, index_dir: Path) -> None:
        folder = os.path.realpath(index_dir)
        self._path = Path(f"{folder}.change.json")
        self._lock = Path(f"{folder}.change.lock")

    @contextmanager
    def telling(self, person: str, action: str, beside: Progress | None = None) -> Iterator[Progress]:
        """Tells of a change while it is made inside.

        A change that another one is under way beside fails by the index's own lock, and is not told.

        Args:
            person: who makes it.
            action: what is done.
            beside: called with all of the same, such as a bar in the terminal.

        Yields:
            What is to be called with (passages embedded, passages to embed).
        """
        with _held(self._lock, fcntl.LOCK_EX) as held:
            change = Change(action, person, datetime.now(UTC).isoformat())
            told = 0.0

            def progress(embedded: int, total: int) -> None:
                nonlocal change, told
                if beside is not None:
                    beside(embedded, total)
                change = replace(change, embedded=embedded, total=total)
                if embedded >= total or time.monotonic() - told > _PAUSE:
                    told = time.monotonic()
                    write()

            def write() -> None:
                if held:
                    with suppress(OSError):  # a change does not fail for what is said about it
                        replace_file(self._path, json.dumps(asdict(change)).encode())

            write()
            try:
                yield progress
            except BaseException as error:
                told_reason = str(error) if isinstance(error, PolicyQAError) else type(error).__name__
                change = replace(change, state="failed", reason=told_reason)
                write()
                raise
            change = replace(change, state="done")
            write()

    def last(self) -> Change | None:
        """The last change, or the one under way; None where none is known."""
        found = self._read()
        if found is None or found.state != "running":
            return found
        with _held(self._lock, fcntl.LOCK_SH) as ended:
            if not ended:
                return found
            found = self._read()  # it may have ended properly meanwhile
        return replace(found, state="interrupted") if found and found.state == "running" else found

    def _read(self) -> Change | None:
        try:
            return Change(**json.loads(self._path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None


@contextmanager
def _held(path: Path, how: int) -> Iterator[bool]:
    """Holds a lock, if it is to be had: the system takes it back when the process ends, however it ends."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError:
        yield False
        return
    try:
        yield _locked(handle, how)
    finally:
        os.close(handle)


def _locked(handle: int, how: int) -> bool:
    for _ in range(_TRIES if how == fcntl.LOCK_EX else 1):
        with suppress(BlockingIOError):
            fcntl.flock(handle, how | fcntl.LOCK_NB)
            return True
        time.sleep(0.001)
    return False
