"""The sentences beside the one that answers which belong to the answer as well."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.text import fold, squash
from rag.figures import FigureKind, figures
from rag.lexicon import load_lexicon
from rag.lists import items_beside
from rag.pieces import FIGURE_FACTS, bracket_pattern, states
from rag.scoring import BRACKET_FACTS, Scored, Weights
from rag.types import Fact, Query
from rag.units import LONGEST_CITED_CLAUSE

PARTS = re.compile(r"[？?；;，,]|以及|还有|或者|\band\b|\bor\b")
"""Where a question falls into parts."""

_ASKS = re.compile(
    "多少|几|什么|啥|哪|谁|吗|呢|怎|咋|如何|能不能|可不可以|有没有|是不是|是否|多久|多大"
    r"|\b(?:how|what|which|who|whom|when|where|why|does|do|is|are|can|will|any)\b"
)
_COMPANION = 0.22
_COMPANION_SEVERALLY = 0.16
_PART_WEIGHT = 0.4
_NEXT_BONUS = 0.06
_COMPANION_FACT = 0.12
_OTHER_PARAGRAPH = 0.2
_RATE_BONUS = 0.15
_EQUAL = 0.9


def asking_parts(folded: str) -> list[str]:
    """The parts of a folded question that ask something each."""
    return [p for p in PARTS.split(folded) if _ASKS.search(p)]


def with_companions(
    query: Query, weights: Weights, scored: Sequence[Scored], lead: Scored, quota: int
) -> list[Scored]:
    """The lead piece, then those of its clause that say more of what is asked.

    Args:
        query: the question as understood.
        weights: how much its content words count.
        scored: all scored pieces.
        lead: the piece that answers.
        quota: letters and digits that all of them may hold; a bracket that was asked for comes on top.

    Returns:
        The pieces, the most wanted first: the bracket that names the office, where that is asked for first.
    """
    mates = sorted(
        (s for s in scored if s.clause.id == lead.clause.id and s is not lead),
        key=lambda s: s.piece.start,
    )
    plain = [m for m in mates if not (m.piece.bracket or m.piece.heading or m.other_year)]
    chosen = [lead]
    room = quota - len(squash(lead.piece.text))
    parts = [weights.hits(fold(p)) for p in PARTS.split(query.standalone) if p.strip()]
    severally = bool(load_lexicon().comparison.search(query.folded))
    floor = _COMPANION_SEVERALLY if severally and len(query.zones) < 2 else _COMPANION
    while plain:
        best = max(plain, key=lambda m: _worth(query, weights, m, parts, chosen))
        length = len(squash(best.piece.text))
        apart = _OTHER_PARAGRAPH if _cited_apart(lead, best) else 0.0
        if _worth(query, weights, best, parts, chosen) < floor + apart or length > room:
            break
        chosen.append(best)
        plain.remove(best)
        room -= length
    for mate in _equals(weights, lead, mates):
        room -= len(squash(mate.piece.text))
        if mate not in chosen and room >= 0:
            chosen.append(mate)
    chosen += [m for m in _named_place(query, lead, mates) if m not in chosen]
    if _open(query, lead):
        chosen += _topic(lead, mates) + _around(lead, mates, [m for m in plain if m not in chosen], room)
    brackets = _brackets(query, chosen, mates)
    asked_first = query.facts[:1] and query.facts[0] in BRACKET_FACTS
    return [*brackets, *chosen] if asked_first else [*chosen, *brackets]


def _cited_apart(lead: Scored, mate: Scored) -> bool:
    """Whether a piece would need a citation of its own: it stands in another paragraph of a long clause."""
    text = lead.clause.text
    between = text[min(lead.piece.end, mate.piece.end) : max(lead.piece.start, mate.piece.start)]
    return len(text) > LONGEST_CITED_CLAUSE and "\n" in between


def _equals(weights: Weights, lead: Scored, mates: Sequence[Scored]) -> list[Scored]:
    """The items of one list (对A…；对B…) that fit the question as well as the lead piece does."""
    least = _EQUAL * weights.share(lead.hits)
    items = [s for s in items_beside(lead, mates) if not _cited_apart(lead, s)]
    return [s for s in items if weights.share(s.hits & lead.hits) >= least]


def _open(query: Query, lead: Scored) -> bool:
    """Whether a question wants more than one fact that the lead piece states."""
    asking = asking_parts(query.folded)
    wanted = query.facts[:1]
    return (
        len(asking) > 1
        or not wanted
        or wanted[0] not in FIGURE_FACTS
        or not states(wanted[0], lead.piece.text)
    )


def _named_place(query: Query, lead: Scored, mates: Sequence[Scored]) -> list[Scored]:
    """The sentence that opens the lead piece's paragraph, where a place is asked for: it names it."""
    if Fact.PLACE not in query.facts[:2]:
        return []
    start = lead.clause.text.rfind("\n", 0, lead.piece.start) + 1
    opening = [m for m in mates if start <= m.piece.start < lead.piece.start and not m.piece.bracket]
    return opening[:1]


