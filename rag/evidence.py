"""From ranked clauses to the few sentences that answer.

Evidence comes first and the answer is made of it: nothing is written that was not chosen here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.text import fold, squash
from corpus.types import Clause, ClauseKind
from rag.closing import closing_evidence, telephone_evidence
from rag.lexicon import load_lexicon
from rag.pieces import FIGURE_FACTS, bracket_pattern, cut, states
from rag.scoring import BRACKET_FACTS, Scored, Weights, beside, placed_paragraphs, score_pieces, whole_clause
from rag.types import ClauseSource, Evidence, Fact, Query, Ranked

LONGEST_CITED_CLAUSE = 400
"""Characters from which a clause of several paragraphs is cited by paragraph."""

_QUOTA = 190
"""Letters and digits that one answer leads with."""

_COMPANION = 0.22
_COMPANION_SEVERALLY = 0.16
_PART_WEIGHT = 0.4
_MOST_NEIGHBOURS = 3
_PARTS = re.compile(r"[？?；;，,]|以及|还有|或者|\band\b|\bor\b")
_NEXT_BONUS = 0.06
_COMPANION_FACT = 0.12
_SECOND_CLAUSE = 0.6
_SECOND_SCORE = 0.8
_ASKS = re.compile(
    "多少|几|什么|啥|哪|谁|吗|呢|怎|咋|如何|能不能|可不可以|有没有|是不是|是否|多久|多大"
    r"|\b(?:how|what|which|who|whom|when|where|why|does|do|is|are|can|will|any)\b"
)
_TWIN_SCORE = 0.85
_OTHER_THING = 0.1
_SAME_THING = 0.7
_PART_OPEN = 0.7
_PART_SHARE = 0.6
_PART_LEAST = 0.15
_PART_SCORE = 0.7
_ABLE_SCORE = 0.75
_NEIGHBOUR_FACTS = (Fact.OFFICE, Fact.PHONE, Fact.PROCEDURE)


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
    if closing:
        return closing
    scored, weights = score_pieces(query, ranked, source)
    quotable = [s for s in scored if not s.piece.heading]
    telling = [s for s in quotable if not s.piece.bracket] or quotable
    if not telling:
        return ()
    leads = _leads(query, telling, weights)
    if len(leads) == 1:
        leads = [_able(query, leads[0], telling, scored, source)]
    quota = _QUOTA if len(leads) == 1 else 2 * _QUOTA // len(leads)
    found: list[Evidence] = []
    for lead in leads:
        chosen = _with_companions(query, weights, scored, lead, quota)
        beside, enough = _from_neighbours(query, chosen, source)
        own = [] if enough else _as_evidence(source, chosen)
        first = query.facts[:1] and query.facts[0] in _NEIGHBOUR_FACTS
        found += [*beside, *own] if first else [*own, *beside]
    return _each_once(found)


def cited_units(source: ClauseSource, clause: Clause, spans: Sequence[tuple[int, int]]) -> tuple[Clause, ...]:
    """The units to cite for stretches of a clause: paragraphs where those are enough.

    Args:
        source: where clauses are looked up.
        clause: the clause.
        spans: offsets into the clause's text.

    Returns:
        One unit where one holds them all, or the paragraphs that hold them where the clause is long.
    """
    placed = placed_paragraphs(clause, whole_clause(source, clause.id)[1])
    holding: list[Clause] = []
    for start, end in spans:
        paragraph = next((p for p, (a, b) in placed if a <= start and end <= b), None)
        if paragraph is None:
            return (clause,)
        if paragraph not in holding:
            holding.append(paragraph)
    if len(clause.text) > LONGEST_CITED_CLAUSE or len(holding) == 1:
        return tuple(holding) or (clause,)
    return (clause,)


def _leads(query: Query, scored: Sequence[Scored], weights: Weights) -> list[Scored]:
    """The best piece, or the best of each zone or document that the question sets side by side."""
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
    open_parts = _open_parts(query, weights, [s for s in scored if s.clause.id == first.clause.id])
    for other in scored[1:]:
        if other.clause.id == first.clause.id:
            continue
        gain = weights.share(other.hits - covered)
        if gain >= _SECOND_CLAUSE and other.score >= _SECOND_SCORE * first.score:
            return [other]
        if severally and other.score >= _TWIN_SCORE * first.score:
            alike = weights.share(other.hits & first.hits) / (weights.share(first.hits) or 1.0)
            if gain >= _OTHER_THING or alike >= _SAME_THING:
                return [other]
        if other.score >= _PART_SCORE * first.score and any(
            weights.share(other.hits & part) >= _PART_SHARE * weights.share(part) for part in open_parts
        ):
            return [other]
    return []


def _open_parts(query: Query, weights: Weights, own: Sequence[Scored]) -> list[frozenset[int]]:
    """What the parts of a question ask about that the leading clause does not speak of."""
    asking = [p for p in _PARTS.split(query.folded) if _ASKS.search(p)]
    said = frozenset().union(*(s.hits | s.above for s in own))
    found = []
    for part in asking if len(asking) > 1 else ():
        hits = weights.hits(part)
        if weights.share(hits - said) >= max(_PART_OPEN * weights.share(hits), _PART_LEAST):
            found.append(hits - said)
    return found


def _with_companions(
    query: Query, weights: Weights, scored: Sequence[Scored], lead: Scored, quota: int
) -> list[Scored]:
    """The lead piece, then those of its clause that say more of what is asked."""
    mates = sorted(
        (s for s in scored if s.clause.id == lead.clause.id and s is not lead),
        key=lambda s: s.piece.start,
    )
    plain = [m for m in mates if not (m.piece.bracket or m.piece.heading or m.other_year)]
    chosen = [lead]
    room = quota - len(squash(lead.piece.text))
    parts = [weights.hits(fold(p)) for p in _PARTS.split(query.standalone) if p.strip()]
    severally = bool(load_lexicon().comparison.search(query.folded))
    floor = _COMPANION_SEVERALLY if severally and len(query.zones) < 2 else _COMPANION
    while plain:
        best = max(plain, key=lambda m: _worth(query, weights, m, parts, chosen))
        length = len(squash(best.piece.text))
        if _worth(query, weights, best, parts, chosen) < floor or length > room:
            break
        chosen.append(best)
        plain.remove(best)
        room -= length
    if _open(query, lead):
        chosen += _topic(lead, mates) + _around(lead, mates, [m for m in plain if m not in chosen], room)
    return [*chosen, *_brackets(query, chosen, mates)]


def _open(query: Query, lead: Scored) -> bool:
    """Whether a question wants more than one fact that the lead piece states."""
    asking = [p for p in _PARTS.split(query.folded) if _ASKS.search(p)]
    wanted = query.facts[:1]
    return (
        len(asking) > 1
        or not wanted
        or wanted[0] not in FIGURE_FACTS
        or not states(wanted[0], lead.piece.text)
    )


def _topic(lead: Scored, mates: Sequence[Scored]) -> list[Scored]:
    """The words right before the lead piece that name what its paragraph is about."""
    return [m for m in mates if m.piece.heading and m.piece.end == lead.piece.start]


def _around(lead: Scored, mates: Sequence[Scored], plain: Sequence[Scored], room: int) -> list[Scored]:
    """The sentences behind the lead piece, then telling ones before it, as far as they fit.

    A line break or a bracket that names who is responsible ends what belongs together.
    """
    text = lead.clause.text
    brackets = [m.piece for m in mates if m.piece.bracket]
    start = max(
        [text.rfind("\n", 0, lead.piece.start) + 1, *(p.end for p in brackets if p.end <= lead.piece.start)]
    )
    end = min(
        [
            text.find("\n", lead.piece.end) % (len(text) + 1),
            *(p.start for p in brackets if p.start >= lead.piece.end),
        ]
    )
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
    stated = [f for f in query.facts[:3] if f not in BRACKET_FACTS and states(f, mate.piece.text)]
    new = [f for f in stated if not any(states(f, s.piece.text) for s in chosen)]
    return worth + _COMPANION_FACT * (len(stated) + len(new))


def _able(
    query: Query, lead: Scored, telling: Sequence[Scored], scored: Sequence[Scored], source: ClauseSource
) -> Scored:
    """The lead piece, or the best other whose clause or neighbours state the office asked for."""
    wanted = query.facts[:1]
    if not wanted or wanted[0] not in _NEIGHBOUR_FACTS:
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
        if _from_neighbours(query, [piece], source)[0]:
            return piece
    return lead


def _from_neighbours(
    query: Query, chosen: Sequence[Scored], source: ClauseSource
) -> tuple[list[Evidence], bool]:
    """Offices, telephones and procedures that a unit beside the chosen one states.

    Returns:
        The evidence found, and whether it is all that was asked.
    """
    clause = chosen[0].clause
    said = "\n".join(s.piece.text for s in chosen)
    wanted = [f for f in query.facts[:2] if f in _NEIGHBOUR_FACTS and not states(f, said)]
    if not wanted:
        return [], False
    best: tuple[float, Clause, list[tuple[int, int]]] | None = None
    for distance, neighbour in enumerate(_neighbours(clause, source)):
        pieces = [p for p in cut(neighbour.id, neighbour.text) if not p.heading]
        telling = [p for p in pieces if states(wanted[0], p.text)]
        if telling:
            stated = max(sum(states(f, p.text) for f in query.facts[:2]) for p in telling)
            worth = stated - 0.1 * distance
            if best is None or worth > best[0]:
                best = worth, neighbour, [(p.start, p.end) for p in telling[:_MOST_NEIGHBOURS]]
    if best is None:
        return [], False
    _, neighbour, spans = best
    units = cited_units(source, neighbour, spans)
    found = [placed_evidence(neighbour, u, spans, 0.5) for u in units]
    return found, all(f in wanted for f in query.facts)


def _neighbours(clause: Clause, source: ClauseSource) -> list[Clause]:
    """The units beside a clause under the same heading, the nearest first, then those below it."""
    siblings = beside(source, clause)
    place = next((i for i, c in enumerate(siblings) if c.id == clause.id), 0)
    near = sorted((c for c in siblings if c.id != clause.id), key=lambda c: abs(siblings.index(c) - place))
    below = [c for c in source.children(clause.id) if c.kind is not ClauseKind.PARAGRAPH]
    return [*below, *near]


def _as_evidence(source: ClauseSource, chosen: Sequence[Scored]) -> list[Evidence]:
    """Chosen pieces of one clause as evidence, by the unit that is cited."""
    clause = chosen[0].clause
    spans = [(s.piece.start, s.piece.end) for s in chosen]
    score = min(1.0, max(s.score for s in chosen) / 4)
    units = cited_units(source, clause, spans)
    return [e for u in units if (e := placed_evidence(clause, u, spans, score)).sentences]


def placed_evidence(clause: Clause, unit: Clause, spans: Sequence[tuple[int, int]], score: float) -> Evidence:
    """Stretches of a clause as offsets into the unit of it that is cited.

    Args:
        clause: the clause.
        unit: the clause itself or one of its paragraph units.
        spans: offsets into the clause's text; those outside the unit are left out.
        score: how sure the choice is.

    Returns:
        The evidence, its sentences in the order given.
    """
    base = 0 if unit.id == clause.id else clause.text.find(unit.text)
    inside = tuple((a - base, b - base) for a, b in spans if a >= base and b - base <= len(unit.text))
    return Evidence(unit.id, inside, score)


def _each_once(found: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Evidence by unit, each once, in the order of its first mention."""
    by_unit: dict[str, Evidence] = {}
    for item in found:
        held = by_unit.get(item.clause_id)
        sentences = tuple(dict.fromkeys((*(held.sentences if held else ()), *item.sentences)))
        by_unit[item.clause_id] = Evidence(item.clause_id, sentences, held.score if held else item.score)
    return tuple(by_unit.values())
