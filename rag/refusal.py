"""Whether the documents hold an answer: no evidence, no answer."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache

from corpus.text import fold
from corpus.types import ClauseKind
from embeddings.index import Index
from rag.asking import facts_asked, wants_figure
from rag.lexicon import load_lexicon, read_toml
from rag.pieces import cut, gives, states
from rag.premise import unstated_figures
from rag.scoring import whole_clause
from rag.standing import stated_around
from rag.steering import documents_asked
from rag.types import Fact, Query, Ranked
from rag.unspoken import unspoken
from rag.wording import BARE, own_weight

_JUDGED = 5
_LONG = 60  # content words
_BESIDE = 0.45  # how probable it must be that one of several places answers
_LEAST_COVERAGE = 0.3  # what the best of them is taken to hold at least
_FULL = 0.99  # the weight of a word of the subject
# For a kind of figure asked for, the kinds that may answer: an amount is often given as a share.
_FIGURES = {
    Fact.AMOUNT: (Fact.AMOUNT, Fact.RATIO),
    Fact.RATIO: (Fact.RATIO,),
    Fact.PHONE: (Fact.PHONE,),
}
# Kinds of fact that count as missing only where they are what is asked first.
_OTHERS = (Fact.DEADLINE, Fact.PROCEDURE)

_INTRODUCING = (ClauseKind.PREAMBLE, ClauseKind.NOTICE)
_NUMBER = re.compile(r"[〔\[【(（]\d{4}[〕\]】)）]\s*\d+\s*号")
_UNTIL = (Fact.DEADLINE, Fact.VALIDITY)
_MONEY = {Fact.AMOUNT, Fact.RATIO}


class Grounds(Enum):
    """Why a question is not answered."""

    ORDER = "order"  # an order to the machine
    PLACE = "place"  # the place named is not in the collection
    SUBJECT = "subject"  # the question names no subject, only a place
    ARTICLE = "article"  # the documents meant have no article of that number
    VALIDITY = "validity"  # the documents meant do not say since or until when they hold
    PREMISE = "premise"  # the question takes a figure for granted that the documents do not state
    DETAIL = "detail"  # the clauses about it leave open the detail that is asked for
    NOTHING = "nothing"  # no clause is about what is asked

    @property
    def hints(self) -> bool:
        """Whether the nearest clauses may be of use to the person."""
        return self not in (Grounds.ORDER, Grounds.SUBJECT)


@dataclass(frozen=True, slots=True)
class Signals:
    """What tells an answerable question from another, each between 0 and 1.

    Attributes:
        coverage: share of the question's content that the best clause that may answer holds.
        elsewhere: how much more of it a clause holds that may not answer, such as one of another city.
        missing: 1 where the best of them state nothing of the kind that is asked for: an amount, a share, a
            telephone number, a date or a procedure.
        unplaced: 1 where the question names no place of a collection of places, so that any may answer.
        length: how many content words it has, 60 or more counting as 1: no clause holds all of a long story.
        several: 1 where it compares several places.
        dense: cosine similarity of the nearest of those clauses.
        asked: share of its words that stand in the enrichment of the best clause.
        wording: cosine similarity of the nearest question in that enrichment.
        unspoken: 1 where the documents meant speak nowhere of the thing that support is wanted for.
        introduces: 1 where the best clause only introduces its document, which then shares no more than the
            words of its title with the question.
        enriched: whether the best clause has any enrichment.
    """

    coverage: float
    elsewhere: float
    missing: float
    unplaced: float
    length: float = 0.0
    several: float = 0.0
    dense: float = 0.0
    asked: float = 0.0
    wording: float = 0.0
    unspoken: float = 0.0
    introduces: float = 0.0
    enriched: bool = False


def signals(query: Query, ranked: Sequence[Ranked], scope: Sequence[Ranked], index: Index) -> Signals:
    """Measures how well the best clauses fit a question.

    Args:
        query: the question as understood.
        ranked: all clauses from retrieval, the best first.
        scope: those of them that may answer.
        index: where they stand.

    Returns:
        The signals.
    """
    best = scope[:_JUDGED]
    coverage = max((r.coverage for r in best), default=0.0)
    others = {r.clause_id for r in ranked} - {r.clause_id for r in scope}
    outside = max((r.coverage for r in ranked if r.clause_id in others), default=0.0)
    return Signals(
        coverage=best[0].coverage if best else 0.0,
        elsewhere=max(0.0, outside - coverage),
        missing=float(_lacks_fact(query, best, index)),
        unplaced=float(
            not query.local and not query.survey and any(d.zone for d in index.documents.values())
        ),
        length=min(1.0, len(query.concepts) / _LONG),
        several=float(len(query.zones) > 1),
        dense=max((r.dense for r in best), default=0.0),
        asked=best[0].asked if best else 0.0,
        wording=best[0].wording if best else 0.0,
        unspoken=float(unspoken(query, scope, index)),
        introduces=float(bool(best) and whole_clause(index, best[0].clause_id)[0].kind in _INTRODUCING),
        enriched=bool(best) and best[0].clause_id in index.enrichment,
    )


def _lacks_fact(query: Query, best: Sequence[Ranked], index: Index) -> bool:
    """Whether the best clause states nothing of the kind that is asked for."""
    first = query.facts[0] if query.facts else None
    if first in _OTHERS and best and not states(first, index.clauses[best[0].clause_id].text):
        return True
    return _lacks_figure(query, best, index)


def _lacks_figure(query: Query, best: Sequence[Ranked], index: Index) -> bool:
    """Whether a figure is asked for and the best clauses and those above them state none of its kind."""
    contact = Fact.OFFICE in query.facts[:1]  # whom to contact: an office will do
    wanted = next((f for f in query.facts if f in _FIGURES and not (contact and f is Fact.PHONE)), None)
    if wanted is None:
        return False
    # One number to call serves many clauses; an amount belongs to its own.
    clauses = [index.clauses[r.clause_id] for r in (best if wanted is Fact.PHONE else best[:1])]
    clauses += [index.clauses[c.parent] for c in clauses if c.parent in index.clauses]
    texts = [clause.text for clause in clauses]
    if wanted is Fact.AMOUNT and gives(query.folded):
        # The size of an industry is no subsidy.
        texts = [piece.text for c in clauses for piece in cut(c.id, c.text) if gives(piece.text)]
        if texts and not wants_figure(query.folded):
            return False
    return not any(states(fact, text) for fact in _FIGURES[wanted] for text in texts)


def _lacks_subject(query: Query) -> bool:
    """Whether nothing but a place, and at most money, is named. The size of an industry is a subject."""
    told = query.documents or query.articles or any(concept.carried for concept in query.concepts)
    if told or load_lexicon().facts[Fact.QUANTITY].search(query.folded):
        return False
    return not own_weight(query.concepts) and set(query.facts) <= _MONEY


def _leaves_the_subject(query: Query, best: Sequence[Ranked], index: Index) -> bool:
    """Whether a follow-up asks for no kind of fact and brings only words that no clause at hand holds."""
    own = [c.words for c in query.concepts if c.weight >= _FULL and not c.carried]
    if not own or facts_asked(fold(query.question)):
        return False
    texts = [fold("\n".join((*(c := index.clauses[r.clause_id]).path, c.text))) for r in best]
    entries = [entry for r in best if (entry := index.enrichment.get(r.clause_id))]
    texts += [fold("\n".join((*entry.wordings, *entry.terms))) for entry in entries]
    return not any(word in text for text in texts for words in own for word in words)


def _article_there(query: Query, index: Index) -> bool:
    """Whether a document that the question can mean has a unit of a number that it names, if it names any."""
    documents = documents_asked(query, index)
    if not query.articles or not documents:
        return True
    numbers = {c.number.value for d in documents for c in index.clauses_of(d) if c.number}
    return bool(numbers & set(query.articles))


def _telephone_stated(query: Query, scope: Sequence[Ranked], index: Index) -> bool:
    """Whether a document that may answer states a telephone number."""
    documents = query.documents or query.local or {index.clauses[r.clause_id].document for r in scope}
    return any(states(Fact.PHONE, c.text) for d in documents for c in index.clauses_of(d))


def _validity_stated(query: Query, index: Index) -> bool:
    """Whether a document meant says how long it holds, where nothing else is asked."""
    asked = query.documents or query.local
    if not asked or query.facts[:1] != (Fact.VALIDITY,) or own_weight(query.concepts) > BARE:
        return True
    documents = (index.documents[d] for d in asked)
    return any(d.effective_clause or d.expires_clause for d in documents)


def _issue_stated(query: Query, scope: Sequence[Ranked], index: Index) -> bool:
    """Whether the document asked about says when it was issued or under which number, or a clause does."""
    best = [index.clauses[r.clause_id] for r in scope[:1]]
    if any(_NUMBER.search(c.text) and c.kind not in _INTRODUCING for c in best):
        return True
    asked = query.documents or tuple(index.clauses[r.clause_id].document for r in scope[:1])
    return any(index.documents[d].issued or index.documents[d].doc_number for d in asked)


@cache
def _parameters(rule: str) -> dict[str, float]:
    table = read_toml("answerability.toml")[rule]
    return {name: float(value) for name, value in table.items()}


def answerability(found: Signals) -> float:
    """The probability that the documents hold an answer, by the fitted rule."""
    weights = _parameters("enriched" if found.enriched else "plain")
    values = ((weight, getattr(found, name)) for name, weight in weights.items() if name != "constant")
    score = weights["constant"] + sum(weight * value for weight, value in values)
    return 1 / (1 + math.exp(-score))


def judge(
    query: Query,
    ranked: Sequence[Ranked],
    scope: Sequence[Ranked],
    index: Index,
    rule: Callable[[Signals], float] = answerability,
    least: float = 0.0,
) -> Grounds | None:
    """Decides whether a question is to be answered.

    Args:
        query: the question as understood.
        ranked: all clauses from retrieval, the best first.
        scope: those of them that may answer.
        index: where they stand.
        rule: the fitted rule; another where one is being fitted.
        least: how probable an answer must be where more is asked than by the fitted threshold.

    Returns:
        Why it is not answered, or None where it is.
    """
    if load_lexicon().injection.search(query.folded):
        return Grounds.ORDER
    if query.absent and not query.local:
        return Grounds.PLACE
    if _lacks_subject(query):
        return Grounds.SUBJECT
    if not _article_there(query, index):
        return Grounds.ARTICLE
    if not _validity_stated(query, index):
        return Grounds.VALIDITY
    if query.facts[:1] == (Fact.PHONE,) and not _telephone_stated(query, scope, index):
        return Grounds.NOTHING
    if load_lexicon().issue.search(query.folded) and not _issue_stated(query, scope, index):
        return Grounds.NOTHING
    if query.recent and not own_weight(query.concepts):
        # The subject was answered a turn ago; all that can be missing is the figure.
        return Grounds.NOTHING if _lacks_figure(query, scope[:_JUDGED], index) else None
    if unstated_figures(query, scope, index):
        return Grounds.PREMISE
    if stated_around(query, scope, index):
        return None
    if query.recent and _leaves_the_subject(query, scope[:_JUDGED], index):
        return Grounds.NOTHING
    return None if _holds_answer(query, ranked, scope, index, rule, least) else Grounds.NOTHING


def _holds_answer(
    query: Query,
    ranked: Sequence[Ranked],
    scope: Sequence[Ranked],
    index: Index,
    rule: Callable[[Signals], float],
    least: float,
) -> bool:
    """Whether the fitted rule finds an answer."""
    threshold = max(least, _parameters("decision")["threshold"])
    return rule(signals(query, ranked, scope, index)) >= threshold


def answering(query: Query, scope: Sequence[Ranked], index: Index) -> tuple[Ranked, ...]:
    """The candidates of a comparison without those of places that hold no answer.

    Args:
        query: the question as understood.
        scope: the candidates that may answer.
        index: where they stand.

    Returns:
        The candidates of the places whose own documents pass the rule, words counting only as far as one of
        the places holds them; all where fewer than two are compared or where it is asked how long the
        policies hold, which shares no word with what they are about.
    """
    if len(query.zones) < 2 or query.facts[:1] == (Fact.VALIDITY,) or query.facts[:2] == _UNTIL:
        return tuple(scope)
    by_place = {z: [r for r in scope if index.clauses[r.clause_id].zone == z] for z in query.zones}
    found = {z: signals(query, own, own, index) for z, own in by_place.items() if own}
    most = max((_LEAST_COVERAGE, *(s.coverage for s in found.values())))
    kept = {
        zone
        for zone, s in found.items()
        if answerability(replace(s, several=0.0, coverage=s.coverage / most)) >= _BESIDE
    }
    return tuple(r for r in scope if index.clauses[r.clause_id].zone in kept)
