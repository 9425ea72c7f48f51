"""Makes false statements of true sentences, one family of errors at a time, and true ones in other words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from corpus.types import Clause
from rag.figures import FigureKind, figures
from rag.types import ClauseSource

_CONDITION = re.compile(
    r"首次|新引进的?|新设立的?|新落户的?|新认定的?|仅限?|经[^，。；、]{1,12}(?:认定|评审|审核|批准|备案)的?"
    r"|符合[^，。；]{1,16}的|在本[市区省][^，。；、]{0,10}|[一二三四五两\d]+年内|连续[^，。；、]{1,6}"
    r"|获得?[^，。；]{2,12}(?:认定|批准)的|(?<=对)[^，。；、]{2,10}的"
)
_NEGATION = re.compile(r"不(?!断)|未(?!来)|除外|无(?!人)|非(?!常)|严禁|禁止")
_GIVES = re.compile(r"给予|支持|鼓励|推动|实施|建设|开展|奖励|发展")
_SEGMENT = re.compile(r"[，；]")
_LONGEST_UNIT = 600  # four of them are shown whole
_HAN_DIGITS = "零一二三四五六七八九"
_OUTSIDE = (
    "并免征三年企业所得税",
    "同时发放住房补贴",
    "由银行提供无抵押贷款",
    "海外企业亦可全额享受",
    "并优先安排子女入学",
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a model is made to write.

    Attributes:
        text: the statement without its id.
        unit: the clause that its id stands for; empty for an id that no clause has.
        asked: what the person asked, where the error stands in the question too.
    """

    text: str
    unit: str
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """A true sentence.

    Attributes:
        unit: the clause it is from.
        text: its words.
        source: where other clauses are found.
    """

    unit: Clause
    text: str
    source: ClauseSource


Falsifier = Callable[[Ground, Random], Claim | None]


def _invented_id(ground: Ground, random: Random) -> Claim | None:
    return Claim(ground.text, "")


def _wrong_city(ground: Ground, random: Random) -> Claim | None:
    """Another city is named, or another city's clause is cited."""
    others = [c for c in ground.source.clauses.values() if c.zone != ground.unit.zone and len(c.text) > 60]
    other = random.choice(others)
    if random.random() < 0.5:
        return Claim(ground.text, other.id)
    city, own = other.zone[:2], ground.unit.zone[:2]
    text = ground.text.replace(own, city) if own in ground.text else f"{city}市{ground.text}"
    return Claim(text, ground.unit.id)


def _swapped_amount(ground: Ground, random: Random) -> Claim | None:
    kinds = {FigureKind.MONEY, FigureKind.PERCENT}
    mine = [f for f in figures(ground.text) if f.kind in kinds]
    whole = ground.unit.text
    pairs = [
        (f, whole[o.start : o.end])
        for f in mine
        for o in figures(whole)
        if o.kind is f.kind and o.value != f.value
    ]
    if not pairs:
        return None
    figure, other = random.choice(pairs)
    text = ground.text[: figure.start] + other + ground.text[figure.end :]
    return Claim(text, ground.unit.id, f"{other}怎么给？" if random.random() < 0.5 else "")


def _dropped_condition(ground: Ground, random: Random) -> Claim | None:
    parts = ground.text.split("；")
    if len(parts) > 1 and random.random() < 0.5:  # the parts behind the first share its conditions
        return Claim(random.choice(parts[1:]), ground.unit.id)
    found = list(_CONDITION.finditer(ground.text))
    if not found:
        return None
    match = random.choice(found)
    return Claim(ground.text[: match.start()] + ground.text[match.end() :], ground.unit.id)


def _turned_negation(ground: Ground, random: Random) -> Claim | None:
    if found := list(_NEGATION.finditer(ground.text)):
        match = random.choice(found)
        return Claim(ground.text[: match.start()] + ground.text[match.end() :], ground.unit.id)
    if found := list(_GIVES.finditer(ground.text)):
        match = random.choice(found)
        return Claim(f"{ground.text[: match.start()]}不{ground.text[match.start() :]}", ground.unit.id)
    return None


def _changed_unit(ground: Ground, random: Random) -> Claim | None:
    swaps = (("万元", "亿元"), ("亿元", "万元"), ("%", "‰"), ("‰", "%"), ("年", "个月"), ("平方米", "亩"))
    fitting = [
        (f, old, new)
        for f in figures(ground.text)
        for old, new in swaps
        if ground.text[f.start : f.end].endswith(old) and not ground.text[f.start : f.end].startswith("20")
    ]
    if not fitting:
        return None
    figure, old, new = random.choice(fitting)
    words = ground.text[figure.start : figure.end].removesuffix(old) + new
    return Claim(ground.text[: figure.start] + words + ground.text[figure.end :], ground.unit.id)


