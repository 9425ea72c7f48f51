"""From ranked clauses to the few sentences that answer.

Evidence comes first and the answer is made of it: nothing is written that was not chosen here.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.closing import closing_evidence, telephone_evidence
from rag.companions import asking_parts, with_companions
from rag.lexicon import load_lexicon
from rag.lists import better_item, listed_evidence
from rag.neighbours import NEIGHBOUR_FACTS, from_neighbours
from rag.pieces import gives, states
from rag.referred import referred_evidence
from rag.scoring import Scored, Weights, score_pieces
from rag.standing import only_before, standing_evidence
from rag.types import ClauseSource, Evidence, Query, Ranked
from rag.units import placed_evidence

_QUOTA = 190
"""Letters and digits that one answer leads with."""

_SECOND_CLAUSE = 0.6
_SECOND_SCORE = 0.8
_TWIN_SCORE = 0.85
_OTHER_THING = 0.1
_SAME_THING = 0.7
_PART_OPEN = 0.7
_PART_SHARE = 0.6
_PART_LEAST = 0.15
_PART_SCORE = 0.7
_ABLE_SCORE = 0.9
_SURE = 4.0
_MOST_PLACES = 8


def choose_evidence(query: Query, ranked: Sequence[Ranked], source: ClauseSource) -> tuple[Evidence, ...]:
    """Choose the few units that answer and in them the sentences that do.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval, the best first.
        source: where clauses are looked up.

    Returns:
        The evidence, the most important first; empty where nothing can be quoted.
    """
    closing = closing_evidence(query, ranked, source) or telephone_evidence(query, ranked, source)
    standing = closing or standing_evidence(query, ranked, source)
    if standing:
        return standing
    ranked = only_before(query, ranked, source)
    scored, weights = score_pieces(query, ranked, source)
    quotable = [s for s in scored if not s.piece.heading]
    telling = [s for s in quotable if not s.piece.bracket] or quotable
    if not telling:
        return ()
    leads = _leads(query, telling, weights)
    if len(leads) == 1:
        lead = _able(query, better_item(leads[0], quotable, weights), telling, scored, source)
        listed = listed_evidence(query, lead, weights, source)
        if listed:
            return tuple(listed)
        leads = [lead]
    quota = _QUOTA if len(leads) == 1 else 2 * _QUOTA // len(leads)
    found: list[Evidence] = []
    for lead in leads:
        chosen = with_companions(query, weights, scored, lead, quota)
        helping, enough = from_neighbours(query, chosen, source)
        own = [] if enough else _as_evidence(source, chosen)
        first = query.facts[:1] and query.facts[0] in NEIGHBOUR_FACTS
        found += [*helping, *own] if first else [*own, *helping]
        found += referred_evidence(query, chosen, source)
    return _each_once(found)


def _leads(query: Query, scored: Sequence[Scored], weights: Weights) -> list[Scored]:
    """The best piece, or the best of each zone or document that the question sets side by side or surveys."""
    if query.survey:
        places = dict.fromkeys(s.clause.zone or s.clause.document for s in scored)
        telling = [s for s in scored if not gives(query.folded) or gives(s.piece.text)] or scored[:1]
        groups = [[s for s in telling if (s.clause.zone or s.clause.document) == p] for p in places]
        return [group[0] for group in groups if group][:_MOST_PLACES]
    if len(query.zones) > 1:
        groups = [[s for s in scored if s.clause.zone == zone] for zone in query.zones]
    elif query.comparison and len(query.documents) > 1:
        groups = [[s for s in scored if s.clause.document == document] for document in query.documents]
    else:
        return [scored[0], *_further_leads(query, scored, weights)]
    return [group[0] for group in groups if group] or [scored[0]]


def _further_leads(query: Query, scored: Sequence[Scored], weights: Weights) -> list[Scored]:
    """A second clause: for the other thing that is asked, or for the same said elsewhere."""
    first = scored[0]
    covered = first.hits | first.above
    severally = bool(load_lexicon().comparison.search(query.folded))
    own = [s for s in scored if s.clause.id == first.clause.id]
    said = frozenset().union(*(s.hits for s in own))
    open_parts = _open_parts(query, weights, own)
    for other in scored[1:]:
        if other.clause.id == first.clause.id:
            continue
        gain = weights.share(other.hits - covered)
        if gain >= _SECOND_CLAUSE and other.score >= _SECOND_SCORE * first.score:
            return [other]
        if severally and other.score >= _TWIN_SCORE * first.score:
            alike = weights.share(other.hits & first.hits) / (weights.share(first.hits) or 1.0)
            beside = first.clause.parent and other.clause.parent == first.clause.parent
            new = weights.share(other.hits - said) if beside else gain
            if new >= _OTHER_THING or alike >= _SAME_THING:
                return [other]
        if other.score >= _PART_SCORE * first.score and any(
            weights.share(other.hits & part) >= _PART_SHARE * weights.share(part) for part in open_parts
        ):
            return [other]
    return []


def _open_parts(query: Query, weights: Weights, own: Sequence[Scored]) -> list[frozenset[int]]:
    """What the parts of a question ask about that the leading clause does not speak of."""
    asking = asking_parts(query.folded)
    said = frozenset().union(*(s.hits | s.above for s in own))
    found = []
    for part in asking if len(asking) > 1 else ():
        hits = weights.hits(part)
        if weights.share(hits - said) >= max(_PART_OPEN * weights.share(hits), _PART_LEAST):
            found.append(hits - said)
    return found


def _able(
    query: Query, lead: Scored, telling: Sequence[Scored], scored: Sequence[Scored], source: ClauseSource
) -> Scored:
    """The lead piece, or the best other whose clause or neighbours state the office asked for."""
    wanted = query.facts[:1]
    if not wanted or wanted[0] not in NEIGHBOUR_FACTS:
        return lead
    tried: set[str] = set()
    for piece in telling:
        if piece.score < _ABLE_SCORE * lead.score:
            break
        if piece.clause.id in tried:
            continue
        tried.add(piece.clause.id)
        if any(states(wanted[0], s.piece.text) for s in scored if s.clause.id == piece.clause.id):
            return piece
        if from_neighbours(query, [piece], source)[0]:
            return piece
    return lead


def _as_evidence(source: ClauseSource, chosen: Sequence[Scored]) -> list[Evidence]:
    """Chosen pieces of one clause as evidence, by the unit that is cited."""
    spans = [(s.piece.start, s.piece.end) for s in chosen]
    score = min(1.0, max(s.score for s in chosen) / _SURE)
    return placed_evidence(source, chosen[0].clause, spans, score)


def _each_once(found: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Evidence by unit, each once, in the order of its first mention."""
    by_unit: dict[str, Evidence] = {}
    for item in found:
        held = by_unit.get(item.clause_id)
        sentences = tuple(dict.fromkeys((*(held.sentences if held else ()), *item.sentences)))
        by_unit[item.clause_id] = Evidence(item.clause_id, sentences, held.score if held else item.score)
    return tuple(by_unit.values())
