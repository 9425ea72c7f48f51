"""Lists: what an introduction ending in a colon opens, and items that stand side by side in one sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.text import squash
from corpus.types import Clause, ClauseKind
from rag.pieces import cut
from rag.scoring import Scored, Weights
from rag.types import ClauseSource, Evidence, Fact, Query
from rag.units import placed_evidence

_LISTED_FACTS = (Fact.CONDITION, Fact.PROCEDURE)
_INTRODUCES = re.compile(r"(?:条件|材料|资料|文件|要求|对象|范围|程序|流程|步骤)[^，。；]{0,8}[：:]?$")
_MOST_ITEMS = 8
_LONGEST = 600
_STANDS_OUT = 0.15
_BETTER = 0.1


def listed_evidence(query: Query, lead: Scored, weights: Weights, source: ClauseSource) -> list[Evidence]:
    """All items of the list that the lead piece opens or belongs to.

    Args:
        query: the question as understood.
        lead: the piece that answers best.
        weights: how much the question's content words count.
        source: where clauses are looked up.

    Returns:
        The introduction and its items, each by its own unit; empty where no list is asked for, or where
        the question is about one item of it.
    """
    if not set(_LISTED_FACTS) & set(query.facts[:2]):
        return []
    opening, items = _list_of(lead, source)
    if opening is None or len(items) < 2 or _stands_out(lead, items, weights):
        return []
    return _shown(opening, items, source)


def whole_list(opening: Clause, source: ClauseSource) -> list[Evidence]:
    """A unit that opens a list, with the list's items.

    Args:
        opening: the unit.
        source: where clauses are looked up.

    Returns:
        The introduction and its items, each by its own unit; empty where the unit opens no list.
    """
    below = [c for c in source.children(opening.id) if c.kind is not ClauseKind.PARAGRAPH]
    last = opening.text.rstrip().splitlines()[-1]
    if len(below) < 2 or not (_INTRODUCES.search(last) or last.endswith(("：", ":"))):
        return []
    return _shown(opening, below, source)


def _shown(opening: Clause, items: Sequence[Clause], source: ClauseSource) -> list[Evidence]:
    """A list's introduction, where it is a sentence, and its items as far as they fit."""
    found = []
    last = cut(opening.id, opening.text)[-1:]
    if last and not last[0].heading:
        found += placed_evidence(source, opening, [(last[0].start, last[0].end)], 0.5)
    length = 0
    for item in items[:_MOST_ITEMS]:
        length += len(squash(item.text))
        spans = [(p.start, p.end) for p in cut(item.id, item.text) if not p.heading]
        if length > _LONGEST:
            break
        if spans:
            found += placed_evidence(source, item, spans, 0.5)
    return found


def _list_of(lead: Scored, source: ClauseSource) -> tuple[Clause | None, list[Clause]]:
    """The unit that opens the lead piece's list, and the list's items."""
    for opening in (lead.clause, source.clauses.get(lead.clause.parent)):
        if opening is None:
            continue
        if _INTRODUCES.search(opening.text.rstrip().splitlines()[-1]):
            below = [c for c in source.children(opening.id) if c.kind is not ClauseKind.PARAGRAPH]
            return opening, below
    return None, []


def _stands_out(lead: Scored, items: Sequence[Clause], weights: Weights) -> bool:
    """Whether the question speaks of one item of the list and hardly of the others."""
    if lead.clause.id not in {i.id for i in items}:
        return False
    shares = [
        max((weights.share(weights.hits(p.folded) - lead.above) for p in cut(i.id, i.text)), default=0.0)
        for i in items
        if i.id != lead.clause.id
    ]
    return weights.share(lead.hits - lead.above) - max(shares, default=0.0) >= _STANDS_OUT


def better_item(lead: Scored, scored: Sequence[Scored], weights: Weights) -> Scored:
    """The item of the lead piece's sentence (对A…；对B…) that the question is about.

    Args:
        lead: the piece that answers best, perhaps only because it states an amount.
        scored: all scored pieces.
        weights: how much the question's content words count.

    Returns:
        The item that holds more of the question's content words, or the lead piece itself.
    """
    items = items_beside(lead, [s for s in scored if s.clause.id == lead.clause.id and s is not lead])
    best = max(items, key=lambda s: weights.share(s.hits), default=lead)
    more = weights.share(best.hits - lead.hits) - weights.share(lead.hits - best.hits)
    return best if more >= _BETTER else lead


def items_beside(lead: Scored, mates: Sequence[Scored]) -> list[Scored]:
    """The other items of the sentence that the lead piece is an item of.

    Args:
        lead: the piece.
        mates: the other pieces of its clause.

    Returns:
        The items in the text's order; empty where its sentence is no list.
    """
    run = sorted([lead, *(m for m in mates if not m.piece.bracket)], key=lambda s: s.piece.start)
    first = last = run.index(lead)
    while first > 0 and run[first - 1].piece.text.endswith(("；", ";")):
        first -= 1
    while last + 1 < len(run) and run[last].piece.text.endswith(("；", ";")):
        last += 1
    return [s for s in run[first : last + 1] if s is not lead]
