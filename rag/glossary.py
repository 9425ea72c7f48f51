"""The field's terms: official words with lay and English ones, and how they are found in a question."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from corpus.text import fold

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Glossary:
    """What people say for the words of policy texts.

    Attributes:
        lay: lay words, folded, each with the official ones for it.
        english: English words and phrases in their base form, each with the official Chinese ones.
        learned: whether English words that it lacks are glossed by the built-in model.
        lengths: characters of the lay words, the longest first.
        longest_phrase: words of the longest English phrase.
    """

    lay: dict[str, Words] = field(default_factory=dict)
    english: dict[str, Words] = field(default_factory=dict)
    learned: bool = True
    lengths: tuple[int, ...] = field(init=False)
    longest_phrase: int = field(init=False)

    def __post_init__(self) -> None:
        """Measures the words once."""
        object.__setattr__(self, "lengths", tuple(sorted(set(map(len, self.lay)), reverse=True)))
        longest = max((phrase.count(" ") + 1 for phrase in self.english), default=1)
        object.__setattr__(self, "longest_phrase", longest)

    def lay_words(self, folded: str) -> Iterator[tuple[int, int, Words]]:
        """Finds lay words in a folded text.

        Args:
            folded: the folded question.

        Yields:
            Offsets ``[start, end)`` and the official words; not what stands within a longer lay word.
        """
        reach = 0
        for start in range(len(folded)):
            for length in self.lengths:
                end = start + length
                if end > reach and end <= len(folded) and folded[start:end] in self.lay:
                    yield start, end, self.lay[folded[start:end]]
                    reach = end
                    break


NO_GLOSSARY = Glossary(learned=False)
"""A glossary that knows nothing: each word stands for itself."""


def read_records(name: str) -> list[dict[str, Any]]:
    """Reads a JSON-lines file of ``rag/data``.

    Args:
        name: the file's name.

    Returns:
        Its records.
    """
    text = (files("rag") / "data" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@cache
def load_glossary() -> Glossary:
    """Reads the terms that ship with the package, and the offices that every city has."""
    terms = [(row["official"], row["lay"], row["en"]) for row in read_records("glossary.jsonl")]
    terms += [
        (row["name"], row["aliases"], row["en"]) for row in read_records("gazetteer.jsonl") if not row["zone"]
    ]
    return make_glossary(terms)


def make_glossary(terms: Sequence[tuple[str, Sequence[str], Sequence[str]]]) -> Glossary:
    """Turns terms round, so that they are found by what people say.

    Args:
        terms: official words, each with lay and English ones.

    Returns:
        The glossary; a lay word of several official ones brings them all.
    """
    lay: dict[str, list[str]] = {}
    english: dict[str, list[str]] = {}
    for official, said, phrases in terms:
        for word in said:
            lay.setdefault(fold(word), []).append(fold(official))
        for phrase in phrases:
            for spelling in {fold(phrase), fold(phrase).replace("-", " ")}:
                english.setdefault(spelling, []).append(fold(official))
    return Glossary(_fixed(lay), _fixed(english))


def _fixed(words: dict[str, list[str]]) -> dict[str, Words]:
    return {word: tuple(dict.fromkeys(official)) for word, official in words.items()}
