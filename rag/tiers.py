"""What a clause gives in a person's own case: its tiers, its rates and its amounts per head.

Something is said only where it is certain: the person's amount and the clause's words are about the same
thing, and the sentence leaves one reading. Otherwise the quoted rule has to speak for itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from corpus.text import sentences
from rag.case import (
    CaseFigure,
    cap_pattern,
    case_figures,
    counts_same,
    families_of,
    is_general,
    is_money,
    plain_base,
    same_subject,
)
from rag.computing import show_money
from rag.figures import Figure, FigureKind, figures, plain, same_figure
from rag.types import Language, Note

_REACHED = re.compile(r"(?:达到?|(?<!不)超过|不低于|不少于|以上|满|突破|高于|大于|reach)")
_SEPARATOR = re.compile(r"\s*(?:（含）|\(含\))?\s*(?:以上)?\s*[、，,和及或]\s*")
_RATE_BASE = re.compile(
    r"(?:按照?|按其|给予|以|予以|不超过|不高于)([^，。；：]{0,60}?)的?\s*(?:最高|不超过|不高于)?\s*$"
)
_PER_HEAD = re.compile(
    r"每(?:一)?([个名人家证项台套件条座次位亩])([㐀-鿿]{0,6}?)(?:给予|奖励|补贴|补助|资助|为|按)?\s*$"
)
_PART = re.compile(r"\s*(?:其中|里面|当中|含|包括|扣|减|of which|including|less)", re.IGNORECASE)
_EXCEPTION = re.compile(r"(?:其中|[，；,;]\s*(?:对|凡|属于))[^。]{2,}?\d")
_COST = re.compile(r"(?:费用|支出|成本|投入|款)$")
_INTEREST = re.compile(r"利率|利息")
_LONGEST_CAP = 24
_OTHER_RULE = re.compile(r"[，,；;。]\s*(?:其中[，,]?\s*)?(?:对|凡)")
_AT_LEAST = re.compile(r"(?:达到?|(?<!不)超过|不低于|不少于|满|高于|大于)#|#\s*(?:[（(]含[)）])?\s*以上")
_AT_MOST = re.compile(r"(?:不超过|不高于|不足|低于|未达到)#|#\s*(?:[（(]含[)）])?\s*[及或]?(?:以下|以内)")


@dataclass(frozen=True, slots=True)
class Applied:
    """What a clause's rule gives in the person's case.

    Attributes:
        text: a statement of the tier that applies, or of the sum and the cap that binds it.
        note: the shown computation, if there is one.
        sentence: offsets of the sentence that holds the rule, in the text given.
    """

    text: str
    note: Note | None
    sentence: tuple[int, int]


_Result = tuple[str, Note | None]
"""What a rule gives: a statement, and the computation that it shows."""


def apply_rule(question: str, text: str, language: Language) -> Applied | None:
    """Apply the one rule of a quoted text that fits what the person says of their own case.

    Args:
        question: the question, completed from the dialogue.
        text: the quoted sentences of one clause.
        language: language of the statement.

    Returns:
        What the rule gives, or None where nothing is certain.
    """
    stated = case_figures(question)
    if not stated:
        return None
    results = []
    spans = sentences(text)
    for place, (start, end) in enumerate(spans):
        sentence = text[start:end]
        if _exception_concerns(sentence, question):
            continue
        caps = _caps_behind(text, spans[place + 1 :])
        for rule in (_parallel_tiers, _per_head, _rate):
            result = rule(sentence, caps, stated, language)
            if result:
                results.append(Applied(*result, (start, end)))
                break
    return results[0] if len(results) == 1 else None


def _caps_behind(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The sentence behind a rule, to its full stop, where it is not a rule of its own."""
    behind = ""
    for start, end in spans:
        behind += text[start:end]
        if not behind.endswith(("；", ";")):
            break
    return "" if _has_percent(behind) else behind


def _has_percent(sentence: str) -> bool:
    return any(f.kind is FigureKind.PERCENT for f in figures(sentence))


def _exception_concerns(sentence: str, question: str) -> bool:
    """Whether a sentence has a rule of its own for some, and the question speaks of them."""
    shares = [f for f in figures(sentence) if f.kind is FigureKind.PERCENT]
    found = _EXCEPTION.search(sentence, shares[0].end) if shares else None
    if found is None:
        return False
    own = _pairs(found[0]) - _pairs(sentence[: found.start()])
    return bool(own & _pairs(question))


def _pairs(text: str) -> set[str]:
    """Neighbouring Chinese characters."""
    return {a + b for a, b in pairwise(plain(text)) if "㐀" <= a <= "鿿" and "㐀" <= b <= "鿿"}


