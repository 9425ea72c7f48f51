"""Whether a figure is said of the same thing as in the cited text.

Words copied from a clause keep their figures in order; other words have to share enough with the sentence
that states the figure; lists that a sentence pairs keep their pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from corpus.text import sentences
from rag.figures import Figure, FigureKind, figures, plain, same_figure, unsupported
from rag.tiers import caps_in, parallel_lists

QUOTED = re.compile('“([^”]{4,})”|「([^」]{4,})」|"([^"]{4,})"')
"""Words between quotation marks."""

_KINDS = {FigureKind.MONEY, FigureKind.PERCENT, FigureKind.MULTIPLE}
_OVERLAP = 0.25
_COPIED = 0.8
_GIVEN = re.compile(
    "(?:最高|最多|不超过|给予|可得|可获|获得|得到|拿到?|领到?|领取|补助|补贴|奖励|资助|支持|补|奖"
    r"|\b(?:up to|receives?|gets?|granted?|award(?:ed)?|maximum))[^，。；,;]{0,8}$",
    re.IGNORECASE,
)


def check_given(text: str, results: Sequence[Figure], texts: Sequence[str]) -> list[str]:
    """Check that what a statement promises is the clause's, not the person's own figure or above a cap.

    Args:
        text: the statement; each of its figures is known to stand somewhere.
        results: results of the computations shown beside it.
        texts: the cited texts.

    Returns:
        The reasons why it fails.
    """
    stated = [f for t in texts for f in figures(t)]
    claimed = figures(text)
    reasons = []
    for f in claimed:
        words = text[f.start : f.end].strip()
        if _among(f, stated) or not _GIVEN.search(text[: f.start]):
            continue
        if not _among(f, results):
            reasons.append(f"{words} is the person's own figure, not the clause's")
        elif _over_cap(f, claimed, texts):
            reasons.append(f"{words} is above the clause's cap")
    return reasons


def _over_cap(result: Figure, claimed: Sequence[Figure], texts: Sequence[str]) -> bool:
    """Whether a computed amount exceeds a cap of the cited rule that the statement does not mention."""
    for sentence in (s for t in texts for s in _stretches(t)):
        shares = [f for f in figures(sentence) if f.kind is FigureKind.PERCENT]
        caps = [c.figure for c in caps_in(sentence[shares[0].end :])] if shares else []
        if caps and all(result.value > c.value and not _among(c, claimed) for c in caps):
            return True
    return False


def check_roles(text: str, texts: Sequence[str]) -> list[str]:
    """Check that each amount and share stands in a cited sentence that is about the same thing.

    Args:
        text: the statement; words between quotation marks are left out, they are checked as quotes.
        texts: the cited texts.

    Returns:
        The reasons why it fails; none for words that stand in one text as they are.
    """
    if any(_only_words(text) in _only_words(t) for t in texts):
        return []
    stated = [f for t in texts for f in figures(t)]
    stretches = [s for t in texts for s in _stretches(t)]
    bare = QUOTED.sub(lambda m: " " * len(m[0]), text)
    reasons = []
    for start, end in sentences(bare):
        said = bare[start:end]
        claims = [f for f in figures(said) if f.kind in _KINDS and _among(f, stated)]
        if claims and not any(_same_role(said, claims, s) for s in stretches):
            words = "、".join(said[f.start : f.end].strip() for f in claims)
            reasons.append(f"{words} is said of something else in the cited text")
    return reasons


def _only_words(text: str) -> str:
    """A text's Chinese characters and digits."""
    return "".join(c for c in plain(text) if c.isdigit() or c in "%‰." or "㐀" <= c <= "鿿")


def _among(figure: Figure, others: Iterable[Figure]) -> bool:
    return any(same_figure(figure, o) for o in others)


def _same_role(said: str, claims: Sequence[Figure], stated: str) -> bool:
    """Whether a sentence says the figures of another, of the same thing and in the same order."""
    known = [f for f in figures(stated) if f.kind in _KINDS or f.kind is FigureKind.NUMBER]
    if unsupported(claims, known):
        return False
    words, source = bigrams(said), bigrams(stated)
    if not words:
        return True
    if not _pairs_agree(claims, stated):
        return False
    overlap = len(words & source) / len(words)
    if overlap < _OVERLAP:
        return False
    if overlap >= _COPIED:
        return _is_subsequence(claims, known)
    return True


def _pairs_agree(claims: Sequence[Figure], stated: str) -> bool:
    """Where a sentence pairs two lists, what is claimed of both is taken from the same places of them."""
    lists = parallel_lists(stated)
    paired = [c for c in claims if lists and _among(c, [*lists[0], *lists[1]])]
    if lists is None or len(paired) < 2:
        return True
    for one, other in (lists, lists[::-1]):
        for split in range(len(paired) + 1):
            places, others = _places(paired[:split], one), _places(paired[split:], other)
            if places is not None and others is not None and (not places or not others or places == others):
                return True
    return False


def _places(claims: Sequence[Figure], listed: Sequence[Figure]) -> list[int] | None:
    """The places of claims in a list, in order; None where they do not stand in it so."""
    places: list[int] = []
    for claim in claims:
        start = places[-1] + 1 if places else 0
        place = next((k for k in range(start, len(listed)) if same_figure(claim, listed[k])), None)
        if place is None:
            return None
        places.append(place)
    return places


def _is_subsequence(claims: Iterable[Figure], known: Iterable[Figure]) -> bool:
    rest = iter(known)
    return all(any(same_figure(c, k) for k in rest) for c in claims)


def bigrams(text: str) -> set[str]:
    """Pairs of neighbouring Chinese characters outside the figures."""
    bare = list(text)
    for f in figures(text):
        bare[f.start : f.end] = " " * (f.end - f.start)
    han = "".join(bare)
    return {a + b for a, b in pairwise(han) if "㐀" <= a <= "鿿" and "㐀" <= b <= "鿿"}


def _stretches(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]
