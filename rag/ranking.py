"""Scores of one unit, a clause or a paragraph of a long one, for one question."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache, lru_cache

from corpus.types import Clause
from embeddings.index import Index
from embeddings.tokens import lexical_tokens
from rag.figures import figures
from rag.lexicon import read_toml
from rag.pieces import cut, gives, states
from rag.types import Fact, Query
from rag.wording import BARE, own_weight, terms_of

IDF_CAP = 6.0
"""Rarest a word may count: one that no text holds tells no more than a rare one."""

STANDING_FACTS = (Fact.CONDITION, Fact.OFFICE, Fact.PHONE, Fact.PAYER, Fact.PROCEDURE)
"""Kinds of fact that a provision often states for all those beside it."""

_LEAD_IN = 200
_LONGEST_HEADING = 40


@dataclass(frozen=True, slots=True)
class Weights:
    """The figures of ``rag/data/ranking.toml``, which explains them."""

    k1: float
    b: float
    average: float
    heading_words: float
    title_words: float
    match: float
    dense: float
    coverage: float
    asked: float
    wording: float
    place: float
    document: float
    excluded: float
    fact: float
    demanded: float
    introduces: float
    heading_only: float
    stating: float
    article: float
    recent: float
    moved_on: float
    recent_section: float
    recent_document: float


@cache
def load_weights() -> Weights:
    """Reads the weights that ship with the package."""
    tables = read_toml("ranking.toml")
    bm25 = tables["bm25"]
    found = {**tables["fusion"], "k1": bm25["k1"], "b": bm25["b"], "average": bm25["average"]}
    found |= {f"{name}_words": bm25[name] for name in ("heading", "title")}
    return Weights(**{field.name: float(found[field.name]) for field in fields(Weights)})


@dataclass(frozen=True, slots=True)
class Unit:
    """A clause or paragraph unit, prepared for scoring.

    Attributes:
        clause: the unit itself.
        words: how often each token stands in its text; one in the headings, the lead-in or the title above
            it adds a fraction.
        length: what BM25 holds against a long text.
        asked: the tokens of the words by which people look for it.
        facts: the kinds of fact that its text states.
        bare: whether it is nothing but a heading.
        gives: whether it speaks of giving money; an amount without that is demanded.
    """

    clause: Clause
    words: Mapping[str, float]
    length: float
    asked: frozenset[str]
    facts: frozenset[Fact]
    bare: bool
    gives: bool


def prepare(clause: Clause, index: Index, weights: Weights, mean_length: float) -> Unit:
    """Counts a unit's words.

    Args:
        clause: a clause or paragraph unit of the index.
        index: where what stands above it is looked up.
        weights: how much words above the text count.
        mean_length: characters of a passage of the index in the mean.

    Returns:
        The unit.
    """
    parent = index.clauses.get(clause.parent)
    above = "\n".join(clause.path[:-1]) + "\n" + (parent.text[:_LEAD_IN] if parent else "")
    words: dict[str, float] = dict(Counter(lexical_tokens(clause.text)))
    for text, weight in (
        (above, weights.heading_words),
        (f"{clause.title}\n{clause.zone}", weights.title_words),
    ):
        for token in set(lexical_tokens(text)):
            words[token] = words.get(token, 0.0) + weight
    found = figures(clause.text)
    entry = index.enrichment.get(clause.id)
    asked = "\n".join((*entry.wordings, *entry.terms)) if entry else ""
    return Unit(
        clause=clause,
        words=words,
        length=weights.k1 * (1 - weights.b + weights.b * len(clause.text) / (weights.average * mean_length)),
        asked=frozenset(lexical_tokens(asked)),
        facts=frozenset(fact for fact in Fact if states(fact, clause.text, found))
        | _facts_above(parent, index),
        bare=_is_bare(clause, index),
        gives=gives(clause.text),
    )


def _facts_above(parent: Clause | None, index: Index) -> frozenset[Fact]:
    """What a bare heading says of the units below it: under 申报材料 each of them states a procedure."""
    if parent is None or not _is_bare(parent, index):
        return frozenset()
    return frozenset(fact for fact in STANDING_FACTS if states(fact, parent.text, ()))


def _is_bare(clause: Clause, index: Index) -> bool:
    """Whether a clause only names what the units below it say."""
    if all(piece.heading for piece in cut(clause.id, clause.text)):
        return True
    return len(clause.text) <= _LONGEST_HEADING and bool(index.children(clause.id))


@dataclass(frozen=True, slots=True)
class WordScores:
    """How a unit fits a question's words, each figure between 0 and 1.

    Attributes:
        match: BM25, as a share of the most that the question's words can score.
        coverage: the share of the question's content that the unit with what stands above it holds. What is
            carried on from earlier turns counts only where the question has no subject of its own.
        asked: the share of the question's words that people use who look for the unit.
    """

    match: float
    coverage: float
    asked: float


class WordWeights:
    """How much each word of one question counts in one index."""

    def __init__(self, query: Query, index: Index) -> None:
        """Looks up how rare the question's words are.

        Args:
            query: the question as understood.
            index: the index asked.
        """
        rarity = cache(lambda token: min(IDF_CAP, index.idf(token)))
        sought = cache(lambda token: min(IDF_CAP, index.idf(token, "asked")))
        self._terms = dict(_worths(query, rarity))
        self._most = sum(self._terms.values()) or 1.0
        self._asked = dict(_worths(query, sought))
        self._most_asked = sum(self._asked.values()) or 1.0
        self._weights = _concept_weights(query, rarity)
        self._total = sum(self._weights) or 1.0
        # Every word of every concept: which concept it stands for and how many tokens it has.
        self._words: list[tuple[int, int]] = []
        self._places: dict[str, list[int]] = {}
        for number, concept in enumerate(query.concepts):
            for tokens in filter(None, map(_word_tokens, concept.words)):
                for token in tokens:
                    self._places.setdefault(token, []).append(len(self._words))
                self._words.append((number, len(tokens)))
        self._tokens = frozenset((*self._terms, *self._places))

    def score(self, unit: Unit) -> WordScores:
        """Measures how a unit fits; only what it holds of the question's words is looked at."""
        # Sums are taken in one order, so that they are the same to the bit in every run.
        held = sorted(unit.words.keys() & self._tokens)
        sought = unit.asked & self._tokens
        match = 0.0
        for token in held:
            if worth := self._terms.get(token):
                count = unit.words[token]
                match += worth * count / (count + unit.length)
        shares: dict[int, float] = {}
        for word, count in self._counts(held).items():
            concept, tokens = self._words[word]
            share = count / tokens
            if share > shares.get(concept, 0.0):
                shares[concept] = share
        return WordScores(
            match / self._most,
            sum([self._weights[concept] * shares[concept] for concept in sorted(shares)]) / self._total,
            sum([self._asked.get(token, 0.0) for token in sorted(sought)]) / self._most_asked,
        )

    def _counts(self, tokens: Iterable[str]) -> dict[int, int]:
        """How many tokens of each word are among some."""
        counts: dict[int, int] = {}
        for token in tokens:
            for word in self._places.get(token, ()):
                counts[word] = counts.get(word, 0) + 1
        return counts


