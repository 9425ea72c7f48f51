"""What a person states about their own case, and whether a clause's words are about the same thing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

from rag.figures import Figure, FigureKind, figures, plain

_SUBJECT_LENGTH = 14


@dataclass(frozen=True, slots=True)
class CaseFigure:
    """An amount, share or count that the person states.

    Attributes:
        figure: the figure, with its offsets in the question.
        typed: the words it was typed in.
        before: the words before it in its part of the question.
        behind: the words behind it.
    """

    figure: Figure
    typed: str
    before: str
    behind: str


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    text = files("rag").joinpath("data/bases.toml").read_text(encoding="utf-8")
    data: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    return data


def families_of(words: str) -> set[str]:
    """The families that words belong to; a general one only where no special one fits."""
    words = plain(words)
    found = {name for name, members in _data()["families"].items() if any(m in words for m in members)}
    special = found - set(_data()["general"]["words"])
    return special or found


def case_figures(question: str) -> list[CaseFigure]:
    """The amounts, shares and counts of a question.

    Args:
        question: the question, completed from the dialogue.

    Returns:
        The figures in the order they stand, each with the words around it.
    """
    found = []
    for f in figures(question):
        money = f.kind is FigureKind.MONEY or (f.kind is FigureKind.NUMBER and f.value >= 10_000)
        if money or f.kind in (FigureKind.COUNT, FigureKind.PERCENT):
            before = re.split(r"[，。；？！,;?!]", question[: f.start])[-1]
            behind = re.split(r"[，。；？！,;?!]", question[f.end :])[0]
            typed = question[f.start : f.end].strip()
            found.append(CaseFigure(f, typed, before, behind[:_SUBJECT_LENGTH]))
    return found


def is_money(item: CaseFigure) -> bool:
    """Whether a figure of the person's is an amount of money, such as 400万元 or 1亿."""
    return item.figure.kind is FigureKind.MONEY or (
        item.figure.kind is FigureKind.NUMBER and item.figure.value >= 10_000
    )


def same_subject(item: CaseFigure, words: str) -> bool:
    """Whether the person's amount is about what the clause's words name."""
    mine, theirs = families_of(item.before + item.behind), families_of(words)
    return bool(mine & theirs)


def plain_base(base: str, stated: Sequence[CaseFigure]) -> bool:
    """Whether a general base such as 实际投入 is all that is said, or the person names what narrows it.

    Args:
        base: the words of the clause for what a share is taken of.
        stated: the person's figures.

    Returns:
        False where a word such as 中介 narrows the base and the person does not speak of it.
    """
    if not is_general(base):
        return True
    rest = base
    for filler in sorted(_data()["general"]["fillers"], key=len, reverse=True):
        rest = rest.replace(filler, " ")
    said = plain("".join(i.before + i.typed + i.behind for i in stated))
    words = [a + b for a, b in pairwise(rest) if a.strip() and b.strip()]
    return not words or any(w in said for w in words)


def counts_same(item: CaseFigure, measure: str, noun: str) -> bool:
    """Whether a count of the question counts what the clause pays for.

    Args:
        item: the person's count.
        measure: the measure word behind 每, such as 名 or 证.
        noun: the noun behind it, such as 基站; empty where the clause names none.

    Returns:
        True where people are counted for people, or the same noun for the noun.
    """
    around = plain(item.typed + item.behind)
    if measure in "名人位":
        return any(word in around for word in _data()["people"]["words"])
    if noun:
        return noun in around
    words = _data()["same"].get(measure, [measure])
    return measure not in "个家项次" and any(w in around for w in words)


def is_general(words: str) -> bool:
    """Whether words name a base only in general, such as 实际投入."""
    return not families_of(words) - set(_data()["general"]["words"])


@cache
def cap_pattern() -> re.Pattern[str]:
    """Words that make an amount a cap."""
    return re.compile("|".join(_data()["limits"]["cap"]))
