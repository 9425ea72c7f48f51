"""Checks every statement of every generator against the clauses that it cites.

A statement passes only where its citations resolve, its quotes are verbatim, each of its figures stands in
the cited words in the same role or is a shown computation, and it names no other document or article.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from corpus.text import squash
from corpus.types import Clause
from rag.computing import recompute
from rag.figures import Figure, figures, unsupported
from rag.pieces import SHORTEST_QUOTE
from rag.roles import QUOTED, check_given, check_roles
from rag.types import Citation, ClauseSource, Comparison, Draft, Note, Query, Related, Row, Statement

_TITLE = re.compile(r"《([^《》]{2,})》")
_ARTICLE = re.compile(r"第\s*[〇零一二三四五六七八九十百\d]+\s*[条章节]")


@dataclass(frozen=True, slots=True)
class Failure:
    """A statement that is not shown as fact, and why."""

    text: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """What is left of a draft after verification.

    Attributes:
        draft: the statements, related facts and computations that passed, with the citations they use; a
            statement that its writer could not vouch for stays unverified. The comparison stays only where
            every cell of it holds.
        failures: what did not pass.
    """

    draft: Draft
    failures: tuple[Failure, ...]


def verify(draft: Draft, index: ClauseSource, query: Query) -> Verification:
    """Keep of a draft what its citations prove.

    Args:
        draft: what a generator wrote.
        index: where the cited clauses are looked up.
        query: the question; figures that the person stated may be repeated.

    Returns:
        The verified draft, its citations renumbered, and what failed.
    """
    failures: list[Failure] = []
    passed: list[Statement] = []
    for statement in draft.statements:
        reasons = check_statement(statement, draft.citations, index, query, draft.notes)
        if reasons:
            failures.append(Failure(statement.text, reasons))
        else:
            passed.append(statement)
    related: list[Related] = []
    for item in draft.related:
        reasons = _check_related(item, index)
        if reasons:
            failures.append(Failure(item.text, reasons))
        else:
            related.append(item)
    kept = sorted({n for s in passed for n in s.citations})
    renumbered = {old: new for new, old in enumerate(kept, 1)}
    citations = tuple(draft.citations[n - 1] for n in kept)
    statements = tuple(replace(s, citations=tuple(renumbered[n] for n in s.citations)) for s in passed)
    notes = tuple(n for n in draft.notes if _note_holds(n, citations, query))
    comparison = _checked_comparison(draft, renumbered, index, query)
    return Verification(Draft(statements, citations, tuple(related), notes, comparison), tuple(failures))


def check_statement(
    statement: Statement,
    citations: Sequence[Citation],
    index: ClauseSource,
    query: Query,
    notes: Sequence[Note] = (),
) -> tuple[str, ...]:
    """Check one statement.

    Args:
        statement: the statement.
        citations: the citations that its numbers count into.
        index: where the cited clauses are looked up.
        query: the question.
        notes: computations shown beside the statement.

    Returns:
        The reasons why it fails; empty where it passes.
    """
    if not statement.citations:
        return ("cites nothing",)
    if any(not 1 <= n <= len(citations) for n in statement.citations):
        return ("cites a number that does not exist",)
    cited = [citations[n - 1] for n in statement.citations]
    reasons = [reason for c in cited for reason in _check_citation(c, index)]
    if not statement.text.strip():
        reasons.append("says nothing")
    reasons += _check_quoted_words(statement.text, cited)
    reasons += _check_names(statement.text, cited)
    reasons += _check_figures(statement.text, cited, query, notes)
    return tuple(dict.fromkeys(reasons))


def _check_citation(citation: Citation, index: ClauseSource) -> list[str]:
    """Whether a citation is its clause's, word for word."""
    unit = index.clauses.get(citation.clause_id)
    if unit is None:
        return [f"clause {citation.clause_id} is not in the index"]
    reasons = []
    if citation.text != unit.text:
        reasons.append("the cited text is not the clause's text")
    if citation.label != unit.label or citation.document != unit.document:
        reasons.append("the label is not the clause's label")
    if citation.lead_in and not _stands_above(citation.lead_in, unit, index):
        reasons.append("the lead-in does not stand above the clause")
    for quote in citation.quotes or (citation.quote,):
        if len(squash(quote)) < min(SHORTEST_QUOTE, len(squash(unit.text))) or quote not in unit.text:
            reasons.append("the quote is not verbatim")
        elif _cuts_a_figure(quote, unit.text):
            reasons.append("the quote cuts a figure")
    return reasons


def _stands_above(words: str, unit: Clause, index: ClauseSource) -> bool:
    """Whether words stand in a unit above another."""
    above = index.clauses.get(unit.parent)
    while above is not None:
        if words in above.text:
            return True
        above = index.clauses.get(above.parent)
    return False


