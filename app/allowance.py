"""How often and how much at a time each person may ask, by whatever way."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.access.people import Person

_MOST_KNOWN = 10_000  # people and addresses that are counted at the same time


class TooOftenError(Exception):
    """A person has asked too often, or too much at a time.

    Attributes:
        wait: seconds after which they may ask again.
    """

    def __init__(self, reason: str, wait: int) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass(slots=True)
class _Asker:
    """What one person has left: questions that may be asked now, as of a time, and those under way."""

    left: float
    at: float
    running: int = 0


class Allowance:
    """A token bucket for each person: a minute's questions may come at once, the next as time grants them."""

    def __init__(self, per_minute: int, at_once: int) -> None:
        """Grants questions.

        Args:
            per_minute: questions a minute; 0 sets no limit.
            at_once: questions at the same time; 0 sets no limit.
        """
        self._per_minute = per_minute
        self._at_once = at_once
        self._lock = Lock()
        self._askers: OrderedDict[tuple[str, str], _Asker] = OrderedDict()

    @contextmanager
    def asking(self, person: Person) -> Iterator[None]:
        """Counts one question while it is answered.

        Args:
            person: who asks.

        Raises:
            TooOftenError: they have to wait.
        """
        with self._lock:
            asker = self._asker_of(person)
            if self._at_once and asker.running >= self._at_once:
                raise TooOftenError(f"At most {self._at_once} questions at the same time.", 1)
            if self._per_minute and asker.left < 1:
                wait = int((1 - asker.left) * 60 / self._per_minute) + 1
                raise TooOftenError(f"At most {self._per_minute} questions a minute.", wait)
            asker.left -= 1
            asker.running += 1
        try:
            yield
        finally:
            with self._lock:
                asker.running -= 1

    def _asker_of(self, person: Person) -> _Asker:
        """What a person has left by now."""
        now, name = time.monotonic(), (person.by, person.name)
        asker = self._askers.setdefault(name, _Asker(self._per_minute, now))
        self._askers.move_to_end(name)
        asker.left = min(self._per_minute, asker.left + (now - asker.at) * self._per_minute / 60)
        asker.at = now
        if len(self._askers) > _MOST_KNOWN:
            self._askers.popitem(last=False)
        return asker


NO_LIMIT = Allowance(0, 0)
"""Everybody may ask as often as they like."""
