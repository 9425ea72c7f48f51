"""What a language model is here: messages in, pieces of text out, the likeliest word each time."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from threading import Event
from typing import Literal, Protocol

_WINDOW = 600  # characters at the end of a text that are looked at for a loop
_LOOP = 60  # characters that a loop covers at least
_TURNS = 3
_THOUGHT_OPENS, _THOUGHT_ENDS = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    content: str


class LanguageModel(Protocol):
    """A model that goes on with a conversation."""

    @property
    def name(self) -> str:
        """What an answer names it by."""

    @property
    def setting(self) -> str:
        """Where and how it computes, in a few words."""

    @property
    def reading(self) -> float:
        """Tokens a second that it reads, or is taken to read."""

    def ahead(self, cancel: Event) -> int:
        """How many generations come before the one that an event ends."""

    def generate(
        self, messages: Sequence[Message], max_tokens: int, cancel: Event | None = None
    ) -> Generator[str, None, None]:
        """Writes the next message, the likeliest token each time.

        Args:
            messages: the conversation so far.
            max_tokens: the most tokens to write.
            cancel: ends the generation when it is set; closing the iterator does so too.

        Yields:
            Pieces of text as they are written.

        Raises:
            PolicyQAError: if the model cannot be reached or cannot go on.
        """


def write(
    model: LanguageModel, messages: Sequence[Message], max_tokens: int, cancel: Event | None = None
) -> Generator[str, None, None]:
    """What a model writes, without its thoughts, until it goes round in circles.

    Args:
        model: the model.
        messages: the conversation so far.
        max_tokens: the most tokens to write.
        cancel: ends the generation when it is set; closing the iterator does so too.

    Yields:
        Pieces of text as they are written.

    Raises:
        PolicyQAError: if the model cannot be reached or cannot go on.
    """
    written = ""
    with closing(model.generate(messages, max_tokens, cancel)) as pieces:
        for piece in without_thoughts(pieces):
            yield piece
            written = (written + piece)[-_WINDOW:]
            if is_looping(written):
                return


def is_looping(text: str) -> bool:
    """Whether a text ends in the same words over and over."""
    for period in range(1, len(text) // _TURNS + 1):
        turns = max(_TURNS, -(-_LOOP // period))
        if turns * period <= len(text) and text.endswith(text[-period:] * turns):
            return True
    return False


def without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """Leaves out what a model thinks aloud before it answers.

    Args:
        pieces: a text, in pieces of any length.

    Yields:
        The text without a ``<think>…</think>`` at its beginning.
    """
    held = ""
    rest = iter(pieces)
    for piece in rest:
        held = (held + piece).lstrip()
        if held.startswith(_THOUGHT_OPENS) and _THOUGHT_ENDS in held:
            held = held.partition(_THOUGHT_ENDS)[2].lstrip()
        if held and not held.startswith(_THOUGHT_OPENS) and not _THOUGHT_OPENS.startswith(held):
            break
    if not held.startswith(_THOUGHT_OPENS):
        yield held
    yield from rest
