"""Writing with a causal model token by token, so that it can be broken off between any two of them.

What the model has read stays in its cache: a prompt that begins like the last one is read from where they
part, so instructions that come again and again are read once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import DynamicCache, PreTrainedModel, PreTrainedTokenizerBase


class Decoder:
    """A causal model with its cache; it serves one caller at a time.

    Attributes:
        chunk: tokens that are read in one go; between two goes it can be broken off.
    """

    def __init__(self, model: PreTrainedModel, chunk: int) -> None:
        """Takes a ready model.

        Args:
            model: a transformers causal language model.
            chunk: tokens that are read in one go.
        """
        self._model = model
        self.chunk = chunk
        self._read: list[int] = []
        self._cache: DynamicCache | None = None

    def forget(self) -> None:
        """Empties the cache."""
        self._read, self._cache = [], None

    def decode(self, prompt: Sequence[int], ends: frozenset[int], most: int, cancel: Event) -> Iterator[int]:
        """Goes on with a prompt, the likeliest token each time.

        Args:
            prompt: the prompt's tokens.
            ends: tokens that end a message.
            most: the most tokens to write.
            cancel: breaks it off when it is set.

        Yields:
            The tokens, without the one that ends the message.
        """
        self._keep_common(prompt)
        likeliest = -1
        while len(self._read) < len(prompt):
            if cancel.is_set():
                return
            start = len(self._read)
            likeliest = self._step(prompt[start : start + self.chunk])
        for _ in range(most):
            if likeliest in ends:
                return
            yield likeliest
            if cancel.is_set():
                return
            likeliest = self._step([likeliest])

    def _keep_common(self, prompt: Sequence[int]) -> None:
        """Leaves in the cache what the prompt begins with; its last token is always read anew."""
        pairs = zip(self._read, prompt[:-1], strict=False)
        common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        surplus = len(self._read) - common
        if self._cache is None or surplus == 0:
            return
        try:
            if common == 0 or not self._cache.is_croppable:
                self.forget()
            else:
                self._cache.crop(-surplus)
                self._read = self._read[:common]
        except (RuntimeError, ValueError):  # some caches learn only then that they cannot go back
            self.forget()

    def _step(self, tokens: Sequence[int]) -> int:
        """Reads some tokens and tells the likeliest next one."""
        import torch
        from transformers import DynamicCache

        if self._cache is None:
            self._cache = DynamicCache(config=self._model.config)
        ids = torch.tensor([list(tokens)], device=self._model.device)
        try:
            with torch.inference_mode():
                output = self._model(
                    input_ids=ids, past_key_values=self._cache, use_cache=True, logits_to_keep=1
                )
            likeliest = int(output.logits[0, -1].argmax())
        except BaseException:
            self.forget()  # the cache may hold a part of them
            raise
        self._read += tokens
        return likeliest


class Detokenizer:
    """Turns tokens into text as they come; a character of several tokens comes whole."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self._tokens: list[int] = []
        self._settled = self._shown = 0

    def add(self, token: int) -> str:
        """The text that has become certain by one more token."""
        self._tokens.append(token)
        known = self._decode(self._tokens[self._settled : self._shown])
        text = self._decode(self._tokens[self._settled :])
        if text.endswith("\ufffd") or len(text) <= len(known):
            return ""
        self._settled, self._shown = self._shown, len(self._tokens)
        return text[len(known) :]

    def _decode(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))
