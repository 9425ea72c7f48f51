"""Files that administrators have sent and not yet published."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from threading import Lock

from app.documents.library import Draft

MOST_DRAFTS = 10
"""The oldest go first."""


class Drafts:
    """The drafts of one server, by id, in memory."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[str, Draft] = OrderedDict()

    def keep(self, draft: Draft) -> str:
        """Keeps a draft; returns its id."""
        name = secrets.token_urlsafe(16)
        with self._lock:
            self._held[name] = draft
            while len(self._held) > MOST_DRAFTS:
                self._held.popitem(last=False)
        return name

    def get(self, name: str) -> Draft | None:
        """The draft of an id; None where there is none any more."""
        with self._lock:
            return self._held.get(name)

    def drop(self, name: str) -> None:
        """Forgets a draft."""
        with self._lock:
            self._held.pop(name, None)