def _topic(lead: Scored, mates: Sequence[Scored]) -> list[Scored]:
    """The words right before the lead piece that name what its paragraph is about."""
    return [m for m in mates if m.piece.heading and m.piece.end == lead.piece.start]


def _around(lead: Scored, mates: Sequence[Scored], plain: Sequence[Scored], room: int) -> list[Scored]:
    """The sentences behind the lead piece, then telling ones before it, as far as they fit.

    A line break or a bracket that names who is responsible ends what belongs together.
    """
    text = lead.clause.text
    brackets = [m.piece for m in mates if m.piece.bracket]
    line_end = text.find("\n", lead.piece.end)
    starts = [p.end for p in brackets if p.end <= lead.piece.start]
    ends = [p.start for p in brackets if p.start >= lead.piece.end]
    start = max([text.rfind("\n", 0, lead.piece.start) + 1, *starts])
    end = min([line_end if line_end >= 0 else len(text), *ends])
    same = [m for m in plain if start <= m.piece.start and m.piece.end <= end]
    behind = [m for m in same if m.piece.start > lead.piece.start]
    before = [m for m in same if m.hits - lead.hits and m not in behind]
    found = []
    for mate in [*behind, *sorted(before, key=lambda m: -m.score)]:
        room -= len(squash(mate.piece.text))
        if room < 0:
            break
        found.append(mate)
    return found


def _brackets(query: Query, chosen: Sequence[Scored], mates: Sequence[Scored]) -> list[Scored]:
    """The brackets behind the chosen pieces that name the offices or telephones asked for."""
    found: list[Scored] = []
    for fact in query.facts[:3]:
        pattern = bracket_pattern(fact)
        if pattern is None or any(pattern.search(s.piece.text) for s in chosen):
            continue
        behind = [
            m
            for m in mates
            if m.piece.bracket and pattern.search(m.piece.text) and m.piece.start > chosen[0].piece.start
        ]
        found += [b for b in behind[:1] if b not in found]
    return found


def _worth(
    query: Query,
    weights: Weights,
    mate: Scored,
    parts: Sequence[frozenset[int]],
    chosen: Sequence[Scored],
) -> float:
    """What a further piece of the same clause adds to those chosen."""
    covered = frozenset().union(*(s.hits for s in chosen))
    worth = weights.share(mate.hits - covered)
    for part in parts if len(parts) > 1 else ():
        whole = weights.share(part) or 1.0
        before = max(weights.share(s.hits & part) for s in chosen)
        worth += _PART_WEIGHT * max(0.0, weights.share(mate.hits & part) - before) / whole
    if any(s.piece.end <= mate.piece.start <= s.piece.end + 1 for s in chosen):
        worth += _NEXT_BONUS
    if query.inputs and any(f.kind is FigureKind.PERCENT for f in figures(mate.piece.text)):
        worth += _RATE_BONUS
    stated = [f for f in query.facts[:3] if f not in BRACKET_FACTS and states(f, mate.piece.text)]
    new = [f for f in stated if not any(states(f, s.piece.text) for s in chosen)]
    return worth + _COMPANION_FACT * (len(stated) + len(new))
