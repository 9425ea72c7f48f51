"""The English words around quoted Chinese: a place, and the figures of the quote by value.

Nothing is translated. A figure is repeated in English only with the Chinese words it stands for.
"""

from __future__ import annotations

import re

from rag.figures import Figure, FigureKind, figures
from rag.places import short_name
from rag.types import Citation, Fact, Query

_UP_TO = re.compile(r"(最高|最多|不超过|不高于|封顶)[^，。；、]{0,14}$")
_AT_LEAST = re.compile(r"(不低于|不少于|至少|超过|超|突破)[^，。；、]{0,2}$")
_BEHIND = re.compile(r"^\s*(?:（含）|\(含\))?(以上|左右)")
_WORDS_BEHIND = {"以上": "at least ", "左右": "about "}
_GIVES = re.compile(r"给予|奖励|补助|补贴|资助|支持|配套|贴息|扶持")
_GIVEN_BEFORE = re.compile(
    r"(给予|奖励|补助|补贴|资助|支持|最高|最多|不超过|不高于|封顶|按照?|按其)[^，。；、]{0,24}$"
)
_GIVEN_BEHIND = re.compile(r"^[^，。；、]{0,8}(奖励|补助|补贴|资助|支持|配套|贴息|扶持)")
_DEMANDED = re.compile(r"(达到?|不低于|不少于|满)[^，。；、]{0,4}$")
_FACT_KINDS = {
    Fact.AMOUNT: {FigureKind.MONEY, FigureKind.PERCENT},
    Fact.RATIO: {FigureKind.PERCENT, FigureKind.MONEY},
}
_MOST_FIGURES = 3
_WORDS_BEFORE = 16
_BREAKS = "，,。；;、（(）)：:“”"


def frame(quote: str, citation: Citation) -> str:
    """A quote with the place it is from: ``Tianjin, original wording: 对…给予…``.

    Args:
        quote: verbatim words of the cited text.
        citation: the citation.

    Returns:
        The English statement.
    """
    place = short_name(citation.zone, "en")
    return f"{place}, original wording: {quote}" if place else f"Original wording: {quote}"


def figures_in_english(quote: str, query: Query) -> str:
    """The amounts and shares of a quote by value, each with its Chinese words.

    Args:
        quote: the sentence that answers.
        query: the question; only what it asks for is said.

    Returns:
        A short line such as ``Up to RMB 10 million (“最高 1000 万元”).``; empty where the sentence does not
        show for certain which figures are meant. Where it gives something, what it demands is left out.
    """
    kinds = next((_FACT_KINDS[f] for f in query.facts if f in _FACT_KINDS), set())
    found = [f for f in figures(quote) if f.kind in kinds]
    if _GIVES.search(quote):
        found = [f for f in found if _is_given(quote, f) or "分别" in quote[: f.start]]
    listed = [f for f in figures(quote) if f.kind in kinds and "分别" in quote[: f.start]]
    if not found or max(len(found), len(listed)) > _MOST_FIGURES:
        return ""
    line = "; ".join(_one(quote, f) for f in found)
    return f"{line[0].upper()}{line[1:]}."


def _is_given(quote: str, figure: Figure) -> bool:
    """Whether a figure is what a sentence gives, and not what it demands."""
    before, behind = quote[: figure.start], quote[figure.end :]
    if _DEMANDED.search(before) or _BEHIND.match(behind):
        return False
    return bool(_GIVEN_BEFORE.search(before) or _GIVEN_BEHIND.match(behind))


def _one(quote: str, figure: Figure) -> str:
    """One figure with its limit word and the Chinese words that it stands for."""
    start, end = figure.start, figure.end
    role = ""
    if m := _UP_TO.search(quote[:start]):
        role, start = "up to ", m.start()
    elif m := _AT_LEAST.search(quote[:start]):
        role, start = "more than " if "超" in m[1] or m[1] == "突破" else "at least ", m.start()
    elif m := _BEHIND.match(quote[end:]):
        role, end = _WORDS_BEHIND[m[1]], end + m.end()
    if not role:
        begin = max(quote.rfind(c, 0, start) for c in _BREAKS) + 1
        start = begin if start - begin <= _WORDS_BEFORE else start
    said, words = _spell(figure), quote[start:end].strip().removeprefix("的").strip()
    return f"{role}{said}" if said == words else f"{role}{said} (“{words}”)"


def _spell(figure: Figure) -> str:
    """A figure as English writes it."""
    if figure.kind is FigureKind.PERCENT:
        return f"{figure.value:g}{figure.unit}"
    for scale, name in ((1e9, " billion"), (1e6, " million")):
        if figure.value >= scale:
            return f"RMB {figure.value / scale:g}{name}"
    return f"RMB {figure.value:,.0f}"
