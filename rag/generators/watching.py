"""A look at a language model while it writes: how soon, how fast, and with how much memory."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Sequence
from threading import Event

from rag.generators.language_model import LanguageModel, Message


class Watched:
    """A language model that notes when it writes.

    Attributes:
        started: when it was first asked since the last reset, by ``time.perf_counter``; 0 before that.
        first: when the first piece came; 0 before that.
        pieces: pieces of text that came, all generations together. A model in this process gives one for
            each token, except that a character of several tokens comes as one.
    """

    def __init__(self, model: LanguageModel) -> None:
        """Takes a ready model.

        Args:
            model: the language model.
        """
        self._model = model
        self.name, self.setting, self.reading = model.name, model.setting, model.reading
        self.reset()

    def reset(self) -> None:
        """Forgets what was noted."""
        self.started = self.first = 0.0
        self.pieces = 0
        self._between = 0
        self._seconds = 0.0

    @property
    def rate(self) -> float:
        """Pieces a second, the reading before the first piece of each generation left out."""
        return self._between / self._seconds if self._seconds else 0.0

    def ahead(self, cancel: Event) -> int:
        """How many generations come before the one that an event ends."""
        return self._model.ahead(cancel)

    def generate(
        self, messages: Sequence[Message], max_tokens: int, cancel: Event | None = None
    ) -> Generator[str, None, None]:
        """Writes the next message; see ``LanguageModel.generate``."""
        self.started = self.started or time.perf_counter()
        last = 0.0
        for piece in self._model.generate(messages, max_tokens, cancel):
            now = time.perf_counter()
            self.first = self.first or now
            self.pieces += 1
            if last:
                self._between += 1
                self._seconds += now - last
            last = now
            yield piece


def peak_memory() -> int:
    """The most bytes taken so far: allocated on the GPU where a model is there, else by this process.

    Returns:
        Bytes; 0 where nobody tells.
    """
    import torch

    if torch.cuda.is_available() and torch.cuda.max_memory_allocated():
        return int(torch.cuda.max_memory_allocated())
    if sys.platform == "win32":
        return 0
    import resource

    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return taken if sys.platform == "darwin" else taken * 1024
