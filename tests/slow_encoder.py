"""The model of an index, held up between two batches until a test lets it go on."""

from __future__ import annotations

import threading
from typing import Any

from corpus.errors import PolicyQAError
from rag.engine import PolicyQA


class HeldUp:
    """A model that stops after its first passage, and then goes on or fails as it is told."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.begun, self.let_go = threading.Event(), threading.Event()
        self.failure = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def encode_document(self, texts: list[str], progress: Any = None) -> Any:
        progress(1, len(texts))
        self.begun.set()
        assert self.let_go.wait(60)
        if self.failure:
            raise PolicyQAError(self.failure)
        return self._model.encode_document(texts, progress)


class SlowEngine(PolicyQA):
    """An engine whose model is held up while documents are added, not while questions are answered."""

    @property
    def held_up(self) -> HeldUp:
        found = self.__dict__.setdefault("_held_up", HeldUp(super().encoder))
        assert isinstance(found, HeldUp)
        return found

    @property
    def encoder(self) -> Any:
        return self.held_up
