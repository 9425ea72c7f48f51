"""From ranked clauses to the few sentences that answer.

Evidence comes first and the answer is made of it: nothing is written that was not chosen here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.text import fold
from corpus.types import Clause, ClauseKind
from rag.figures import figures
from rag.pieces import Piece, bracket_pattern, cut, states
from rag.types import ClauseSource, Evidence, Fact, Query, Ranked

LONGEST_CITED_CLAUSE = 400
"""Characters from which a clause of several paragraphs is cited by paragraph."""

_CONSIDERED = 20
_UNRANKED_SHARE = 0.5
_CONTEXT_SHARE = 0.9
_BESIDE_SHARE = 0.5
_RANK_WEIGHT = 1.5
_FACT_BONUS = 0.3
_HEADING_MALUS = 0.5
_SECOND_PIECE = 0.3
_SECOND_CLAUSE = 0.3
_MOST_PIECES = 3
_MOST_CLAUSES = 3
_LEAD_IN_WORDS = 120
_BRACKET_FACTS = (Fact.OFFICE, Fact.PHONE)


@dataclass(frozen=True, slots=True)
class Scored:
    """A piece with how well it answers, between 0 and about 1.5."""

    piece: Piece
    clause: Clause
    score: float
    hits: frozenset[int]


class Weights:
    """How much each content word of the question counts, rare ones among the candidates the most.

    Args:
        query: the question as understood.
        texts: folded texts of the candidates' pieces.
    """

    def __init__(self, query: Query, texts: Sequence[str]) -> None:
        concepts = [(c.words, c.weight) for c in query.concepts] or [((t,), w) for t, w in query.terms]
        self._words: list[tuple[str, ...]] = []
        self._weights: list[float] = []
        for words, weight in concepts:
            holding = sum(any(w in text for w in words) for text in texts)
            if holding and weight > 0:
                self._words.append(words)
                self._weights.append(weight * math.log(1 + (len(texts) + 1) / (holding + 0.5)))
        self._total = sum(self._weights) or 1.0

    def hits(self, folded: str) -> frozenset[int]:
        """The question's content words that stand in a folded text."""
        return frozenset(i for i, words in enumerate(self._words) if any(w in folded for w in words))

    def share(self, hits: Iterable[int]) -> float:
        """The share of the question's weight that these content words hold."""
        return sum(self._weights[i] for i in hits) / self._total


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


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A clause with the ranks of the clause itself and of its paragraphs."""

    clause: Clause
    ranks: dict[str, float]
    placed: tuple[tuple[str, int, int], ...]

    def rank(self, piece: Piece) -> float:
        """The rank of the unit that a piece stands in; a paragraph that was not ranked counts less."""
        own = next((u for u, a, b in self.placed if a <= piece.start and piece.end <= b), "")
        known = [self.ranks[u] for u in (own, self.clause.id) if u in self.ranks]
        return max(known) if known else _UNRANKED_SHARE * max(self.ranks.values())


def _candidates(ranked: Sequence[Ranked], source: ClauseSource) -> list[_Candidate]:
    """The best-ranked clauses, each once, in the order of their best rank."""
    ranks: dict[str, dict[str, float]] = {}
    for r in ranked[:_CONSIDERED]:
        if r.clause_id in source.clauses:
            clause, _ = units_of(source, r.clause_id)
            ranks.setdefault(clause.id, {})[r.clause_id] = r.score
    found = []
    for clause_id, scores in ranks.items():
        clause, paragraphs = units_of(source, clause_id)
        placed = tuple((p.id, a, b) for p, (a, b) in _placed(clause, paragraphs))
        found.append(_Candidate(clause, scores, placed))
    return found


def _context(clause: Clause, source: ClauseSource) -> str:
    """Folded words of what stands above a clause: title, headings and the unit that leads in."""
    above = source.clauses.get(clause.parent)
    lead = above.text[-_LEAD_IN_WORDS:] if above else ""
    return fold("\n".join((clause.zone, clause.title, *clause.path, lead)))


def score_pieces(
    query: Query, ranked: Sequence[Ranked], source: ClauseSource
) -> tuple[list[Scored], Weights]:
    """Score every sentence of the best-ranked clauses for how well it answers.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval, the best first.
        source: where clauses are looked up.

    Returns:
        The scored pieces, the best first, and the weights used; equal scores keep the ranking's order.
    """
    candidates = _candidates(ranked, source)
    pieces = {c.clause.id: cut(c.clause.id, c.clause.text) for c in candidates}
    weights = Weights(query, [p.folded for found in pieces.values() for p in found])
    scored: list[Scored] = []
    for candidate in candidates:
        clause = candidate.clause
        above = weights.hits(_context(clause, source))
        beside = weights.hits(fold(clause.text)) - above
        for position, piece in enumerate(pieces[clause.id]):
            score = _score(query, weights, piece, above, beside)
            score += _RANK_WEIGHT * candidate.rank(piece) - 1e-4 * position
            scored.append(Scored(piece, clause, score, weights.hits(piece.folded)))
    return sorted(scored, key=lambda s: -s.score), weights


def _score(
    query: Query, weights: Weights, piece: Piece, above: frozenset[int], beside: frozenset[int]
) -> float:
    """One piece's own score: its words, those above and beside it, the kinds of fact it states."""
    hits = weights.hits(piece.folded)
    found = figures(piece.text)
    score = weights.share(hits)
    score += _CONTEXT_SHARE * weights.share(above - hits) + _BESIDE_SHARE * weights.share(beside - hits)
    for i, fact in enumerate(query.facts[:3]):
        if states(fact, piece.text, found):
            score += _FACT_BONUS / (i + 1)
    return score - _HEADING_MALUS if piece.heading else score


def choose_evidence(query: Query, ranked: Sequence[Ranked], source: ClauseSource) -> tuple[Evidence, ...]:
    """Choose the few units that answer and in them the sentences that do.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval, the best first.
        source: where clauses are looked up.

    Returns:
        The evidence, the most important first; empty where nothing can be quoted.
    """
    scored, weights = score_pieces(query, ranked, source)
    scored = [s for s in scored if not s.piece.heading] or scored
    if not scored:
        return ()
    leads = _leads(query, scored)
    evidence: list[Evidence] = []
    covered: set[int] = set()
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
            gain = weights.share(extra.hits - covered)
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
        gain = weights.share(mate.hits - covered)
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
