"""What a follow-up asks of the provision before: its conditions, papers, office, telephone or who pays.

Such facts often stand in a provision of their own that holds for those beside it, and shares no word with
the question; so the units around the clause cited before are read, the nearest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from corpus.text import fold
from corpus.types import Clause, ClauseKind
from rag.asking import facts_asked
from rag.lexicon import load_lexicon, read_toml
from rag.lists import whole_list
from rag.pieces import Piece, bracket_pattern, cut, label_end, states
from rag.scoring import beside, whole_clause
from rag.types import ClauseSource, Evidence, Fact, Query, Ranked
from rag.units import placed_evidence
from rag.wording import BROKEN

_STANDING = (Fact.PAYER, Fact.OFFICE, Fact.PHONE, Fact.CONDITION, Fact.PROCEDURE)
_OWN_SUBJECT = 1.0
_LEAST_RELATED = 0.5
_FURTHER_FACT = 0.5
_SAME_WORD = 0.1
_SHARED_PAIR = 0.005
_MOST_PIECES = 3
_TWINS_AMONG = 10
_TWIN = 0.6
_LEAST_TWIN = 20


@dataclass(frozen=True, slots=True)
class _Found:
    """A unit that states a fact for those beside it, the pieces that do, and how well it fits."""

    clause: Clause
    pieces: tuple[Piece, ...]
    worth: float


@cache
def _rules(table: str) -> dict[str, re.Pattern[str]]:
    """The rules of one table; a list without entries matches nothing."""
    return {name: re.compile("|".join(r) or r"(?!)") for name, r in read_toml("standing.toml")[table].items()}


def wanted_of_before(query: Query) -> tuple[Fact, ...]:
    """The facts that a follow-up asks of the provision cited before, the most wanted first.

    Args:
        query: the question as understood.

    Returns:
        Kinds of fact; empty where it follows nothing up, has a subject of its own or asks something else.
    """
    folded = fold(query.question)
    asked = facts_asked(folded)
    if not query.recent or query.articles or query.comparison or asked[:1] not in [(f,) for f in _STANDING]:
        return ()
    asking = " ".join(folded[a:b] for a, b in load_lexicon().facts[asked[0]].spans(folded))
    own = sum(
        c.weight
        for c in query.concepts
        if not c.carried
        and c.weight > BROKEN
        and c.words[0] not in asking
        and not any(states(f, c.words[0], ()) for f in _STANDING)
    )
    if own > _OWN_SUBJECT:
        return ()
    if Fact.PROCEDURE in asked and _rules("stock")["papers"].search(folded):
        return (Fact.PROCEDURE,)
    return tuple(f for f in _STANDING if f in asked)


def _before(query: Query, source: ClauseSource) -> tuple[Clause, tuple[Fact, ...]] | None:
    """The clause cited before and the facts that a follow-up asks of it; None where it asks none."""
    wanted = wanted_of_before(query)
    cited = next((c for c in query.recent if c in source.clauses), "")
    return (whole_clause(source, cited)[0], wanted) if wanted and cited else None


def standing_evidence(query: Query, ranked: Sequence[Ranked], source: ClauseSource) -> tuple[Evidence, ...]:
    """The provision that states what a follow-up asks for the clause cited before.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval, the best first.
        source: where clauses are looked up.

    Returns:
        Its sentences, with the items of a list that it opens; empty where the clause cited before states
        the fact itself or nothing around it does.
    """
    before = _before(query, source)
    if not before:
        return ()
    clause, wanted = before
    if _states_itself(wanted[0], clause):
        return ()
    for start in (clause, *_twins(clause, ranked, source)):
        about = "\n".join((start.text, *start.path, query.standalone))
        for level in _levels(start, wanted[0], about, source):
            found = [f for unit in level if (f := _stating(unit, wanted, about, query, source))]
            if found:
                return _as_evidence(max(found, key=lambda f: f.worth), source)
    return ()


def _twins(clause: Clause, ranked: Sequence[Ranked], source: ClauseSource) -> list[Clause]:
    """Candidates that say the same in another document of the place, as rules repeat what they carry out."""
    pairs = _pairs(clause.text)
    found: dict[str, Clause] = {}
    for r in ranked[:_TWINS_AMONG]:
        other, _ = whole_clause(source, r.clause_id)
        if other.document == clause.document or other.zone != clause.zone:
            continue
        theirs = _pairs(other.text)
        if len(pairs & theirs) >= _TWIN * min(len(pairs), len(theirs)) and len(theirs) >= _LEAST_TWIN:
            found[other.id] = other
    return list(found.values())


def _pairs(text: str) -> set[str]:
    return {a + b for a, b in pairwise(fold(text)) if a.isalnum() and b.isalnum()}


def stated_around(query: Query, ranked: Sequence[Ranked], source: ClauseSource) -> bool:
    """Whether the clause cited before, or a provision that holds for it, states what a follow-up asks of it.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval, the best first.
        source: where clauses are looked up.

    Returns:
        Whether it does; false where the question asks something else or has a subject of its own.
    """
    before = _before(query, source)
    stated = bool(before and _states_itself(before[1][0], before[0]))
    return stated or bool(standing_evidence(query, ranked, source))


def only_before(query: Query, ranked: Sequence[Ranked], source: ClauseSource) -> Sequence[Ranked]:
    """The candidates of the clause cited before, where it states itself what a follow-up asks of it.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval, the best first.
        source: where clauses are looked up.

    Returns:
        Its units among the candidates, or all candidates.
    """
    before = _before(query, source)
    if not before or not _states_itself(before[1][0], before[0]):
        return ranked
    clause, paragraphs = whole_clause(source, before[0].id)
    own = {clause.id, *(p.id for p in paragraphs)}
    return [r for r in ranked if r.clause_id in own] or ranked


def _states_itself(fact: Fact, clause: Clause) -> bool:
    bracket = bracket_pattern(fact)
    if bracket and bracket.search(clause.text):
        return True
    rules = _rules(fact.value)
    return bool(rules["texts"].search(clause.text) or rules["headings"].search(_first_line(clause)))


def _first_line(clause: Clause) -> str:
    return clause.text[label_end(clause.text) :].lstrip().split("\n", 1)[0]


def _levels(clause: Clause, fact: Fact, about: str, source: ClauseSource) -> Iterator[list[Clause]]:
    """The units below a clause, then those beside it, then those beside what stands above it.

    With a unit right beside the clause come those below it, where it speaks of the same thing.
    """
    yield _below(clause, source)
    here: Clause | None = clause
    while here is not None:
        near = [u for u in beside(source, here) if u.id != here.id]
        same = [u for u in near if here.id == clause.id and _share(u.text, about) >= _LEAST_RELATED]
        yield [*near, *(v for u in same for v in _below(u, source))]
        above = source.clauses.get(here.parent)
        # Conditions of another heading are another's.
        here = None if fact is Fact.CONDITION and above and above.kind is ClauseKind.CHAPTER else above


def _below(clause: Clause, source: ClauseSource) -> list[Clause]:
    return [c for c in source.children(clause.id) if c.kind is not ClauseKind.PARAGRAPH]


def _stating(
    unit: Clause, wanted: Sequence[Fact], about: str, query: Query, source: ClauseSource
) -> _Found | None:
    """What a unit states of the fact wanted, if it speaks of the same thing or for all."""
    rules, stock = _rules(wanted[0].value), _rules("stock")
    first = _first_line(unit)
    if stock["elsewhere"].search(unit.text.rstrip()):
        return None
    pieces = [p for p in cut(unit.id, unit.text) if not p.heading]
    headed = bool(rules["headings"].search(first))
    telling = pieces if headed else [p for p in pieces if rules["texts"].search(p.text)]
    if not telling and not (headed and _below(unit, source)):
        return None
    # Who bears the cost is settled once for a whole document.
    alone = headed or wanted[0] is Fact.PAYER
    related = 1.0 if alone else _related(telling[0].text, rules["texts"], about)
    if related < _LEAST_RELATED:
        return None
    text = "\n".join((first, *(p.text for p in telling)))
    worth = related + _FURTHER_FACT * sum(bool(_rules(f.value)["texts"].search(text)) for f in wanted[1:])
    worth += _SHARED_PAIR * len(_pairs(text) & _pairs(about))
    worth += _SAME_WORD * len(_pairs(query.question) & _pairs(first))
    return _Found(unit, tuple(telling[:_MOST_PIECES]), worth)


def _related(text: str, marks: re.Pattern[str], about: str) -> float:
    """How much of what a sentence speaks of, the words before its mark, the clause before speaks of.

    Where it speaks of several things, one of them is enough.
    """
    stock = _rules("stock")
    mark = marks.search(text)
    before = text[: mark.start()] if mark else text
    rest, for_all = stock["for_all"].subn(" ", before)
    if for_all and not _pairs(stock["words"].sub(" ", rest)):
        return 1.0
    whole = _share(rest, about)
    parts = max(_share(part, about) for part in rest.split("、"))
    return max(whole, _LEAST_RELATED) if parts >= _LEAST_RELATED else whole


def _share(text: str, about: str) -> float:
    """The share of a text's pairs of characters that stand in another, without words of every provision."""
    pairs = _pairs(_rules("stock")["words"].sub(" ", text))
    return len(pairs & _pairs(about)) / len(pairs) if pairs else 0.0


def _as_evidence(found: _Found, source: ClauseSource) -> tuple[Evidence, ...]:
    listed = whole_list(found.clause, source)
    if listed:
        return tuple(listed)
    spans = [(p.start, p.end) for p in found.pieces]
    return tuple(placed_evidence(source, found.clause, spans, 0.5))
