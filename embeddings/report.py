"""What a change of the index did, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from embeddings.manifest import Manifest


class Clock:
    """Seconds of each phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Counts what happens inside towards a phase."""
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a change of the index did.

    Attributes:
        documents: how many documents the index now answers from.
        clauses: how many clauses and paragraph units.
        passages: how many passages.
        embedded: passages that went through the model.
        reused: passages whose vectors were there already.
        removed: documents of the state before that are gone.
        kept: documents added earlier that stay beside the corpus.
        seconds: how long each phase took: ``read``, ``split``, ``embed``, ``write``.
        note: what the person should know; empty mostly.
    """

    documents: int
    clauses: int
    passages: int
    embedded: int = 0
    reused: int = 0
    removed: int = 0
    kept: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    @classmethod
    def of(
        cls,
        manifest: Manifest,
        clock: Clock,
        *,
        embedded: int = 0,
        reused: int = 0,
        removed: int = 0,
        kept: int = 0,
        note: str = "",
    ) -> BuildReport:
        """Adds what a state of the index holds to what led to it."""
        counts = (len(manifest.documents), manifest.clauses, manifest.passages)
        return cls(*counts, embedded, reused, removed, kept, dict(clock.seconds), note)
