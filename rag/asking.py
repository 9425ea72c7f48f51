"""What a question wants: the kinds of fact it asks for, or only a friendly word."""

from __future__ import annotations

import re
from typing import Literal

from rag.lexicon import Cue, load_lexicon, spans_apart
from rag.types import Fact

_HOW_MUCH = re.compile(
    "多少|几|最高|最多|最低|封顶|上限|多大|标准|比例|how (?:much|many|large|big)|maxim|cap|amount"
)
_HOW_MANY = re.compile("(?<!没)(?<!没有)多少")  # 没多少 asks nothing
_PUNCTUATION = re.compile(r"[\W_]+")
# Where expressions of two kinds overlap, the kind named first is meant.
_STRONGER = (
    Fact.PHONE,
    Fact.PAYER,
    Fact.VALIDITY,
    Fact.RATIO,
    Fact.AMOUNT,
    Fact.PROCEDURE,
    Fact.OFFICE,
    Fact.PLACE,
    Fact.QUANTITY,
    Fact.DEADLINE,
    Fact.DEFINITION,
    Fact.CONDITION,
)


def facts_asked(folded: str) -> tuple[Fact, ...]:
    """Finds what kinds of fact a question asks for.

    Args:
        folded: the folded question.

    Returns:
        The kinds in the order in which they are asked for.
    """
    cues = load_lexicon().facts
    spans = spans_apart((cues[fact] for fact in _STRONGER), folded)
    found = tuple(dict.fromkeys(_STRONGER[number] for _, _, number in spans))
    if _HOW_MANY.search(folded) and not {Fact.AMOUNT, Fact.RATIO, Fact.QUANTITY, Fact.DEADLINE} & set(found):
        return (*found, Fact.AMOUNT)
    return found


def wants_figure(folded: str) -> bool:
    """Whether a folded question asks how much, and not only whether there is anything or what."""
    return bool(_HOW_MUCH.search(folded))


def small_talk(folded: str) -> Literal["", "greeting", "thanks"]:
    """Tells a greeting or thanks from a question.

    Args:
        folded: the folded question.

    Returns:
        ``greeting`` or ``thanks`` where the question is nothing else; else an empty string.
    """
    rest = " ".join(_PUNCTUATION.sub(" ", folded.replace("'", "")).split())
    found: Literal["", "greeting", "thanks"] = ""
    while rest:
        length, kind = _longest_start(rest)
        if not length:
            return ""
        rest = rest[length:].strip()
        found = found or kind
    return found


def _longest_start(rest: str) -> tuple[int, Literal["", "greeting", "thanks"]]:
    """Length and kind of the longest greeting, thanks or filler that a text begins with."""
    lexicon = load_lexicon()
    best: tuple[int, Literal["", "greeting", "thanks"]] = (0, "")
    cues: tuple[tuple[Literal["", "greeting", "thanks"], Cue], ...] = (
        ("greeting", lexicon.greeting),
        ("thanks", lexicon.thanks),
        ("", lexicon.filler),
    )
    for kind, cue in cues:
        for pattern in (cue.chinese, cue.english):
            match = pattern.match(rest)
            if match and match.end() > best[0]:
                best = (match.end(), kind)
    return best