def _runs(sentence: str, found: Sequence[Figure]) -> list[list[Figure]]:
    """Neighbouring amounts that form a list: A、B、C."""
    runs: list[list[Figure]] = [[found[0]]] if found else []
    for left, right in pairwise(found):
        if _SEPARATOR.fullmatch(sentence[left.end : right.start]):
            runs[-1].append(right)
        else:
            runs.append([right])
    return runs


def parallel_lists(sentence: str) -> tuple[list[Figure], list[Figure]] | None:
    """The two lists of a sentence that pairs them: A、B、C 的，分别给予 X、Y、Z.

    Args:
        sentence: one sentence of a clause.

    Returns:
        Both lists, equally long; None where the sentence does not pair two lists of amounts.
    """
    amounts = [f for f in figures(sentence) if f.kind is FigureKind.MONEY]
    lists = [run for run in _runs(sentence, amounts) if len(run) > 1]
    if len(lists) != 2 or len(lists[0]) != len(lists[1]):
        return None
    return (lists[0], lists[1]) if "分别" in sentence[lists[0][-1].end : lists[1][0].start] else None


def _parallel_tiers(
    sentence: str, caps: str, stated: Sequence[CaseFigure], language: Language
) -> _Result | None:
    """固定资产投资达到 A、B、C 的，分别给予 X、Y、Z."""
    lists = parallel_lists(sentence)
    if lists is None:
        return None
    limits, given = lists
    between = sentence[limits[-1].end : given[0].start]
    head = sentence[: limits[0].start]
    ascending = [f.value for f in limits] == sorted(f.value for f in limits)
    if not _REACHED.search(head[-12:] + between[:8]) or not ascending:
        return None
    fitting = [i for i in stated if is_money(i) and same_subject(i, head[-40:])]
    if len(fitting) != 1 or _unlabelled(stated):
        return None
    mine = fitting[0]
    exceeds = "超过" in head[-6:]
    reached = [
        k
        for k, f in enumerate(limits)
        if mine.figure.value > f.value or (mine.figure.value == f.value and not exceeds)
    ]
    subject = re.split(r"[，。；,;]", head)[-1]
    lowest = sentence[limits[0].start : limits[0].end].strip()
    if not reached:
        if language == "zh":
            return f"按您的情况，未到最低一档“{subject}{lowest}”。", None
        return f"Your case is below the lowest tier, “{subject}{lowest}”.", None
    tier = reached[-1]
    limit = sentence[limits[tier].start : limits[tier].end].strip()
    amount = sentence[given[tier].start : given[tier].end].strip()
    if language == "zh":
        return f"按您的情况，属于{subject}{limit}的一档：{amount}。", None
    return f"Your case falls into this tier: {subject}{limit}, {amount}.", None


def _rate(sentence: str, caps: str, stated: Sequence[CaseFigure], language: Language) -> _Result | None:
    """按实际投入的 30% 给予补助，最高 100 万元."""
    shares = [f for f in figures(sentence) if f.kind is FigureKind.PERCENT and f.unit in ("%", "‰")]
    if len(shares) != 1:
        return None
    share = shares[0]
    base = _RATE_BASE.search(sentence[: share.start])
    if not base or not base[1].strip():
        return None
    of_what = base[1]
    if is_general(of_what):
        before = re.split(r"[，,；;]", sentence[: base.start()].rstrip("，, "))[-1]
        of_what = before + of_what if _COST.search(before) else of_what
    if not plain_base(base[1], stated) or _in_brackets(sentence, share.start):
        return None
    fitting = [i for i in stated if is_money(i) and same_subject(i, of_what)]
    rates = [i for i in stated if i.figure.kind is FigureKind.PERCENT and not same_figure(i.figure, share)]
    if len(fitting) != 1 or _ambiguous(stated, fitting[0], of_what):
        return None
    if not _reaches_thresholds(sentence[: share.start], fitting[0]):
        return None
    mine = fitting[0]
    shown = sentence[share.start : share.end].replace(" ", "")
    factor = {"%": 0.01, "‰": 0.001}[share.unit]
    parts = [show_money(mine.figure.value, language)]
    value = mine.figure.value * share.value * factor
    if _INTEREST.search(base[1]):
        if len(rates) != 1:
            return None
        parts.append(rates[0].typed.replace(" ", ""))
        value *= rates[0].figure.value * 0.01
    elif rates:
        return None
    return _computed([*parts, shown], value, sentence[share.end :] + caps, mine, language)


def _in_brackets(sentence: str, position: int) -> bool:
    """Whether a place in a sentence stands in round brackets."""
    before = plain(sentence[:position])
    return before.count("(") > before.count(")")