def _cuts_a_figure(quote: str, text: str) -> bool:
    """Whether a quote begins or ends in the middle of a figure wherever it stands."""
    spans = [(f.start, f.end) for f in figures(text)]
    position = text.find(quote)
    while position >= 0:
        end = position + len(quote)
        if not any(a < edge < b for a, b in spans for edge in (position, end)):
            return False
        position = text.find(quote, position + 1)
    return True


def _check_quoted_words(text: str, cited: Sequence[Citation]) -> list[str]:
    """Words in quotation marks must stand in the cited text."""
    sources = [squash(c.lead_in + c.text) for c in cited]
    for match in QUOTED.finditer(text):
        words = squash(next(g for g in match.groups() if g))
        if words and not any(words in s for s in sources):
            return ["words in quotation marks are not in the cited text"]
    return []


def _check_names(text: str, cited: Sequence[Citation]) -> list[str]:
    """Titles and article numbers must be those of the cited clauses."""
    sources = [squash(f"{c.label}\n{c.title}\n{''.join(c.path)}\n{c.lead_in}\n{c.text}") for c in cited]
    reasons = []
    for match in _TITLE.finditer(text):
        if not any(squash(match[1]) in s for s in sources):
            reasons.append(f"《{match[1]}》 is not the cited document")
    for match in _ARTICLE.finditer(text):
        if not any(squash(match[0]) in s for s in sources):
            reasons.append(f"{match[0]} is not the cited clause")
    return reasons


def _check_figures(text: str, cited: Sequence[Citation], query: Query, notes: Sequence[Note]) -> list[str]:
    """Every figure stands in the cited words, in the question or in a computation that is right."""
    text = _TITLE.sub(lambda m: " " * len(m[0]), text)  # a title is held against the cited ones as a whole
    claimed = figures(text)
    if not claimed:
        return []
    in_clauses = [f for c in cited for f in figures(f"{c.lead_in}\n{c.text}")]
    asked = [*figures(query.standalone), *figures(query.question)]
    results: list[Figure] = []
    for note in notes:
        if note.kind == "computed" and (right := recompute(note.text, in_clauses + asked)):
            results += right
            text = text.replace(note.text, "=")
    claimed = figures(text)
    missing = unsupported(claimed, in_clauses + asked + results)
    reasons = [f"{text[f.start : f.end].strip()} does not stand in the cited text" for f in missing]
    texts = [f"{c.lead_in}\n{c.text}" for c in cited]
    return reasons or check_given(text, results, texts) + check_roles(text, texts)


def _check_related(item: Related, index: ClauseSource) -> tuple[str, ...]:
    """A related fact is held to the same rules, without the question; it may open the list below it."""
    reasons = _check_citation(item.citation, index)
    reasons += _check_names(item.text, [item.citation])
    below = [c.text for c in index.children(item.citation.clause_id)]
    stated = figures("\n".join([item.citation.lead_in, item.citation.text, *below]))
    missing = unsupported(figures(item.text), stated)
    reasons += [f"{item.text[f.start : f.end]} does not stand in the cited text" for f in missing]
    return tuple(reasons)


def _checked_comparison(
    draft: Draft, renumbered: Mapping[int, int], index: ClauseSource, query: Query
) -> Comparison | None:
    """The rows of a draft's comparison whose citations are kept; None where a cell is not the clause's."""
    if draft.comparison is None:
        return None
    rows = [row for row in draft.comparison.rows if row.citation in renumbered]
    if not rows or not all(_row_holds(row, draft.citations, index, query) for row in rows):
        return None
    kept = tuple(replace(row, citation=renumbered[row.citation]) for row in rows)
    return replace(draft.comparison, rows=kept)


def _row_holds(row: Row, citations: Sequence[Citation], index: ClauseSource, query: Query) -> bool:
    """Whether every cell of a row stands in its clause word for word; its English has no other figure."""
    text = citations[row.citation - 1].text
    cells = [cell for cell in (row.amount, row.condition, *row.words) if cell]
    if not cells or any(cell not in text or _cuts_a_figure(cell, text) for cell in cells):
        return False
    english = Statement(row.english, (row.citation,))
    return not row.english or not check_statement(english, citations, index, query)


def _note_holds(note: Note, citations: Sequence[Citation], query: Query) -> bool:
    """A computation stays only where its inputs are known and it recomputes right."""
    if note.kind != "computed":
        return True
    known = [f for c in citations for f in figures(f"{c.lead_in}\n{c.text}")]
    known += list(figures(query.standalone)) + list(figures(query.question))
    return bool(recompute(note.text, known))
