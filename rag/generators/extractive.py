"""Answers made of the clauses' own sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rag.citations import cite
from rag.evidence import choose_evidence
from rag.tiers import apply_rule
from rag.types import Citation, ClauseSource, Draft, Evidence, Note, Query, Ranked, Statement
from rag.validity import expired_note


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
        statements: list[Statement] = []
        citations: list[Citation] = []
        notes: list[Note] = []
        for item in evidence:
            quotes = _quotes(item, index)
            citations.append(cite(index, item.clause_id, quotes, as_of, query.language))
            number = len(citations)
            applied = apply_rule(query.standalone, quotes[0], query.language) if number == 1 else None
            if applied and applied.text and not applied.note:
                statements.append(Statement(applied.text, (number,)))
            statements += [Statement(_frame(q, citations[-1], query), (number,)) for q in quotes]
            if applied and applied.note:
                notes.append(applied.note)
                if applied.text:
                    statements.append(Statement(applied.text, (number,)))
        warning = expired_note(citations, index, as_of, query.language)
        if warning:
            notes.append(warning)
        return Draft(tuple(statements), tuple(citations), (), tuple(notes))


def _quotes(item: Evidence, index: ClauseSource) -> list[str]:
    """The quoted stretches of one unit, neighbours joined."""
    text = index.clauses[item.clause_id].text
    return [text[a:b] for a, b in item.sentences]


def _frame(quote: str, citation: Citation, query: Query) -> str:
    """The words shown: the quote itself, in an English frame where the question is English."""
    return quote if query.language == "zh" else f"“{quote}”"
