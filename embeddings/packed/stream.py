"""Texts to vectors without a pause: tokenised ahead, packed by tokens, copied while the device computes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from embeddings.packed.attention import Spans
from embeddings.packed.model import PackedEncoder
from embeddings.packed.recipe import Recipe

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Ids = npt.NDArray[np.int32]
Rows = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]

FIRST_WINDOW, LARGEST_WINDOW = 1_024, 65_536
IN_FLIGHT = 2  # batches the device may be ahead of what has been fetched


@dataclass(frozen=True, slots=True)
class Tokens:
    """Texts as tokens, longest first.

    Attributes:
        rows: (n,) which text each is.
        ids: (tokens,) their token ids, laid end to end.
        positions: (tokens,) rows of the position table.
        bounds: (n + 1,) where each begins, and where the last ends.
    """

    rows: Rows
    ids: Ids
    positions: Ids
    bounds: Rows


def tokenize(tokenizer: Tokenizer, recipe: Recipe, texts: Sequence[str], first_row: int = 0) -> Tokens:
    """Cuts texts into tokens, on all cores, and sorts them by their number, longest first.

    Args:
        tokenizer: the model's tokenizer; it cuts at the model's longest.
        recipe: how positions are counted.
        texts: n texts.
        first_row: the row of the first of them.

    Returns:
        Their tokens.
    """
    found: list[list[int]] = [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts))]
    lengths = np.fromiter(map(len, found), np.int64, len(found))
    order = np.argsort(-lengths, kind="stable")
    bounds = np.concatenate([[0], np.cumsum(lengths[order])])
    ids = np.fromiter(chain.from_iterable(found[row] for row in order), np.int32, int(bounds[-1]))
    return Tokens(first_row + order, ids, _positions(ids, bounds, recipe), bounds)


def _positions(ids: Ids, bounds: Rows, recipe: Recipe) -> Ids:
    """Counted from each text's start; a pad token that stands in a text itself takes none, as in RoBERTa."""
    counted = np.ones(len(ids), np.int32) if recipe.pad is None else (ids != recipe.pad).astype(np.int32)
    total = np.cumsum(counted, dtype=np.int32)
    before = np.concatenate([[0], total])[bounds[:-1]]
    position = total - np.repeat(before, np.diff(bounds)) - 1 + recipe.first_position
    return position if recipe.pad is None else np.where(counted, position, recipe.pad).astype(np.int32)


class Stream:
    """A model at work on texts.

    Attributes:
        budget: tokens in one batch; halved for good whenever the device's memory does not suffice.
    """

    def __init__(self, model: PackedEncoder, tokenizer: Tokenizer, budget: int) -> None:
        self.budget = budget
        self._model = model
        self._tokenizer = tokenizer
        self._pinned = model.device.type == "cuda"

    def encode(self, texts: Sequence[str]) -> Iterator[tuple[Rows, Vectors]]:
        """Encodes texts; the next ones are tokenised while the model computes.

        Args:
            texts: n texts.

        Yields:
            Some rows and their vectors as pooled, every row once, in no certain order.
        """
        recipe = self._model.recipe
        with ThreadPoolExecutor(1) as ahead:
            coming = deque[Any]()
            windows = list(_windows(len(texts)))
            for number, (start, end) in enumerate(windows):
                if number == 0:
                    coming.append(ahead.submit(tokenize, self._tokenizer, recipe, texts[start:end], start))
                if number + 1 < len(windows):
                    later, last = windows[number + 1]
                    coming.append(ahead.submit(tokenize, self._tokenizer, recipe, texts[later:last], later))
                yield from self.encode_tokens(coming.popleft().result())

    def encode_tokens(self, tokens: Tokens) -> Iterator[tuple[Rows, Vectors]]:
        """Encodes texts that are tokens already.

        Yields:
            Some rows and their vectors as pooled, every row once.

        Raises:
            torch.OutOfMemoryError: if not even a single text fits.
        """
        running = deque[tuple[Rows, torch.Tensor, torch.cuda.Event | None]]()
        first = 0
        while first < len(tokens.rows):
            last = self._fit(tokens.bounds, first)
            try:
                running.append((tokens.rows[first:last], *self._start(tokens, first, last)))
            except torch.OutOfMemoryError:
                if last - first == 1:
                    raise
                self.budget = int(tokens.bounds[last] - tokens.bounds[first]) // 2
                torch.cuda.empty_cache()
                continue
            first = last
            if len(running) > IN_FLIGHT:
                yield _fetch(*running.popleft())
        while running:
            yield _fetch(*running.popleft())

    def _fit(self, bounds: Rows, first: int) -> int:
        """One past the last text that fits the budget together with the first, which always does."""
        last = int(np.searchsorted(bounds, bounds[first] + self.budget, side="right")) - 1
        return max(last, first + 1)

    def _start(self, tokens: Tokens, first: int, last: int) -> tuple[torch.Tensor, torch.cuda.Event | None]:
        """Hands one batch to the device without waiting for it."""
        start, end = tokens.bounds[first], tokens.bounds[last]
        bounds = (tokens.bounds[first : last + 1] - start).astype(np.int32)
        ids, positions, on_device = (
            self._send(part) for part in (tokens.ids[start:end], tokens.positions[start:end], bounds)
        )
        pooled = self._model(ids, positions, Spans(np.diff(bounds).tolist(), on_device))
        if not self._pinned:
            return pooled, None
        host = torch.empty(pooled.shape, dtype=pooled.dtype, pin_memory=True)
        host.copy_(pooled, non_blocking=True)
        done = torch.cuda.Event()  # type: ignore[no-untyped-call]
        done.record()
        return host, done

    def _send(self, part: Ids) -> torch.Tensor:
        tensor = torch.from_numpy(part)
        if self._pinned:
            tensor = tensor.pin_memory()
        return tensor.to(self._model.device, non_blocking=True)


def _windows(count: int) -> Iterator[tuple[int, int]]:
    """Stretches of texts sorted by themselves: small at first, so that the device soon has work."""
    start, size = 0, FIRST_WINDOW
    while start < count:
        yield start, min(start + size, count)
        start, size = start + size, min(2 * size, LARGEST_WINDOW)


def _fetch(rows: Rows, pooled: torch.Tensor, done: torch.cuda.Event | None) -> tuple[Rows, Vectors]:
    if done:
        done.synchronize()
    return rows, pooled.numpy()
