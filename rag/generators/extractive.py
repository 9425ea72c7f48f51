"""Answers made of the clauses' own sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from corpus.text import squash
from rag.citations import cite
from rag.comparing import compare
from rag.computing import recompute
from rag.conflicts import conflict_note, find_conflict
from rag.english import figures_in_english, frame
from rag.evidence import choose_evidence
from rag.figures import figures
from rag.pieces import SHORTEST_QUOTE
from rag.places import short_name
from rag.related import find_related
from rag.tiers import Applied, apply_rule
from rag.types import Citation, ClauseSource, Draft, Evidence, Note, Query, Ranked, Statement
from rag.units import placed_evidence
from rag.validity import expired_note

LEAD = 200
"""Letters and digits within which one clause's sentences are shown in the text's order."""


@dataclass(frozen=True, slots=True)
class Material:
    """What is chosen and computed for an answer before a word of it is written.

    Attributes:
        evidence: the units that answer, the most important first.
        citations: the same as citations, each with what is quoted of it.
        applied: what the first unit's rule gives in the person's case; None where nothing is certain.
        warning: a warning where the last unit states other figures than the first for the same thing.
    """

    evidence: tuple[Evidence, ...]
    citations: tuple[Citation, ...]
    applied: Applied | None
    warning: Note | None

    @property
    def several(self) -> bool:
        """Whether the units are of several places."""
        return len({citation.zone for citation in self.citations}) > 1


def gather(query: Query, ranked: Sequence[Ranked], index: ClauseSource, as_of: date) -> Material:
    """Choose and compute what an answer is made of.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval, the best first.
        index: where clauses and documents are looked up.
        as_of: the day of asking.

    Returns:
        The material; without evidence where nothing can be quoted.
    """
    evidence = choose_evidence(query, ranked, index)
    conflict = None
    if len(evidence) == 1 and not query.documents:  # who names a document means that one
        conflict = find_conflict(evidence[0], ranked, index)
    if conflict:
        clause_id, span = conflict
        evidence = (*evidence, *placed_evidence(index, index.clauses[clause_id], [span], 0.5))
    texts = [index.clauses[item.clause_id].text for item in evidence]
    quotes = [_quotes(item, text) for item, text in zip(evidence, texts, strict=True)]
    citations = tuple(
        cite(index, item.clause_id, quoted, as_of, query.language)
        for item, quoted in zip(evidence, quotes, strict=True)
    )
    lead = texts[0][slice(*evidence[0].sentences[0])] if evidence else ""
    return Material(
        evidence,
        citations,
        _applied(query, lead, quotes[0]) if evidence else None,
        conflict_note(citations[0], citations[-1], query.language) if conflict else None,
    )


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
        material = gather(query, ranked, index, as_of)
        statements = applied_statements(material)
        pairs = zip(material.evidence, material.citations, strict=True)
        for number, (item, citation) in enumerate(pairs, 1):
            lead = index.clauses[item.clause_id].text[slice(*item.sentences[0])]
            said = _said(citation.quotes, lead, citation, query, material.several)
            statements += [Statement(words, (number,)) for words in said]
        return finish_draft(statements, material.citations, material, query, index, as_of)


def applied_statements(material: Material) -> list[Statement]:
    """What the first citation's rule gives in the person's case, as the answer's first statement, if any."""
    return [Statement(material.applied.text, (1,), applied=True)] if material.applied else []


def finish_draft(
    statements: Sequence[Statement],
    citations: Sequence[Citation],
    material: Material,
    query: Query,
    index: ClauseSource,
    as_of: date,
) -> Draft:
    """Join statements with what belongs beside them: a table, computations, warnings, what else helps.

    Args:
        statements: what answers, with numbers into ``citations``.
        citations: what they cite.
        material: what they were made of.
        query: the question as understood.
        index: where clauses and documents are looked up.
        as_of: the day of asking.

    Returns:
        The draft.
    """
    computed = material.applied.note if material.applied else None
    expired = expired_note(citations, index, as_of, query.language)
    related = find_related(query, tuple(citations), index, as_of)
    notes = tuple(note for note in (computed, material.warning, expired) if note)
    comparison = compare(query, material.evidence, material.citations, citations)
    return Draft(tuple(statements), tuple(citations), related, notes, comparison)


def _applied(query: Query, lead: str, quotes: Sequence[str]) -> Applied | None:
    """What the lead sentence gives in the person's case, or else the one other rule that is quoted."""
    applied = apply_rule(query.standalone, "\n".join(quotes), query.language)
    if applied is None and len(quotes) + lead.count("。") > 1:
        applied = apply_rule(query.standalone, lead, query.language)
    return applied if applied and _known(applied, "\n".join((query.question, *quotes, lead))) else None


def _known(applied: Applied, text: str) -> bool:
    """Whether all figures stand in a text or follow from it: those of earlier turns may be another case's."""
    known = figures(text)
    results = recompute(applied.note.text, known) if applied.note else ()
    values = {figure.value for figure in (*known, *results)}
    return bool(results or not applied.note) and all(f.value in values for f in figures(applied.text))


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


def _said(quotes: Sequence[str], lead: str, citation: Citation, query: Query, several: bool) -> list[str]:
    """What is shown of one unit: the quotes; for an English question behind their figures in English."""
    line = figures_in_english(lead, query) if query.language == "en" else ""
    framed = [framed_quote(q, citation, query, several and n == 0) for n, q in enumerate(quotes)]
    return [*([line] if line else []), *framed]


def framed_quote(quote: str, citation: Citation, query: Query, placed: bool) -> str:
    """A clause's own words as a statement.

    Args:
        quote: the words.
        citation: what they are from.
        query: the question; for an English one they stand in an English frame.
        placed: whether the place is named, to be told from another.

    Returns:
        The statement.
    """
    if query.language == "en":
        return frame(quote, citation)
    place = short_name(citation.zone, "zh") if placed else ""
    return f"{place}：{quote}" if place else quote
