"""What a sentence of a policy gives, told apart from whom it gives it to and when (``data/giving.toml``).

Both are stretches of the sentence as they stand. Where they cannot be told apart for certain, nothing is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from corpus.text import squash
from rag.case import cap_pattern
from rag.figures import Figure, FigureKind, figures, plain
from rag.lexicon import read_toml

_KINDS = {FigureKind.MONEY, FigureKind.PERCENT, FigureKind.MULTIPLE}
_ENDS = "，,；;。"
_EDGES = _ENDS + "、：: \t\r\n"
_OPENING, _CLOSING = "（([【“「《〈", "）)]】”」》〉"
_SHORTEST_CONDITION = 4  # letters and digits
_ADVERBIAL = 8  # characters before a verb that say how it gives, such as 每项标准
_NEAR = 4
_TO_NOUN = 8


@dataclass(frozen=True, slots=True)
class Gift:
    """What a sentence gives.

    Attributes:
        amount: the shortest stretch that says how much, of what, and up to how much.
        condition: the stretch before it, which says for whom, what and when.
    """

    amount: str
    condition: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch between two commas.

    Attributes:
        start: offset of its first character.
        end: offset behind its last character.
        words: its text.
        demanded: the amounts and shares that it demands.
        given: those that it gives.
    """

    start: int
    end: int
    words: str
    demanded: tuple[Figure, ...]
    given: tuple[Figure, ...]

    @property
    def silent(self) -> bool:
        """Whether it holds no amount."""
        return not self.demanded and not self.given


def states_amount(sentence: str) -> bool:
    """Whether a sentence says how much is given."""
    return any(part.given and _matches("pays", "words", part.words) for part in _parts(sentence))


def is_limit(sentence: str) -> bool:
    """Whether a sentence only limits what the one before it gives: 每家企业每年最高100万元.

    One that says more besides has to name of what it is the limit: 可多次申请，每家企业最高100万元.
    """
    parts = _parts(sentence)
    giving = [part for part in parts if part.given]
    if not giving or not all(cap_pattern().search(part.words) for part in giving):
        return False
    if any(f.kind is FigureKind.PERCENT for part in giving for f in part.given):
        return False
    if re.match(_words("rules", "words"), sentence.lstrip()):
        return False
    of_each = re.search(_words("limit", "words"), sentence[: giving[-1].end])
    return len(giving) == len(parts) or bool(of_each and not any(part.demanded for part in parts))


def part_gift(sentence: str) -> Gift | None:
    """Tell what a sentence gives from whom it gives it to.

    Args:
        sentence: one sentence of a clause.

    Returns:
        Both, verbatim; None where the sentence gives nothing, holds several rules, or leaves a doubt where
        the one ends and the other begins.
    """
    parts = _parts(sentence)
    giving = [n for n, part in enumerate(parts) if part.given]
    if not giving or not _is_one_rule(parts, giving[0], giving[-1]):
        return None
    cut = _beginning(parts, giving[0])
    if cut is None:
        return None
    amount = sentence[cut : parts[giving[-1]].end].strip(_EDGES)
    condition = sentence[:cut].strip(_EDGES)
    return Gift(amount, condition) if _is_sound(amount, condition) else None


def _parts(sentence: str) -> list[_Part]:
    """A sentence at its commas, but for those in brackets, quotation marks and figures."""
    found = [f for f in figures(sentence) if f.kind in _KINDS]
    inside = {position for f in figures(sentence) for position in range(f.start, f.end)}
    parts, depth, start = [], 0, 0
    for at, character in enumerate(sentence + "。"):
        depth += (character in _OPENING) - (character in _CLOSING)
        depth = max(depth, 0)
        last = at == len(sentence)
        if last or (character in _ENDS and depth == 0 and at not in inside):
            if sentence[start:at].strip(_EDGES):
                parts.append(_part(sentence, start, at, [f for f in found if start <= f.start < at]))
            start = at + 1
    return parts


def _part(sentence: str, start: int, end: int, found: Sequence[Figure]) -> _Part:
    """One part with its figures; in a list (500万元、1000万元) all are what the first one is."""
    demanded: list[Figure] = []
    given: list[Figure] = []
    for n, figure in enumerate(found):
        before, behind = sentence[start : figure.start], sentence[figure.end : end]
        listed = n > 0 and not sentence[found[n - 1].end : figure.start].strip("、 ")
        if listed:
            (demanded if found[n - 1] in demanded else given).append(figure)
        elif _is_demanded(before, behind):
            demanded.append(figure)
        else:
            given.append(figure)
    return _Part(start, end, sentence[start:end], tuple(demanded), tuple(given))


