"""One at a time, in the order of arrival."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Event

_LOOK = 0.1  # seconds between two looks at whether one who waits has given up


class Turns:
    """A fair queue in front of something that serves one at a time."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._line: deque[Event] = deque()

    @contextmanager
    def turn(self, cancel: Event) -> Iterator[bool]:
        """Waits for the turn and keeps it while inside.

        Args:
            cancel: gives the place up when it is set; each in the line has one of its own.

        Yields:
            Whether it is the caller's turn; False where it was given up.
        """
        with self._changed:
            self._line.append(cancel)
        try:
            yield self._wait(cancel)
        finally:
            with self._changed:
                self._line.remove(cancel)
                self._changed.notify_all()

    def ahead(self, cancel: Event) -> int:
        """How many come before the one that an event gives up; 0 for who is not in the line."""
        with self._changed:
            return self._line.index(cancel) if cancel in self._line else 0

    def _wait(self, cancel: Event) -> bool:
        with self._changed:
            while self._line[0] is not cancel and not cancel.is_set():
                self._changed.wait(_LOOK)
        return not cancel.is_set()
