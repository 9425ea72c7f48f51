"""Scores of one unit, a clause or a paragraph of a long one, for one question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache

from corpus.types import Clause
from embeddings.index import Index
from embeddings.tokens import lexical_tokens
from rag.figures import figures
from rag.lexicon import read_toml
from rag.pieces import cut, states
from rag.types import Concept, Fact, Query

IDF_CAP = 6.0
"""Rarest a word may count: one that no text holds tells no more than a rare one."""

_LEAD_IN = 200


@dataclass(frozen=True, slots=True)
class Weights:
    """The figures of ``rag/data/ranking.toml``, which explains them."""

    k1: float
    b: float
    average: float
    heading_words: float
    title_words: float
    lexical: float
    dense: float
    coverage: float
    place: float
    document: float
    excluded: float
    fact: float
    heading_only: float
    stating: float
    recent: float
    recent_section: float
    recent_document: float


@cache
def load_weights() -> Weights:
    """Reads the weights that ship with the package."""
    tables = read_toml("ranking.toml")
    bm25 = tables["bm25"]
    found = {**tables["fusion"], "k1": bm25["k1"], "b": bm25["b"], "average": bm25["average"]}
    found |= {"heading_words": bm25["heading"], "title_words": bm25["title"]}
    return Weights(**{field.name: float(found[field.name]) for field in fields(Weights)})


@dataclass(frozen=True, slots=True)
class Unit:
    """A clause or paragraph unit, prepared for scoring.

    Attributes:
        clause: the unit itself.
        text: how often each token stands in its text.
        heading: tokens of the headings and of the lead-in above it.
        title: tokens of its document's title and zone.
        facts: the kinds of fact that its text states.
        bare: whether it is nothing but a heading.
    """

    clause: Clause
    text: Mapping[str, int]
    heading: frozenset[str]
    title: frozenset[str]
    facts: frozenset[Fact]
    bare: bool


def prepare(clause: Clause, index: Index) -> Unit:
    """Counts a unit's words.

    Args:
        clause: a clause or paragraph unit of the index.
        index: where what stands above it is looked up.

    Returns:
        The unit.
    """
    parent = index.clauses.get(clause.parent)
    above = "\n".join(clause.path[:-1]) + "\n" + (parent.text[:_LEAD_IN] if parent else "")
    found = figures(clause.text)
    pieces = cut(clause.id, clause.text)
    return Unit(
        clause=clause,
        text=Counter(lexical_tokens(clause.text)),
        heading=frozenset(lexical_tokens(above)),
        title=frozenset(lexical_tokens(f"{clause.title}\n{clause.zone}")),
        facts=frozenset(fact for fact in Fact if states(fact, clause.text, found)),
        bare=all(piece.heading for piece in pieces),
    )


class WordWeights:
    """How much each word of one question counts in one index."""

    def __init__(self, query: Query, index: Index) -> None:
        """Looks up how rare the question's words are.

        Args:
            query: the question as understood.
            index: the index asked.
        """
        self.terms = [(term, weight * min(IDF_CAP, index.idf(term))) for term, weight in query.terms]
        self.concepts = [(c, _concept_weight(c, index)) for c in query.concepts]
        self.total = sum(weight for _, weight in self.concepts)

    def bm25(self, unit: Unit, weights: Weights) -> float:
        """BM25 of a unit over its text, headings and title."""
        length = weights.k1 * (1 - weights.b + weights.b * len(unit.clause.text) / weights.average)
        score = 0.0
        for term, worth in self.terms:
            count = (
                unit.text.get(term, 0)
                + weights.heading_words * (term in unit.heading)
                + weights.title_words * (term in unit.title)
            )
            if count:
                score += worth * count / (count + length)
        return score

    def coverage(self, unit: Unit) -> float:
        """The share of the question's content that the unit with what stands above it holds."""
        if not self.total:
            return 0.0
        return sum(w * holding(concept, unit) for concept, w in self.concepts) / self.total


def holding(concept: Concept, unit: Unit) -> float:
    """How much of a word a unit holds: the share of its pairs, by the best of its alternatives."""
    return max(_share(tokens, unit) for tokens in map(_word_tokens, concept.words))


def _share(tokens: Sequence[str], unit: Unit) -> float:
    if not tokens:
        return 0.0
    held = sum(t in unit.text or t in unit.heading or t in unit.title for t in tokens)
    return held / len(tokens)


def _concept_weight(concept: Concept, index: Index) -> float:
    rare = [min(IDF_CAP, min(map(index.idf, tokens))) for w in concept.words if (tokens := _word_tokens(w))]
    return concept.weight * max(rare, default=0.0)


@cache
def _word_tokens(word: str) -> tuple[str, ...]:
    """A word's pairs of characters and Latin words; its single characters where it has no pairs."""
    tokens = lexical_tokens(word)
    longer = tuple(t for t in tokens if len(t) > 1)
    return longer or tuple(tokens)
