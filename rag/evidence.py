"""From ranked clauses to the few sentences that answer.

Evidence comes first and the answer is made of it: nothing is written that was not chosen here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from corpus.types import Clause, ClauseKind
from embeddings.tokens import lexical_tokens
from rag.figures import figures
from rag.pieces import Piece, bracket_pattern, cut, states
from rag.types import ClauseSource, Evidence, Fact, Query, Ranked

LONGEST_CITED_CLAUSE = 400
"""Characters from which a clause of several paragraphs is cited by paragraph."""

_CONSIDERED = 20
_CONTEXT_SHARE = 0.35
_RANK_WEIGHT = 0.6
_FACT_BONUS = 0.14
_HEADING_MALUS = 0.5
_SECOND_PIECE = 0.3
_SECOND_CLAUSE = 0.3
_MOST_PIECES = 3
_MOST_CLAUSES = 3
_BRACKET_FACTS = (Fact.OFFICE, Fact.PHONE)


@dataclass(frozen=True, slots=True)
class Scored:
    """A piece with how well it answers, between 0 and about 1.5."""

    piece: Piece
    clause: Clause
    score: float
    hits: frozenset[str]


class Weights:
    """How much each word of the question counts, from the candidates at hand.

    Args:
        query: the question as understood.
        texts: token sets of the candidates' pieces.
    """

    def __init__(self, query: Query, texts: Sequence[frozenset[str]]) -> None:
        seen = Counter(t for tokens in texts for t in tokens)
        terms: dict[str, float] = {}
        for term, weight in query.terms:
            terms[term] = max(weight, terms.get(term, 0.0))
        self.by_term: dict[str, float] = {
            term: weight * math.log(1 + (len(texts) + 1) / (seen[term] + 0.5))
            for term, weight in terms.items()
            if weight > 0 and seen[term]
        }
        self.total = sum(self.by_term.values()) or 1.0

    def share(self, tokens: Iterable[str]) -> float:
        """The share of the question's weight that these tokens hold."""
        return sum(self.by_term.get(t, 0.0) for t in tokens) / self.total


def units_of(source: ClauseSource, clause_id: str) -> tuple[Clause, tuple[Clause, ...]]:
    """A clause with its paragraph units.

    Args:
        source: where clauses are looked up.
        clause_id: id of a clause or of a paragraph unit.

    Returns:
        The clause itself, never a paragraph unit, and its paragraph units (none where it has one paragraph).
    """
    clause = source.clauses[clause_id]
    if clause.kind is ClauseKind.PARAGRAPH:
        clause = source.clauses[clause.parent]
    kids = tuple(c for c in source.children(clause.id) if c.kind is ClauseKind.PARAGRAPH)
    return clause, kids


def cited_unit(source: ClauseSource, clause: Clause, spans: Sequence[tuple[int, int]]) -> tuple[Clause, ...]:
    """The units to cite for stretches of a clause: paragraphs where those are enough.

    Args:
        source: where clauses are looked up.
        clause: the clause.
        spans: offsets into the clause's text.

    Returns:
        One unit where one holds them all, or the paragraphs that hold them where the clause is long.
    """
    _, paragraphs = units_of(source, clause.id)
    if not paragraphs:
        return (clause,)
    holding: list[Clause] = []
    for span in spans:
        paragraph = next(
            (p for p, (a, b) in _placed(clause, paragraphs) if a <= span[0] and span[1] <= b), None
        )
        if paragraph is None:
            return (clause,)
        if paragraph not in holding:
            holding.append(paragraph)
    if len(clause.text) > LONGEST_CITED_CLAUSE or len(holding) == 1:
        return tuple(holding)
    return (clause,)


def _placed(clause: Clause, paragraphs: Sequence[Clause]) -> list[tuple[Clause, tuple[int, int]]]:
    """Where each paragraph unit stands in its clause's text."""
    placed: list[tuple[Clause, tuple[int, int]]] = []
    position = 0
    for paragraph in paragraphs:
        start = clause.text.find(paragraph.text, position)
        if start >= 0:
            position = start + len(paragraph.text)
            placed.append((paragraph, (start, position)))
    return placed


def _candidates(ranked: Sequence[Ranked], source: ClauseSource) -> dict[str, tuple[Clause, Ranked]]:
    """The best-ranked clauses by id, each once."""
    found: dict[str, tuple[Clause, Ranked]] = {}
    for r in ranked[:_CONSIDERED]:
        if r.clause_id in source.clauses:
            clause, _ = units_of(source, r.clause_id)
            found.setdefault(clause.id, (clause, r))
    return found


def _context(clause: Clause, source: ClauseSource) -> frozenset[str]:
    """Tokens of what stands above a clause: place, title, headings and the unit that leads in."""
    above = source.clauses.get(clause.parent)
    lead = above.text[-120:] if above and len(above.text) <= LONGEST_CITED_CLAUSE else ""
    return frozenset(lexical_tokens("\n".join((clause.zone, clause.title, *clause.path, lead))))


def score_pieces(query: Query, ranked: Sequence[Ranked], source: ClauseSource) -> list[Scored]:
    """Score every sentence of the best-ranked clauses for how well it answers.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval, the best first.
        source: where clauses are looked up.

    Returns:
        The scored pieces, the best first; equal scores keep the order of the ranking.
    """
    candidates = _candidates(ranked, source)
    pieces = {i: cut(i, clause.text) for i, (clause, _) in candidates.items()}
    weights = Weights(query, [p.tokens for found in pieces.values() for p in found])
    scored: list[Scored] = []
    for clause_id, (clause, rank) in candidates.items():
        context = _context(clause, source)
        for position, piece in enumerate(pieces[clause_id]):
            scored.append(_score(query, weights, clause, rank, piece, context, position))
    return sorted(scored, key=lambda s: -s.score)