def _is_demanded(before: str, behind: str) -> bool:
    if re.search(rf"(?:{_words('demanded', 'before')})[^，。；]{{0,{_NEAR}}}$", before):
        return True
    if re.match(_words("demanded", "behind"), behind):
        return True
    noun = rf"\s*的.{{0,{_TO_NOUN}}}?(?:{_words('nouns', 'words')})"
    return bool(re.match(r"\s*的", behind) and not re.match(noun, behind))


def _is_one_rule(parts: Sequence[_Part], first: int, last: int) -> bool:
    """Whether a sentence holds one rule: conditions, then what is given, and nothing behind."""
    if last != len(parts) - 1:
        return False
    if not all(_matches("pays", "words", p.words) for p in parts if p.given):
        return False
    if any(f.start > parts[first].given[0].start for f in parts[first].demanded):
        return False
    rest = parts[first + 1 :]
    return not any(p.demanded or re.match(rf"\s*(?:{_words('rules', 'words')})", p.words) for p in rest)


def _beginning(parts: Sequence[_Part], first: int) -> int | None:
    """Where the amount begins: in the first part that gives, or in those before it that say of what."""
    part = parts[first]
    cut = _cut(part, part.given[0].start)
    while cut is not None and cut == part.start and first > 0 and parts[first - 1].silent:
        first -= 1
        part = parts[first]
        verbs = list(re.finditer(_words("begins", "verbs"), part.words))
        if verbs and re.search(rf"(?:{_words('nouns', 'words')})\s*$", part.words):
            return _cut(part, part.start + verbs[-1].end())
        leads = re.match(rf"\s*(?:{_words('leading', 'words')})", part.words)
        if not leads or re.search(r"的\s*$", part.words):
            return parts[first + 1].start
        cut = part.start
    return cut


def _cut(part: _Part, limit: int) -> int | None:
    """Where in a part the amount begins; None where it is not certain.

    Args:
        part: the part.
        limit: offset that it begins before: the first figure given, or the end of the verb.
    """
    low = max((f.end for f in part.demanded), default=part.start)
    words = part.words[low - part.start : limit - part.start]
    verb = _last("verbs", words) if _last("verbs", words) >= 0 else _last("other_verbs", words)
    base = _last("bases", words)
    if 0 <= base < verb and "的" in words[base:verb] and words[:base].strip():
        return None
    sure = [at for at in (verb, base) if at >= 0]
    other = re.search(_words("begins", "others"), words)
    at = min(sure) if sure else other.start() if other else 0
    before = re.search(rf"(?:{_words('begins', 'before')}){{0,4}}$", words[:at])
    at = low + (before.start() if before else at)
    left = part.words[: at - part.start].strip()
    own = bool(part.demanded) or re.match(_words("condition", "begins"), left)
    if not own and sure and left:
        own = len(left) > _ADVERBIAL or re.search(rf"(?:{_words('condition', 'ends')})$", left)
    return at if own else part.start


def _is_sound(amount: str, condition: str) -> bool:
    """Whether both stretches can stand by themselves, and the amount is of one rule."""
    if len(squash(condition)) < _SHORTEST_CONDITION:
        return False
    if re.search(rf"(?:{_words('condition', 'open')})$", condition):
        return False
    if re.match(_words("rules", "words"), amount):
        return False
    if any(sum(c in _OPENING for c in t) != sum(c in _CLOSING for c in t) for t in (amount, condition)):
        return False
    rates = {round(f.value, 6) for f in figures(amount) if f.kind is FigureKind.PERCENT}
    return len(rates) < 2 or "分别" in amount


def _last(name: str, words: str) -> int:
    """Where a word of ``[begins]`` stands last; -1 where none does."""
    return max((m.start() for m in re.finditer(_words("begins", name), words)), default=-1)


def _matches(section: str, name: str, words: str) -> bool:
    return bool(re.search(_words(section, name), plain(words)))


@cache
def _words(section: str, name: str) -> str:
    """The words of an entry as one regular expression."""
    return "|".join(read_toml("giving.toml")[section][name])