def _wrong_numeral(ground: Ground, random: Random) -> Claim | None:
    """An amount in Chinese numerals that is another than the clause's."""
    numbers = list(re.finditer(r"(?<![\d.])(\d{1,4})(?=\s*(?:万|亿|%|家|个))", ground.text))
    if not numbers:
        return None
    match = random.choice(numbers)
    value = int(match[1])
    wrong = random.choice([v for v in (value * 10, value + 5, value + 10, value // 2) if v not in (value, 0)])
    behind = ground.text[match.end() :]
    if behind.startswith("%"):
        return Claim(f"{ground.text[: match.start()]}百分之{han_numeral(wrong)}{behind[1:]}", ground.unit.id)
    return Claim(ground.text[: match.start()] + han_numeral(wrong) + behind, ground.unit.id)


def _shifted_date(ground: Ground, random: Random) -> Claim | None:
    dates = [f for f in figures(ground.text) if f.kind in (FigureKind.DATE, FigureKind.DURATION)]
    if not dates:
        return None
    figure = random.choice(dates)
    words = ground.text[figure.start : figure.end]
    digits = list(re.finditer(r"\d+", words))
    if not digits:
        return None
    match = random.choice(digits)
    shifted = words[: match.start()] + str(int(match[0]) + random.choice((1, 2, 3))) + words[match.end() :]
    return Claim(ground.text[: figure.start] + shifted + ground.text[figure.end :], ground.unit.id)


def _wrong_name(ground: Ground, random: Random) -> Claim | None:
    """A title or article number that is not the cited clause's."""
    titles = [d.title for d in ground.source.documents.values() if d.id != ground.unit.document]
    mentioned = [t for t in re.findall(r"《([^《》]+)》", ground.unit.text) if t != ground.unit.title]
    if mentioned or random.random() < 0.5:
        titles = mentioned or titles
        return Claim(f"根据《{random.choice(titles)}》，{ground.text}", ground.unit.id)
    return Claim(f"根据第{han_numeral(random.randint(41, 79))}条，{ground.text}", ground.unit.id)


def _outside_words(ground: Ground, random: Random) -> Claim | None:
    added = random.choice(_OUTSIDE)
    return Claim(f"{ground.text.rstrip('。；')}，{added}。", ground.unit.id)


FAMILIES: Mapping[str, Falsifier] = {
    "invented id": _invented_id,
    "wrong city": _wrong_city,
    "amount swapped": _swapped_amount,
    "dropped condition": _dropped_condition,
    "negation turned": _turned_negation,
    "unit changed": _changed_unit,
    "Chinese numeral": _wrong_numeral,
    "date shifted": _shifted_date,
    "title or article": _wrong_name,
    "outside words": _outside_words,
}
"""The families of false statements."""


def disguise(text: str, random: Random) -> str:
    """The same statement in looser words: another beginning, other notation, parts in another order."""
    way = random.randrange(4)
    if way == 1:
        return f"根据规定，{text}"
    if way == 2:
        return text.replace("给予", "予以").replace("按照", "按").replace("的", "", 1)
    parts = _SEGMENT.split(text.rstrip("。；"))
    if way == 3 and len(parts) > 1:
        return "，".join((*parts[1:], parts[0])) + "。"
    return text


def han_numeral(value: int) -> str:
    """A whole number below ten thousand in Chinese numerals."""
    told = ""
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // size % 10
        if digit:
            told += _HAN_DIGITS[digit] + name
        elif told and not told.endswith("零") and value % size:
            told += "零"
    return told.removeprefix("一") if told.startswith("一十") else told or "零"


def _notation(ground: Ground, random: Random) -> str:
    """An amount in Chinese numerals, or with a separator."""
    match = re.search(r"(?<![\d.])(\d{1,4})(?=万元)", ground.text)
    if match is None:
        return ""
    return ground.text[: match.start()] + han_numeral(int(match[1])) + ground.text[match.end() :]


def _same_words(ground: Ground, random: Random) -> str:
    told = ground.text
    for old, new in (
        ("给予", "予以"),
        ("按照", "按"),
        ("最高不超过", "最高"),
        ("以及", "和"),
        ("并且", "且"),
    ):
        told = told.replace(old, new)
    return told if told != ground.text else ""


def _framed(ground: Ground, random: Random) -> str:
    openings = (f"{ground.unit.zone[:2]}市", f"根据《{ground.unit.title}》，", "根据规定，")
    return random.choice(openings) + ground.text


def _grammar(ground: Ground, random: Random) -> str:
    told = ground.text.replace("的", "", 1).replace("，", "、", 1)
    return told if told != ground.text else ""


def _reordered(ground: Ground, random: Random) -> str:
    parts = _SEGMENT.split(ground.text.rstrip("。；"))
    return "，".join((*parts[1:], parts[0])) + "。" if len(parts) > 1 else ""


def _shortened(ground: Ground, random: Random) -> str:
    parts = _SEGMENT.split(ground.text.rstrip("。；"))
    return "，".join(parts[:-1]) + "。" if len(parts) > 1 else ""


PARAPHRASES: Mapping[str, Callable[[Ground, Random], str]] = {
    "verbatim": lambda ground, _: ground.text,
    "notation": _notation,
    "same words": _same_words,
    "framed": _framed,
    "grammar": _grammar,
    "reordered": _reordered,
    "shortened": _shortened,
}
"""True statements: the sentence itself, and in other words."""


def grounds(source: ClauseSource, pieces: Callable[[Clause], Sequence[str]]) -> list[Ground]:
    """The sentences of all clauses that say something by themselves."""
    return [
        Ground(unit, text, source)
        for unit in source.clauses.values()
        if len(unit.text) <= _LONGEST_UNIT
        for text in pieces(unit)
        if 16 <= len(text) <= 240
    ]