def _reaches_thresholds(words: str, mine: CaseFigure) -> bool:
    """Whether the person's amount reaches every amount that a sentence demands before its rate."""
    for f in figures(words):
        demand = re.split(r"[，。；,;]", words[: f.start])[-1]
        near = demand[-6:] + words[f.end : f.end + 6]
        if f.kind is FigureKind.MONEY and _REACHED.search(near) and mine.figure.value < f.value:
            return False
    return True


def _unlabelled(stated: Sequence[CaseFigure]) -> bool:
    """Whether the person states an amount and does not say of what: it could be any."""
    return any(is_money(i) and not families_of(i.before + i.behind) for i in stated)


def _ambiguous(stated: Sequence[CaseFigure], mine: CaseFigure, base: str) -> bool:
    """Whether another amount of the person could be the base as well."""
    others = [i for i in stated if i is not mine and is_money(i)]
    if _unlabelled(others) or any(families_of(i.before) & families_of(base) for i in others):
        return True
    return any(_PART.match(i.before) and i.figure.start > mine.figure.start for i in others)


def _per_head(sentence: str, caps: str, stated: Sequence[CaseFigure], language: Language) -> _Result | None:
    """给予每证 20 万元, 按每名 1000 元."""
    found = []
    for f in figures(sentence):
        if f.kind is FigureKind.MONEY and (m := _PER_HEAD.search(sentence[: f.start])):
            found.append((f, m[1], m[2]))
    if len(found) != 1 or any(f.kind is FigureKind.PERCENT for f in figures(sentence)):
        return None
    amount, measure, noun = found[0]
    counts = [
        i
        for i in stated
        if i.figure.kind is FigureKind.COUNT
        and counts_same(i, measure, noun)
        and _pairs(i.before + i.typed + i.behind) & _pairs(sentence)
    ]
    if len(counts) != 1:
        return None
    value = counts[0].figure.value * amount.value
    parts = [f"{counts[0].figure.value:g}", show_money(amount.value, language)]
    return _computed(parts, value, sentence[amount.end :] + caps, counts[0], language)


def _computed(
    parts: Sequence[str], value: float, behind: str, mine: CaseFigure, language: Language
) -> _Result | None:
    """A sum as a statement with its computation; None where it is unclear which of several caps binds it."""
    caps = caps_in(behind)
    if any(c.tier for c in caps):
        if not all(same_subject(mine, c.condition) for c in caps if c.tier):
            return None
        caps = [c for c in caps if c.low <= mine.figure.value <= c.high]
    note = Note("computed", f"{' × '.join(parts)} = {show_money(value, language)}")
    cap = next((c for c in caps if value > c.figure.value), None)
    if language == "zh":
        bound = f"，超过上限，以“{cap.words}”为限" if cap else ""
        return f"按您的情况计算：{note.text}{bound}。", note
    bound = f", which exceeds the cap: “{cap.words}”" if cap else ""
    return f"In your case: {note.text}{bound}.", note


@dataclass(frozen=True, slots=True)
class Cap:
    """An amount that a rule gives at most.

    Attributes:
        words: the cap's words, such as 最高不超过500万元.
        figure: its figure.
        condition: the words before it that say for whom it holds.
        low: the least amount of the person's for which it holds, in 元.
        high: the largest.
    """

    words: str
    figure: Figure
    condition: str
    low: float
    high: float

    @property
    def tier(self) -> bool:
        """Whether it holds for some amounts only."""
        return self.low > 0 or self.high < math.inf


def caps_in(text: str) -> list[Cap]:
    """The caps of a rule, each with the amounts for which it holds; none of what is given to others.

    Args:
        text: the words behind a rate or an amount per head.

    Returns:
        The caps in order.
    """
    found = []
    other = _OTHER_RULE.search(text)
    text = text[: other.start()] if other else text
    amounts = [f for f in figures(text) if f.kind is FigureKind.MONEY]
    for f in amounts:
        before = re.split(r"[、，。；,;（(]", text[: f.start])[-1]
        if not cap_pattern().search(before[-_LONGEST_CAP:]):
            continue
        opening = max(text.rfind(mark, 0, f.start) for mark in "；;。") + 1
        limits = [o for o in amounts if opening <= o.start and o.end <= f.start - len(before)]
        lows = [o.value for o in limits if _AT_LEAST.search(_around(text, o))]
        highs = [o.value for o in limits if _AT_MOST.search(_around(text, o))]
        words = (before + text[f.start : f.end]).strip()
        found.append(
            Cap(words, f, text[opening : f.start], max(lows, default=0.0), min(highs, default=math.inf))
        )
    return found


def _around(text: str, figure: Figure) -> str:
    """The few characters around a figure, which stands as #."""
    return f"{text[max(0, figure.start - 4) : figure.start]}#{text[figure.end : figure.end + 6]}"
