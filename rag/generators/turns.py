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
        self._line: deque[object] = deque()

    @contextmanager
    def turn(self, cancel: Event) -> Iterator[bool]:
        """Waits for the turn and keeps it while inside.

        Args:
            cancel: gives the place up when it is set.

        Yields:
            Whether it is the caller's turn; False where it was given up.
        """
        ticket = object()
        with self._changed:
            self._line.append(ticket)
        try:
            yield self._wait(ticket, cancel)
        finally:
            with self._changed:
                self._line.remove(ticket)
                self._changed.notify_all()

    def _wait(self, ticket: object, cancel: Event) -> bool:
        with self._changed:
            while self._line[0] is not ticket and not cancel.is_set():
                self._changed.wait(_LOOK)
        return not cancel.is_set()
