"""The word lists behind questions, read once from ``rag/data``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from corpus.text import fold
from rag.types import Fact


@cache
def read_toml(name: str) -> Mapping[str, Any]:
    """Reads a TOML file of ``rag/data``, once.

    Args:
        name: the file's name.

    Returns:
        Its tables.
    """
    return tomllib.loads(_read(name))


def read_rows(name: str) -> list[list[str]]:
    """Reads a tab-separated file of ``rag/data``; lines that begin with # are comments.

    Args:
        name: the file's name.

    Returns:
        The fields of each line.
    """
    lines = _read(name).splitlines()
    return [line.split("\t") for line in lines if line.strip() and not line.startswith("#")]


def _read(name: str) -> str:
    return (files("rag") / "data" / name).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Cue:
    """Expressions that show one thing in a question, for each language."""

    chinese: re.Pattern[str]
    english: re.Pattern[str]

    def search(self, folded: str) -> re.Match[str] | None:
        """Finds the first expression of either language in a folded text."""
        found = [m for m in (self.chinese.search(folded), self.english.search(folded)) if m]
        return min(found, key=lambda m: m.start(), default=None)

    def spans(self, folded: str) -> list[tuple[int, int]]:
        """Offsets of all expressions of either language in a folded text, in order."""
        return sorted(m.span() for pattern in (self.chinese, self.english) for m in pattern.finditer(folded))


def spans_apart(cues: Iterable[Cue], folded: str) -> list[tuple[int, int, int]]:
    """Finds where cues stand in a folded text; where two overlap, the cue that comes first is meant.

    Args:
        cues: the cues, the stronger ones first.
        folded: the folded text.

    Returns:
        Offsets of each expression with the number of its cue, in the text's order.
    """
    found: list[tuple[int, int, int]] = []
    for number, cue in enumerate(cues):
        for start, end in cue.spans(folded):
            if not any(start < b and a < end for a, b, _ in found):
                found.append((start, end, number))
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All word lists.

    Attributes:
        facts: what shows that a kind of fact is asked for.
        comparison: what shows that several zones or documents are compared.
        survey: what asks which of all the places do something.
        greeting: a greeting.
        thanks: thanks or a farewell.
        filler: what may stand around a greeting or thanks.
        injection: orders to the machine.
        issue: what asks for a document's date of issue or its number.
        negation: what says that the following names are not meant.
        origin: what says that the place behind it is where somebody comes from.
        focus: what says that the question is limited to what stands behind it.
        pronouns: what points back to an earlier turn.
        function: words that say nothing about the subject.
        asking: words for what is wanted.
        content: words of the subject although a character of theirs is a function word by itself.
        policy: words that nearly every policy holds.
    """

    facts: dict[Fact, Cue]
    comparison: Cue
    survey: Cue
    greeting: Cue
    thanks: Cue
    filler: Cue
    injection: Cue
    issue: Cue
    negation: Cue
    origin: Cue
    focus: Cue
    pronouns: Cue
    function: frozenset[str]
    asking: frozenset[str]
    content: frozenset[str]
    policy: frozenset[str]


@cache
def load_lexicon() -> Lexicon:
    """Reads the word lists that ship with the package."""
    cues = read_toml("cues.toml")
    light = read_toml("light_words.toml")
    smalltalk = cues["smalltalk"]
    return Lexicon(
        facts={Fact(name): cue_of(entry) for name, entry in cues["facts"].items()},
        comparison=cue_of(cues["comparison"]),
        survey=cue_of(cues["survey"]),
        greeting=cue_of(smalltalk["greeting"]),
        thanks=cue_of(smalltalk["thanks"]),
        filler=cue_of(smalltalk["filler"]),
        injection=cue_of(cues["injection"]),
        issue=cue_of(cues["issue"]),
        negation=cue_of(cues["negation"]),
        origin=cue_of(cues["origin"]),
        focus=cue_of(cues["focus"]),
        pronouns=cue_of(cues["pronouns"]),
        function=_words(light["function"]),
        asking=_words(light["asking"]),
        content=_words(light["content"]),
        policy=_words(light["policy"]),
    )


def cue_of(entry: Mapping[str, Any]) -> Cue:
    """Compiles the expressions of one entry.

    Args:
        entry: regular expressions over folded text under ``zh`` and ``en``; English ones match at word
            borders.

    Returns:
        The cue.
    """
    english = "|".join(f"(?:{e})" for e in entry["en"])
    return Cue(
        re.compile("|".join(f"(?:{e})" for e in entry["zh"])),
        re.compile(rf"(?<![\w'])(?:{english})(?![\w])"),
    )


def _words(entry: dict[str, str]) -> frozenset[str]:
    return frozenset(fold(entry["zh"]).split()) | frozenset(fold(entry["en"]).split())
