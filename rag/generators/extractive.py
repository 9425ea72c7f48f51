"""Answers made of the clauses' own sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from corpus.text import squash
from rag.citations import cite
from rag.evidence import choose_evidence
from rag.tiers import apply_rule
from rag.types import Citation, ClauseSource, Draft, Evidence, Note, Query, Ranked, Statement
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
        statements: list[Statement] = []
        citations: list[Citation] = []
        notes: list[Note] = []
        for number, item in enumerate(evidence, 1):
            text = index.clauses[item.clause_id].text
            lead = text[slice(*item.sentences[0])]
            citations.append(cite(index, item.clause_id, _quotes(item, text), as_of, query.language))
            applied = apply_rule(query.standalone, lead, query.language) if number == 1 else None
            said = [Statement(_frame(q, query), (number,)) for q in _quotes(item, text)]
            if applied and applied.text:
                own = Statement(applied.text, (number,))
                said = [*said, own] if applied.note else [own, *said]
            if applied and applied.note:
                notes.append(applied.note)
            statements += said
        warning = expired_note(citations, index, as_of, query.language)
        if warning:
            notes.append(warning)
        return Draft(tuple(statements), tuple(citations), (), tuple(notes))


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
    return [text[a:b] for a, b in joined]


def _frame(quote: str, query: Query) -> str:
    """The words shown: the quote itself, in quotation marks where the question is English."""
    return quote if query.language == "zh" else f"“{quote}”"
