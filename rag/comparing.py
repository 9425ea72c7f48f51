"""What several places or documents say about the same thing, side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from corpus.text import sentences
from rag.english import figures_in_english
from rag.giving import is_limit, part_gift, states_amount
from rag.neighbours import NEIGHBOUR_FACTS
from rag.pieces import gives
from rag.places import short_name
from rag.types import Citation, Comparison, Evidence, Fact, Query, Row

_WORDS_MEANT = re.compile(r" \(“[^”]*”\)")


def compare(
    query: Query, evidence: Sequence[Evidence], chosen: Sequence[Citation], cited: Sequence[Citation]
) -> Comparison | None:
    """Set the clauses chosen for a comparison side by side.

    Args:
        query: the question as understood.
        evidence: the units that answer.
        chosen: the same as citations.
        cited: what the answer cites; it numbers the rows.

    Returns:
        One row for each unit; None where the question compares nothing, where only one place or document
        compared says something, or where the answer leaves one of them out.
    """
    numbers = {citation.clause_id: n for n, citation in enumerate(cited, 1)}
    if not (query.survey or (query.comparison and len(chosen) > 1)):
        return None
    if not chosen or any(citation.clause_id not in numbers for citation in chosen):
        return None
    of_one_place = not query.survey and len({citation.zone for citation in chosen}) == 1
    rules = [_rule(c.text, item.sentences) for item, c in zip(evidence, chosen, strict=True)]
    apart = _asks_how_much(query, rules)
    rows = []
    for rule, citation in zip(rules, chosen, strict=True):
        place = short_name(citation.zone, query.language) or citation.zone
        name = citation.title if of_one_place or not place else place
        row = Row(name, numbers[citation.clause_id], words=citation.quotes)
        rows.append(_with_amount(row, rule, query) if apart else row)
    return Comparison("document" if of_one_place else "place", tuple(rows))


def _asks_how_much(query: Query, rules: Sequence[str]) -> bool:
    """Whether a question asks for amounts, and for nothing that stands outside the sentence with them.

    Where nothing shows what it asks for, it is about amounts if all that answers it states one.
    """
    if any(fact in NEIGHBOUR_FACTS for fact in query.facts):
        return False
    if query.facts:
        return Fact.AMOUNT in query.facts or Fact.RATIO in query.facts
    return gives(query.folded) or all(states_amount(rule) for rule in rules)


def _with_amount(row: Row, rule: str, query: Query) -> Row:
    """A row with the amount and the condition of the sentence that answers, where that says how much."""
    if not states_amount(rule):
        return row
    gift = part_gift(rule)
    if gift is None:
        return replace(row, words=(rule,))
    english = _figures(gift.amount, query) if query.language == "en" else ""
    return replace(row, amount=gift.amount, condition=gift.condition, words=(), english=english)


def _figures(amount: str, query: Query) -> str:
    """The figures of an amount in English; the words that they stand for are beside them already."""
    return _WORDS_MEANT.sub("", figures_in_english(amount, replace(query, facts=(Fact.AMOUNT,))))


def _rule(text: str, chosen: Sequence[tuple[int, int]]) -> str:
    """The sentence that answers; with the one behind it where only that says how much, and with its cap."""
    start, end = chosen[0]
    behind = [span for span in sentences(text) if span[0] >= end]
    for span in behind:
        if text[end : span[0]].strip(" \t"):
            break
        follows = span in chosen and not states_amount(text[start:end])
        if not follows and not (states_amount(text[start:end]) and is_limit(text[slice(*span)])):
            break
        end = span[1]
    return text[start:end]
