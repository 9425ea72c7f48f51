"""From a question to ranked clauses: candidates by words and by vectors, fused and steered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import islice

from corpus.types import Clause, ClauseKind, Validity
from embeddings.dense import Vectors
from embeddings.encoder import Encoder
from embeddings.index import Index
from rag.pieces import gives
from rag.ranking import STANDING_FACTS, Unit, Weights, WordScores, WordWeights, load_weights, prepare
from rag.reranker import PairScorer, rerank
from rag.sentences import question_vector
from rag.steering import documents_asked, is_article, side_by_side
from rag.types import Fact, Filters, Query, Ranked
from rag.wording import BARE, own_weight

LONG_CLAUSE = 400
"""Characters from which the paragraphs of a clause are candidates in its place."""

FIELDS: Mapping[str, float] = {"text": 1.0, "heading": 0.5, "title": 0.2, "asked": 0.5}

_FOUND = 60
_FOUND_LOCAL = 40
_DEEP = 1_000
_UNITS_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class _Scores:
    """What a unit scores, before fusion."""

    unit: Unit
    words: WordScores
    dense: float
    wording: float


class Retriever:
    """Finds and ranks the clauses of one index."""

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        weights: Weights | None = None,
        reranker: PairScorer | None = None,
    ) -> None:
        """Joins an index with the model it was built with.

        Args:
            index: a snapshot of an index.
            encoder: the model it was built with.
            weights: how scores are fused; the shipped ones where None.
            reranker: reads the best candidates anew, where one is configured.
        """
        self._index = index
        self._encoder = encoder
        self._weights = weights or load_weights()
        self._reranker = reranker
        self._length = _mean_length(index)
        self._unit = lru_cache(maxsize=_UNITS_KEPT)(self._prepare)

    def rank(self, query: Query, filters: Filters, as_of: date) -> tuple[Ranked, ...]:
        """Ranks clauses for a question.

        Args:
            query: the question as understood.
            filters: what the person limits the answer to.
            as_of: the day of asking.

        Returns:
            All candidates: clauses, or paragraph units of long ones, the best first. For a comparison the
            best of each place or document stand first in turn.
        """
        allowed = self._allowed(filters, as_of)
        if allowed is not None and not allowed:
            return ()
        words = WordWeights(query, self._index)
        vector = question_vector(query, self._encoder)
        wordings = self._index.search_wordings(vector[0], _DEEP)
        similar = self._candidates(query, allowed, vector, wordings)
        scored = [
            _Scores(unit, words.score(unit), max(0.0, dense), max(0.0, wordings.get(unit.clause.id, 0.0)))
            for clause_id, dense in similar.items()
            for unit in self._units(clause_id)
        ]
        ranked = self._fuse(query, scored)
        if self._reranker:
            ranked = rerank(query.standalone, ranked, self._index, self._reranker)
        return side_by_side(query, ranked, self._index)

    def _prepare(self, clause_id: str) -> Unit:
        return prepare(self._index.clauses[clause_id], self._index, self._weights, self._length)

    def _allowed(self, filters: Filters, as_of: date) -> frozenset[str] | None:
        """Documents that pass the filters; None where all do."""
        if not (filters.zones or filters.documents or filters.in_force_only):
            return None
        return frozenset(
            document.id
            for document in self._index.documents.values()
            if (not filters.zones or document.zone in filters.zones)
            and (not filters.documents or document.id in filters.documents)
            and not (filters.in_force_only and document.status(as_of) is Validity.EXPIRED)
        )

    def _candidates(
        self,
        query: Query,
        allowed: frozenset[str] | None,
        vector: Vectors,
        wordings: Mapping[str, float],
    ) -> dict[str, float]:
        """Ids of candidate clauses, each with the cosine similarity of its best passage."""
        index = self._index
        favoured = frozenset((*query.local, *query.documents)) if allowed is None else allowed
        depth = _DEEP if favoured else _FOUND
        by_words = [p for p, _ in index.search_lexical(query.terms, depth, FIELDS)]
        by_vector = index.search_dense(vector, depth)[0][0].tolist()
        nearest = sorted(wordings, key=lambda c: (-wordings[c], c))
        by_wording = [p.id for c in nearest for p in index.passages_of(self._owner(c))]
        chosen: dict[int, None] = {}
        for found in (by_words, by_vector, by_wording):
            local = list(islice((p for p in found if self._document(p) in favoured), _FOUND_LOCAL))
            anywhere = found[:_FOUND] if allowed is None else local
            chosen |= dict.fromkeys((*anywhere, *local))
        if allowed is not None:
            chosen |= dict.fromkeys(islice(self._passages_of(allowed), _DEEP))
        else:
            for clause_id in self._by_name(query):
                chosen |= dict.fromkeys(p.id for p in index.passages_of(self._owner(clause_id)))
        return self._best_similarity(list(chosen), vector)

    def _passages_of(self, documents: Iterable[str]) -> Iterator[int]:
        for document in sorted(documents):
            for clause in self._index.clauses_of(document):
                yield from (p.id for p in self._index.passages_of(clause.id))

    def _by_name(self, query: Query) -> Iterator[str]:
        """Clauses that are candidates whatever their words: those cited before, those that state a date."""
        for document in query.documents or query.local:
            yield from (c for c in self._stating(document, query.facts) if c)
        if query.articles:
            for document in documents_asked(query, self._index):
                yield from (
                    c.id for c in self._index.clauses_of(document) if is_article(query, c, self._index)
                )
        for clause_id in query.recent:
            clause = self._index.clauses.get(clause_id)
            if clause:
                yield clause_id
                yield from self._section(clause)

    def _section(self, clause: Clause) -> Iterator[str]:
        """Ids of the clauses that stand with a clause under one heading, and of those below them."""
        for heading in self._above(clause)[:1]:
            for sibling in self._index.children(heading):
                yield sibling.id
                yield from (c.id for c in self._index.children(sibling.id))

    def _best_similarity(self, passages: list[int], vector: Vectors) -> dict[str, float]:
        best: dict[str, float] = {}
        if passages:
            cosines = self._index.vectors(passages) @ vector[0]
            for passage, cosine in zip(passages, cosines.tolist(), strict=True):
                clause = self._index.passages[passage].clause
                best[clause] = max(best.get(clause, 0.0), cosine)
        return best

    def _document(self, passage: int) -> str:
        return self._index.clauses[self._index.passages[passage].clause].document

    def _owner(self, clause_id: str) -> str:
        clause = self._index.clauses[clause_id]
        return clause.parent if clause.kind is ClauseKind.PARAGRAPH else clause_id

    def _units(self, clause_id: str) -> list[Unit]:
        """The clause, or its paragraphs where it is long."""
        clause = self._index.clauses[clause_id]
        paragraphs: Iterable[Clause] = ()
        if len(clause.text) > LONG_CLAUSE:
            paragraphs = (c for c in self._index.children(clause_id) if c.kind is ClauseKind.PARAGRAPH)
        return [self._unit(c.id) for c in paragraphs] or [self._unit(clause_id)]

    def _fuse(self, query: Query, scored: Sequence[_Scores]) -> list[Ranked]:
        """Convex fusion of the scores, steered by what the question names."""
        most = max((s.words.match for s in scored), default=0.0) or 1.0
        given = gives(query.folded)
        again = self._weights.moved_on if own_weight(query.concepts) > BARE else self._weights.recent
        fused = [self._fused(query, s, s.words.match / most, given, again) for s in scored]
        ceiling = max(fused, default=0.0) or 1.0
        ranked = [
            Ranked(
                clause_id=s.unit.clause.id,
                score=max(0.0, score / ceiling),
                lexical=s.words.match / most,
                dense=s.dense,
                coverage=s.words.coverage,
                match=s.words.match,
                asked=s.words.asked,
                wording=s.wording,
            )
            for s, score in zip(scored, fused, strict=True)
        ]
        return sorted(ranked, key=lambda r: (-r.score, r.clause_id))

    def _fused(self, query: Query, s: _Scores, lexical: float, given: bool, again: float) -> float:
        w = self._weights
        clause, words = s.unit.clause, s.words
        score = w.match * words.match + w.dense * s.dense + w.coverage * words.coverage
        score += w.asked * words.asked + w.wording * s.wording
        score += w.place * (clause.document in query.local)
        score += w.document * (clause.document in query.documents)
        score += w.excluded * (clause.document in query.excluded)
        for i, fact in enumerate(query.facts[:2]):
            demanded = given and fact is Fact.AMOUNT and not s.unit.gives
            stated = (fact in s.unit.facts) * (w.demanded if demanded else 1.0)
            score += w.fact * max(lexical, words.asked) / (i + 1) * stated
        score += w.heading_only * s.unit.bare + w.introduces * (clause.kind is ClauseKind.PREAMBLE)
        score += w.article * is_article(query, clause, self._index)
        if clause.document in query.documents or clause.document in query.local:
            score += w.stating * (clause.id in self._stating(clause.document, query.facts[:2]))
        return score + self._nearness(query, s.unit, again)

    def _stating(self, document_id: str, facts: Iterable[Fact]) -> frozenset[str]:
        """The clauses that state a document's own dates or who explains it, where those are asked for."""
        document = self._index.documents[document_id]
        found = set()
        if Fact.VALIDITY in facts:
            found |= {document.effective_clause, document.expires_clause}
        if Fact.OFFICE in facts:
            found.add(document.interpreting_clause)
        return frozenset(found)

    def _nearness(self, query: Query, unit: Unit, again: float) -> float:
        """How near a unit stands to the clauses cited before; one of them scores ``again``."""
        recent = [self._index.clauses[c] for c in query.recent if c in self._index.clauses]
        if not recent:
            return 0.0
        w, clause = self._weights, unit.clause
        above = self._above(clause)
        score = again * any(r.id in (clause.id, clause.parent) or r.parent == clause.id for r in recent)
        if query.facts and query.facts[0] in STANDING_FACTS and query.facts[0] in unit.facts:
            score += w.recent_section * any(self._above(r)[:1] and self._above(r)[0] in above for r in recent)
        return score + w.recent_document * any(clause.document == r.document for r in recent)

    def _above(self, clause: Clause) -> list[str]:
        """Ids of the units above a clause, the nearest first; those of its clause for a paragraph unit."""
        parent = clause.parent
        if clause.kind is ClauseKind.PARAGRAPH:
            parent = self._index.clauses[parent].parent
        found = []
        while parent in self._index.clauses:
            found.append(parent)
            parent = self._index.clauses[parent].parent
        return found


def _mean_length(index: Index) -> float:
    """Characters of a passage in the mean."""
    return sum(len(p.text) for p in index.passages.values()) / max(1, len(index.passages))
