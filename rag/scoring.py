"""How well each sentence of the best-ranked clauses answers a question."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.text import fold
from corpus.types import Clause, ClauseKind
from rag.asking import wants_figure
from rag.figures import Figure, figures
from rag.pieces import Piece, bracket_pattern, cut, gives, states
from rag.sentences import Nearness
from rag.types import ClauseSource, Fact, Query, Ranked
from rag.wording import BARE, own_weight
from rag.years import year_bonus, years_asked, years_of

BRACKET_FACTS = (Fact.OFFICE, Fact.PHONE)
"""Facts that a bracket behind a clause states."""

_CONSIDERED = 20
_UNRANKED_SHARE = 0.5
_WORDS = 1.6
_CONTEXT = 0.8
_NEARNESS = 1.5
_RANK_WEIGHT = 6.0
_SEVERAL_PLACES = 2.0  # times that: the words of one place's question are spread over several
_FACT_BONUS = 0.28
_NOT_GIVEN = 0.3
_NO_FIGURE = 0.7
_FACT_WORD = 0.3  # 满足 or 牵头 says what is wanted, and not about what
_EXPLAINS_BONUS = 1.2
_EXPLAINS = re.compile('[“"‘《]?(.{2,12}?)[”"’》]?(?:即|是指|系指|指的是)')
_AROUND_TOPIC = "。．.、:： "
_HEADING_MALUS = 0.5
_NOTICE_MALUS = 0.5  # what accompanies a policy says little of what it holds
_HEADING_BONUS = 0.4
_LEAD_IN_WORDS = 120


@dataclass(frozen=True, slots=True)
class Scored:
    """A piece with how well it answers.

    Attributes:
        piece: the stretch of the clause.
        clause: the clause it stands in, never a paragraph unit.
        score: the higher, the better it answers.
        hits: which of the question's content words it holds.
        above: which of them stand above its clause.
        other_year: whether it speaks of another year than the one asked for.
    """

    piece: Piece
    clause: Clause
    score: float
    hits: frozenset[int]
    above: frozenset[int]
    other_year: bool = False


class Weights:
    """How much each content word of the question counts, rare ones among the candidates the most.

    Args:
        query: the question as understood.
        texts: folded texts of the candidates' pieces.
        contexts: folded words of what stands above the candidates.
    """

    def __init__(self, query: Query, texts: Sequence[str], contexts: Sequence[str]) -> None:
        alone = own_weight(query.concepts) > BARE  # then what is carried on from before does not count
        said = [c for c in query.concepts if not (alone and c.carried)]
        concepts = [(c.words, c.weight) for c in said] or [((t,), w) for t, w in query.terms]
        self._words: list[tuple[str, ...]] = []
        self._weights: list[float] = []
        for words, weight in concepts:
            holding = _count_holding(words, texts) or _count_holding(words, contexts)
            if any(states(fact, words[0], ()) for fact in query.facts[:2]):
                weight *= _FACT_WORD
            if holding and weight > 0:
                self._words.append(words)
                self._weights.append(weight * math.log(1 + (len(texts) + 1) / (holding + 0.5)))
        self._total = sum(self._weights) or 1.0

    def hits(self, folded: str) -> frozenset[int]:
        """The question's content words that stand in a folded text."""
        return frozenset([i for i, words in enumerate(self._words) if _holds(folded, words)])

    def is_asked(self, word: str) -> bool:
        """Whether a folded word is one of the question's content words itself."""
        return any(word in words for words in self._words)

    def share(self, hits: Iterable[int]) -> float:
        """The share of the question's weight that these content words hold."""
        return sum(self._weights[i] for i in hits) / self._total


def _holds(text: str, words: Sequence[str]) -> bool:
    """Whether a text holds one of some words."""
    return any(map(text.__contains__, words))  # asked most of all; a generator takes three times as long


def _count_holding(words: Sequence[str], texts: Sequence[str]) -> int:
    return sum([_holds(text, words) for text in texts])


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


def whole_clause(source: ClauseSource, clause_id: str) -> tuple[Clause, tuple[Clause, ...]]:
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


def beside(source: ClauseSource, clause: Clause) -> list[Clause]:
    """The units that stand under the same heading as a clause.

    Args:
        source: where clauses are looked up.
        clause: the clause; it is among the units given back.

    Returns:
        The units in source order, without paragraph units; the document's top level where nothing stands
        above the clause.
    """
    units = source.children(clause.parent) if clause.parent else source.clauses_of(clause.document)
    return [u for u in units if u.parent == clause.parent and u.kind is not ClauseKind.PARAGRAPH]


def placed_paragraphs(clause: Clause, paragraphs: Sequence[Clause]) -> list[tuple[Clause, tuple[int, int]]]:
    """Where each paragraph unit stands in its clause's text.

    Args:
        clause: the clause.
        paragraphs: its paragraph units in order.

    Returns:
        The units with their offsets ``[start, end)`` in the clause's text.
    """
    placed: list[tuple[Clause, tuple[int, int]]] = []
    position = 0
    for paragraph in paragraphs:
        start = clause.text.find(paragraph.text, position)
        if start >= 0:
            position = start + len(paragraph.text)
            placed.append((paragraph, (start, position)))
    return placed


