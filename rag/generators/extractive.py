"""Answers made of the clauses' own sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from corpus.text import squash
from rag.citations import cite
from rag.conflicts import conflict_note, find_conflict
from rag.english import figures_in_english, frame
from rag.evidence import choose_evidence
from rag.pieces import SHORTEST_QUOTE
from rag.places import short_name
from rag.related import find_related
from rag.tiers import Applied, apply_rule
from rag.types import Citation, ClauseSource, Draft, Evidence, Note, Query, Ranked, Statement
from rag.units import placed_evidence
from rag.validity import expired_note

LEAD = 200
"""Letters and digits within which one clause's sentences are shown in the text's order."""


class ExtractiveGenerator:
    """Quotes the sentences that answer, each with its clause; writes nothing of its own."""

    name = "extractive"

    def compose(self, query: Query, ranked: Sequence[Ranked], index: ClauseSource, as_of: date) -> Draft:
        """Compose an answer from ranked clauses.

        Args:
            query: the question as understood.
            ranked: clauses from retrieval, the best first.
            index: where clauses and documents are looked up.
            as_of: the day of asking.

        Returns:
            The draft; without statements where nothing can be quoted.
        """
        evidence = choose_evidence(query, ranked, index)
        conflict = None
        if len(evidence) == 1 and not query.documents:  # who names a document means that one
            conflict = find_conflict(evidence[0], ranked, index)
        if conflict:
            clause_id, span = conflict
            evidence = (*evidence, *placed_evidence(index, index.clauses[clause_id], [span], 0.5))
        several = len({index.clauses[item.clause_id].zone for item in evidence}) > 1
        statements: list[Statement] = []
        citations: list[Citation] = []
        notes: list[Note] = []
        for number, item in enumerate(evidence, 1):
            text = index.clauses[item.clause_id].text
            lead = text[slice(*item.sentences[0])]
            quotes = _quotes(item, text)
            citations.append(cite(index, item.clause_id, quotes, as_of, query.language))
            applied = _applied(query, lead, quotes) if number == 1 else None
            place = short_name(citations[-1].zone, "zh") if several else ""
            said = [Statement(s, (number,)) for s in _said(quotes, lead, citations[-1], query, place)]
            if applied:
                said = [Statement(applied.text, (number,)), *said]
            if applied and applied.note:
                notes.append(applied.note)
            statements += said
        if conflict:
            notes.append(conflict_note(citations[0], citations[-1], query.language))
        warning = expired_note(citations, index, as_of, query.language)
        if warning:
            notes.append(warning)
        related = find_related(query, tuple(citations), index, as_of)
        return Draft(tuple(statements), tuple(citations), related, tuple(notes))


def _applied(query: Query, lead: str, quotes: Sequence[str]) -> Applied | None:
    """What the lead sentence gives in the person's case, or else the one other rule that is quoted."""
    applied = apply_rule(query.standalone, "\n".join(quotes), query.language)
    if applied is None and len(quotes) + lead.count("。") > 1:
        applied = apply_rule(query.standalone, lead, query.language)
    return applied


def _quotes(item: Evidence, text: str) -> list[str]:
    """The quoted stretches of one unit: neighbours joined, in the text's order where they are short."""
    spans = list(item.sentences)
    if sum(len(squash(text[a:b])) for a, b in spans) <= LEAD:
        spans.sort()
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and joined[-1][1] <= start and not text[joined[-1][1] : start].strip(" \t"):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    quotes = [text[a:b] for a, b in joined]
    return [q for q in quotes if len(squash(q)) >= SHORTEST_QUOTE] or quotes[:1]


def _said(quotes: Sequence[str], lead: str, citation: Citation, query: Query, place: str) -> list[str]:
    """What is shown of one unit: the quotes behind the place, if one is to be told from another.

    For an English question they stand in an English frame.
    """
    if query.language == "zh":
        return [f"{place}：{quotes[0]}" if place else quotes[0], *quotes[1:]]
    line = figures_in_english(lead, query)
    return [*([line] if line else []), *(frame(q, citation) for q in quotes)]
