"""Which candidates may answer a question, and in which order those of several places stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import zip_longest

from corpus.types import Clause, ClauseKind
from embeddings.index import Index
from rag.pieces import gives
from rag.types import Query, Ranked

_NEARLY = 0.8
SURVEYED = 0.7
"""Share of the best clause's score from which another place's clause is about the same thing."""


def side_by_side(query: Query, ranked: list[Ranked], index: Index) -> tuple[Ranked, ...]:
    """Puts the best of each place or document that a question compares in turn.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval, the best first.
        index: where they stand.

    Returns:
        The clauses; those of other places behind. Scores never rise down the list.
    """
    groups: dict[str, list[Ranked]] = defaultdict(list)
    if query.survey:
        best = {r.clause_id for r in _best_of_each_place(query, ranked, index)}
        return _never_rising(sorted(ranked, key=lambda r: r.clause_id not in best))
    if len(query.zones) > 1:
        for r in ranked:
            clause = index.clauses[r.clause_id]
            if clause.zone in query.zones and _meant(query, clause, index):
                groups[clause.zone].append(r)
        order = query.zones
    elif query.comparison:
        for r in ranked:
            groups[index.clauses[r.clause_id].document].append(r)
        order = query.documents
    else:
        return tuple(ranked)
    turns = zip_longest(*(groups[name] for name in order))
    first = [r for turn in turns for r in turn if r]
    taken = {r.clause_id for r in first}
    return _never_rising([*first, *(r for r in ranked if r.clause_id not in taken)])


def _best_of_each_place(query: Query, ranked: Iterable[Ranked], index: Index) -> list[Ranked]:
    """The best clause of each zone, or of each document without one, the best first.

    Where a question asks what is given, one that gives stands before one a little better that does not.
    """
    places: dict[str, list[Ranked]] = defaultdict(list)
    for r in ranked:
        clause = index.clauses[r.clause_id]
        places[clause.zone or clause.document].append(r)
    best = []
    for found in places.values():
        near = [r for r in found if r.score >= _NEARLY * found[0].score] if gives(query.folded) else []
        best.append(next((r for r in near if gives(index.clauses[r.clause_id].text)), found[0]))
    return sorted(best, key=lambda r: -r.score)


def _meant(query: Query, clause: Clause, index: Index) -> bool:
    """Whether a document of a place is the one named, where one of that place is."""
    named = [d for d in query.documents if d in index.documents and index.documents[d].zone == clause.zone]
    return not named or clause.document in named


def _never_rising(ranked: Iterable[Ranked]) -> tuple[Ranked, ...]:
    found: list[Ranked] = []
    for r in ranked:
        found.append(replace(r, score=min(r.score, found[-1].score)) if found else r)
    return tuple(found)


def within_scope(query: Query, ranked: Iterable[Ranked], index: Index) -> tuple[Ranked, ...]:
    """The candidates that may answer a question.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval, the best first.
        index: where they stand.

    Returns:
        Those of the places named, where it names any, without the documents that it says it does not mean;
        only the articles named, where it names any that are there. Where it asks which of all the places do
        something, the best of each place that is about as good as the best of all.
    """
    places = frozenset(query.local)
    allowed = tuple(
        r
        for r in ranked
        if (document := index.clauses[r.clause_id].document) not in query.excluded
        and (not places or document in places)
    )
    if query.survey:
        best = _best_of_each_place(query, allowed, index)
        return tuple(r for r in best if r.score >= SURVEYED * best[0].score)
    named = tuple(r for r in allowed if is_article(query, index.clauses[r.clause_id], index))
    return named or allowed


def is_article(query: Query, clause: Clause, index: Index) -> bool:
    """Whether a question names the article that a clause is or belongs to.

    第三条 also means 三、 at the top of a document without articles. It counts only in the documents or
    places that the question names, or that were cited before.

    Args:
        query: the question as understood.
        clause: a clause or paragraph unit.
        index: where it stands.

    Returns:
        True where it is one of the articles named, or a unit below one.
    """
    if not query.articles or clause.document not in documents_asked(query, index):
        return False
    top = clause.kind is ClauseKind.ARTICLE or (clause.kind is ClauseKind.ITEM and not clause.parent)
    if top and clause.number and clause.number.value in query.articles:
        return True
    above = index.clauses.get(clause.parent)
    return above is not None and is_article(query, above, index)


def documents_asked(query: Query, index: Index) -> frozenset[str]:
    """Ids of the documents that a question can mean by naming an article alone."""
    recent = (index.clauses[c].document for c in query.recent if c in index.clauses)
    return frozenset(query.documents or query.local or recent)