def _candidates(ranked: Sequence[Ranked], source: ClauseSource) -> list[_Candidate]:
    """The best-ranked clauses, each once, in the order of their best rank."""
    ranks: dict[str, dict[str, float]] = {}
    for r in ranked[:_CONSIDERED]:
        if r.clause_id in source.clauses:
            clause, _ = whole_clause(source, r.clause_id)
            ranks.setdefault(clause.id, {})[r.clause_id] = r.score
    found = []
    for clause_id, scores in ranks.items():
        clause, paragraphs = whole_clause(source, clause_id)
        placed = tuple((p.id, a, b) for p, (a, b) in placed_paragraphs(clause, paragraphs))
        found.append(_Candidate(clause, scores, placed))
    return found


def _context(clause: Clause, source: ClauseSource) -> str:
    """Folded words of what stands above a clause: place, title, headings and the unit that leads in."""
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
    contexts = {c.clause.id: _context(c.clause, source) for c in candidates}
    texts = [p.folded for found in pieces.values() for p in found]
    weights = Weights(query, texts, list(contexts.values()))
    nearness = Nearness(query)
    several = query.comparison or query.survey or len(query.zones) > 1
    ranked_share = _RANK_WEIGHT * (_SEVERAL_PLACES if several else 1.0)
    years = years_asked(query)
    scored: list[Scored] = []
    for candidate in candidates:
        clause = candidate.clause
        above = weights.hits(contexts[clause.id])
        heading = weights.hits(fold(clause.heading))
        brackets = _bracket_facts(pieces[clause.id])
        said = years_of(figures("\n".join(clause.path[-1:])))
        topics = _topics(clause.text, pieces[clause.id])
        near = nearness.of(clause.id, clause.text)
        for position, piece in enumerate(pieces[clause.id]):
            found = figures(piece.text)
            said = years_of(found) or said
            hits = weights.hits(piece.folded)
            about = heading | weights.hits(topics[position])
            over = above | about
            score = _WORDS * weights.share(hits) + _CONTEXT * weights.share(over - hits)
            score += _NEARNESS * near[position]
            score += _HEADING_BONUS * weights.share(about)
            score += _explains_bonus(query, weights, piece, topics[position])
            score += _fact_bonus(query, piece, found, brackets) + year_bonus(years, said)
            score += ranked_share * candidate.rank(piece) - 1e-4 * position
            score -= _HEADING_MALUS if piece.heading else 0.0
            score -= _NOTICE_MALUS if clause.kind is ClauseKind.NOTICE else 0.0
            other_year = bool(years and said and not years & said)
            scored.append(Scored(piece, clause, score, hits, over, other_year))
    return sorted(scored, key=lambda s: -s.score), weights


def _topics(text: str, pieces: Sequence[Piece]) -> list[str]:
    """For each piece the folded heading that its line begins with, such as 智慧医疗。, if there is one."""
    topics: list[str] = []
    topic = ""
    for i, piece in enumerate(pieces):
        if i and "\n" in text[pieces[i - 1].end : piece.start]:
            topic = ""
        if piece.heading:
            topic = piece.folded
        topics.append(topic)
    return topics


def _bracket_facts(pieces: Iterable[Piece]) -> frozenset[Fact]:
    """The facts that brackets of a clause state for all of it."""
    text = "\n".join(p.text for p in pieces)
    return frozenset(f for f in BRACKET_FACTS if (b := bracket_pattern(f)) and b.search(text))


def _fact_bonus(query: Query, piece: Piece, found: Sequence[Figure], brackets: frozenset[Fact]) -> float:
    """What a piece gains for stating the kinds of fact asked for, the most wanted the most."""
    bonus = 0.0
    for i, fact in enumerate(query.facts[:3]):
        share = float(fact in brackets or states(fact, piece.text, found))
        if fact is Fact.AMOUNT and gives(query.folded):
            share = _share_given(query, piece, share)
        bonus += share * _FACT_BONUS / (i + 1)
    return bonus


def _explains_bonus(query: Query, weights: Weights, piece: Piece, topic: str) -> float:
    """What a piece gains that begins by saying what a word of the question means, such as “两翼”即….

    The word may stand before it as a heading: 人工智能企业。指….
    """
    headed = topic.strip(_AROUND_TOPIC)
    if headed and piece.folded.startswith("指") and headed in query.folded:
        return _EXPLAINS_BONUS
    m = _EXPLAINS.match(piece.folded)
    return _EXPLAINS_BONUS if m and weights.is_asked(m[1]) else 0.0


def _share_given(query: Query, piece: Piece, stated: float) -> float:
    """How well a piece says what is given: an amount that is demanded counts less.

    Where no figure is asked for, support without a figure is an answer as well.
    """
    if gives(piece.text):
        return stated or (0.0 if wants_figure(query.folded) else _NO_FIGURE)
    return _NOT_GIVEN * stated