def _score(
    query: Query,
    weights: Weights,
    clause: Clause,
    rank: Ranked,
    piece: Piece,
    context: frozenset[str],
    position: int,
) -> Scored:
    """One piece's score: its words, what stands above it, its clause's rank, the kinds of fact it states."""
    hits = frozenset(t for t in piece.tokens if t in weights.by_term)
    own = weights.share(hits)
    above = weights.share(t for t in context - hits if t in weights.by_term)
    found = figures(piece.text)
    bonus = 0.0
    for i, fact in enumerate(query.facts[:3]):
        if states(fact, piece.text, found):
            bonus += _FACT_BONUS / (i + 1)
    score = own + _CONTEXT_SHARE * above + _RANK_WEIGHT * rank.score + bonus
    if piece.heading:
        score -= _HEADING_MALUS
    return Scored(piece, clause, score - 1e-4 * position, hits)


def _gain(weights: Mapping[str, float], piece: Scored, covered: set[str]) -> float:
    return sum(weights.get(t, 0.0) for t in piece.hits - covered)


def choose_evidence(query: Query, ranked: Sequence[Ranked], source: ClauseSource) -> tuple[Evidence, ...]:
    """Choose the few units that answer and in them the sentences that do.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval, the best first.
        source: where clauses are looked up.

    Returns:
        The evidence, the most important first; empty where nothing can be quoted.
    """
    scored = [s for s in score_pieces(query, ranked, source) if not s.piece.heading] or score_pieces(
        query, ranked, source
    )
    if not scored:
        return ()
    weights = Weights(query, [s.piece.tokens for s in scored])
    leads = _leads(query, scored)
    evidence: list[Evidence] = []
    covered: set[str] = set()
    for lead in leads:
        chosen = _with_companions(query, weights, scored, lead)
        covered |= {t for s in chosen for t in s.hits}
        evidence += _as_evidence(source, chosen)
    if not _several(query):
        for extra in scored:
            if len(evidence) >= _MOST_CLAUSES or extra.clause.id in {
                e.clause_id.split("/p")[0] for e in evidence
            }:
                continue
            gain = _gain(weights.by_term, extra, covered) / weights.total
            if gain >= _SECOND_CLAUSE and extra.score >= 0.75 * leads[0].score:
                evidence += _as_evidence(source, [extra])
                covered |= extra.hits
    return tuple(dict.fromkeys(evidence))


def _several(query: Query) -> bool:
    return len(query.zones) > 1 or (query.comparison and len(query.documents) > 1)


def _leads(query: Query, scored: Sequence[Scored]) -> list[Scored]:
    """The best piece, or the best of each zone or document that the question sets side by side."""
    if len(query.zones) > 1:
        groups = [[s for s in scored if s.clause.zone == zone] for zone in query.zones]
    elif query.comparison and len(query.documents) > 1:
        groups = [[s for s in scored if s.clause.document == document] for document in query.documents]
    else:
        return [scored[0]]
    return [group[0] for group in groups if group] or [scored[0]]


def _with_companions(query: Query, weights: Weights, scored: Sequence[Scored], lead: Scored) -> list[Scored]:
    """The lead piece with those of its clause that answer another part of the question."""
    chosen = [lead]
    covered = set(lead.hits)
    mates = [s for s in scored if s.clause.id == lead.clause.id and s is not lead]
    for mate in mates:
        gain = _gain(weights.by_term, mate, covered) / weights.total
        if gain >= _SECOND_PIECE and len(chosen) < _MOST_PIECES:
            chosen.append(mate)
            covered |= mate.hits
    for fact in query.facts[:3]:
        if any(states(fact, s.piece.text) for s in chosen) and fact not in _BRACKET_FACTS:
            continue
        holder = _holder(fact, lead, mates)
        if holder and holder not in chosen and len(chosen) <= _MOST_PIECES:
            chosen.append(holder)
    return chosen


def _holder(fact: Fact, lead: Scored, mates: Sequence[Scored]) -> Scored | None:
    """The piece of the same clause that states a fact that the lead does not."""
    pattern = bracket_pattern(fact)
    if pattern:
        if pattern.search(lead.piece.text):
            return None
        behind = [m for m in mates if pattern.search(m.piece.text) and m.piece.start > lead.piece.start]
        return min(behind, key=lambda m: m.piece.start, default=None)
    return next((m for m in mates if states(fact, m.piece.text)), None)


def _as_evidence(source: ClauseSource, chosen: Sequence[Scored]) -> list[Evidence]:
    """Chosen pieces of one clause as evidence, by the unit that is cited."""
    clause = chosen[0].clause
    spans = [(s.piece.start, s.piece.end) for s in chosen]
    found: list[Evidence] = []
    for unit in cited_unit(source, clause, spans):
        base = 0 if unit is clause else clause.text.find(unit.text)
        inside = tuple((a - base, b - base) for a, b in spans if a >= base and b - base <= len(unit.text))
        if inside:
            found.append(Evidence(unit.id, inside, min(1.0, chosen[0].score)))
    return found
