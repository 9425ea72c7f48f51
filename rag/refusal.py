"""Whether the documents hold an answer: no evidence, no answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache

from embeddings.index import Index
from rag.lexicon import load_lexicon, read_toml
from rag.ranking import WordWeights, holding, prepare
from rag.types import Note, Query, Ranked

_JUDGED = 5


class Grounds(Enum):
    """Why a question is not answered."""

    ORDER = "order"  # an order to the machine
    PLACE = "place"  # the place named is not in the collection
    NOTHING = "nothing"  # no clause is about what is asked

    @property
    def hints(self) -> bool:
        """Whether the nearest clauses may be of use to the person."""
        return self is not Grounds.ORDER


@dataclass(frozen=True, slots=True)
class Signals:
    """What tells an answerable question from another, each between 0 and 1.

    Attributes:
        coverage: share of the question's content that the best clauses hold.
        rarest: share of its rarest word that they hold.
        dense: cosine similarity of the best of them.
        stated: whether the best of them state the kind of fact asked for.
    """

    coverage: float
    rarest: float
    dense: float
    stated: float


def signals(query: Query, ranked: Sequence[Ranked], index: Index) -> Signals:
    """Measures how well the best clauses fit a question.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval, the best first.
        index: where they stand.

    Returns:
        The signals; all zero where nothing was retrieved.
    """
    words = WordWeights(query, index)
    units = [prepare(index.clauses[r.clause_id], index) for r in ranked[:_JUDGED]]
    own = [(c, w) for c, w in words.concepts if not c.carried and w > 0]
    total = sum(w for _, w in own)
    if not units or not total:
        return Signals(0.0, 0.0, 0.0, 0.0)
    coverage = max(sum(w * holding(c, u) for c, w in own) for u in units) / total
    rarest = max(own, key=lambda pair: pair[1])[0]
    wanted = query.facts[:1]
    return Signals(
        coverage=coverage,
        rarest=max(holding(rarest, u) for u in units),
        dense=max(r.dense for r in ranked[:_JUDGED]),
        stated=float(not wanted or any(wanted[0] in u.facts for u in units[:3])),
    )


@cache
def _parameters() -> dict[str, float]:
    table = read_toml("answerability.toml")["rule"]
    return {name: float(value) for name, value in table.items()}


def answerability(found: Signals) -> float:
    """The probability that the documents hold an answer, by the fitted rule."""
    p = _parameters()
    score = p["constant"] + p["coverage"] * found.coverage + p["rarest"] * found.rarest
    score += p["dense"] * found.dense + p["stated"] * found.stated
    return 1 / (1 + math.exp(-score))


def judge(query: Query, ranked: Sequence[Ranked], index: Index) -> Grounds | None:
    """Decides whether a question is to be answered.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval, the best first.
        index: where they stand.

    Returns:
        Why it is not answered, or None where it is.
    """
    if load_lexicon().injection.search(query.folded):
        return Grounds.ORDER
    if query.absent and not query.local:
        return Grounds.PLACE
    if answerability(signals(query, ranked, index)) < _parameters()["threshold"]:
        return Grounds.NOTHING
    return None


def reason_for(query: Query, grounds: Grounds) -> str:
    """One sentence that says why, in the question's language."""
    texts = read_toml("replies.toml")["refusal"][grounds.value]
    return str(texts[query.language]).replace("{place}", "、".join(query.absent))


def scope_note(query: Query) -> Note | None:
    """A note on places that the question names beside those that the collection holds."""
    if not query.absent:
        return None
    text = str(read_toml("replies.toml")["scope"][query.language])
    return Note("scope", text.replace("{place}", "、".join(query.absent)))


def small_talk_reply(query: Query) -> str:
    """The answer to a greeting or thanks."""
    return str(read_toml("replies.toml")["smalltalk"][query.smalltalk][query.language])