def _concept_weights(query: Query, rarity: Callable[[str], float]) -> list[float]:
    """How much each concept of a question counts; 0 for what is carried on where that does not count."""
    own = own_weight(query.concepts)
    alone = own > BARE
    before = sum(concept.weight for concept in query.concepts if concept.carried)
    # The one word of a short follow-up's own counts half as much as all that it takes from before.
    share = max(1.0, before / own / 2) if own and not alone else 1.0
    weights = []
    for concept in query.concepts:
        rarest = _any_idf([max(map(rarity, tokens)) for w in concept.words if (tokens := _word_tokens(w))])
        weight = concept.weight * rarest * (share if own_weight((concept,)) else 1.0)
        weights.append(0.0 if concept.carried and alone else weight)
    return weights


def _worths(query: Query, rarity: Callable[[str], float]) -> list[tuple[str, float]]:
    """What each token of a question counts where it is as rare as that."""
    terms = terms_of(query.concepts, rarity) if query.concepts else query.terms
    return [(term, weight * rarity(term)) for term, weight in terms if weight > 0]


def _any_idf(idfs: Sequence[float]) -> float:
    """How rare it is that a text holds any of several words of these rarities."""
    return max(0.0, -math.log(sum(math.exp(-idf) for idf in idfs))) if idfs else 0.0


@lru_cache(maxsize=100_000)
def _word_tokens(word: str) -> tuple[str, ...]:
    """A word's pairs of characters and Latin words; its single characters where it has no pairs."""
    tokens = lexical_tokens(word)
    longer = tuple(dict.fromkeys(t for t in tokens if len(t) > 1))
    return longer or tuple(dict.fromkeys(tokens))
