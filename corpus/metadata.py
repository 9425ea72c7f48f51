"""What a document and its clauses say of themselves: dates, offices, contacts, references."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from corpus.dates import last_day
from corpus.issue import read_issue
from corpus.offices import find_contacts, find_responsible
from corpus.provisions import Provisions, read_provisions
from corpus.references import Mention, Outline, as_references, find_mentions, own_words
from corpus.text import squash
from corpus.titles import Titles, abbreviations, cited_numbers, implemented_title
from corpus.types import Clause, ClauseKind, Corpus, Document, Reference


def enrich(document: Document, clauses: Sequence[Clause]) -> tuple[Document, tuple[Clause, ...]]:
    """Adds what a document's own words say: particulars of issue, validity, offices and contacts.

    Args:
        document: the document; what is known of it already is kept.
        clauses: all its clauses and paragraph units, in order.

    Returns:
        The document with its metadata, and the clauses with responsible offices and contacts.
    """
    issue = read_issue(document.title, clauses)
    provisions = read_provisions(clauses)
    known = replace(
        document,
        issuer=document.issuer or issue.issuer,
        doc_number=document.doc_number or issue.doc_number,
        issued=document.issued or issue.issued,
    )
    found = tuple(
        replace(c, responsible=find_responsible(c.text), contacts=find_contacts(c.text)) for c in clauses
    )
    return _with_provisions(known, provisions), found


def _with_provisions(document: Document, provisions: Provisions) -> Document:
    start, term, explained = provisions.effective, provisions.validity, provisions.interpretation
    effective, expires = document.effective, document.expires
    if start and effective is None:
        effective = document.issued if start.since_issue else start.day
    if term and expires is None:
        base = document.issued if term.since_issue else effective
        expires = term.day or (last_day(base, term.words) if base else None)
    if effective and expires and expires < effective:
        effective = expires = None  # one of the two was misread or misprinted
    return replace(
        document,
        effective=effective,
        expires=expires,
        effective_text=start.words if start else document.effective_text,
        effective_clause=start.clause if start else document.effective_clause,
        validity=term.words if term else document.validity,
        expires_clause=term.clause if term else document.expires_clause,
        interpreting_department=explained.words if explained else document.interpreting_department,
        interpreting_clause=explained.clause if explained else document.interpreting_clause,
    )


def resolve_references(corpus: Corpus) -> Corpus:
    """Finds every mention of a clause or document and resolves it to an id where it is certain.

    Args:
        corpus: all documents that mentions may mean.

    Returns:
        The same corpus with the references of every clause; ``target`` is empty for what is not in it. A
        document that does not state its own 文号 gets the one by which another document cites it.
    """
    titles = Titles(corpus.documents)
    own: dict[str, list[Clause]] = {document.id: [] for document in corpus.documents}
    for clause in corpus.clauses:
        own.setdefault(clause.document, []).append(clause)
    outlines = {name: Outline(clauses) for name, clauses in own.items()}
    resolvers = {d.id: _Resolver(d, own[d.id], titles, outlines) for d in corpus.documents}
    clauses = tuple(
        replace(c, references=resolvers[c.document].references(c)) if c.document in resolvers else c
        for c in corpus.clauses
    )
    numbers = {found.id: number for r in resolvers.values() for found, number in r.cited_numbers()}
    documents = tuple(
        replace(d, doc_number=numbers[d.id]) if d.id in numbers and not d.doc_number else d
        for d in corpus.documents
    )
    return replace(corpus, documents=documents, clauses=clauses)


class _Resolver:
    """Resolves the mentions in one document."""

    def __init__(
        self, document: Document, clauses: Sequence[Clause], titles: Titles, outlines: dict[str, Outline]
    ) -> None:
        self._document = document
        self._titles = titles
        self._outlines = outlines
        self._short = abbreviations(clauses)
        self._before = _previous(clauses)
        self._clauses = clauses
        title = implemented_title(document.title)
        self._implemented = titles.find(title, document) if title else None
        self._headings = outlines[self._implemented.id].headings() if self._implemented else {}

    def references(self, clause: Clause) -> tuple[Reference, ...]:
        mentions = [(m, self._target(m, clause)) for m in find_mentions(own_words(clause))]
        kept = [(m, target) for m, target in mentions if target != self._document.id and target != clause.id]
        return as_references([*kept, *self._pointing_back(clause), *self._carried_out(clause)])

    def cited_numbers(self) -> list[tuple[Document, str]]:
        """Documents of the collection that this one cites with their 文号."""
        cited = [pair for c in self._clauses for pair in cited_numbers(c.text)]
        found = [(self._titles.find(title, self._document), number) for title, number in cited]
        return [(document, number) for document, number in found if document is not None]

    def _target(self, mention: Mention, clause: Clause) -> str:
        if not mention.title:
            return self._find_here(mention, clause)
        meant = self._titles.find(self._short.get(squash(mention.title), mention.title), self._document)
        if meant is None:
            return ""
        return self._outlines[meant.id].find(mention.steps) if mention.steps else meant.id

    def _find_here(self, mention: Mention, clause: Clause) -> str:
        here = self._outlines[self._document.id]
        elsewhere = self._implemented and mention.steps[0].level == "条" and not here.has_articles
        if self._implemented and elsewhere:
            return self._outlines[self._implemented.id].find(mention.steps)
        return here.find(mention.steps, clause)

    def _carried_out(self, clause: Clause) -> list[tuple[Mention, str]]:
        """The clause of the implemented document that has the same heading."""
        target = self._headings.get(squash(clause.heading), "") if clause.heading else ""
        return [(Mention(clause.heading, "", ()), target)] if target else []

    def _pointing_back(self, clause: Clause) -> list[tuple[Mention, str]]:
        match = re.match(r"[^，。；]{0,6}?(前款|前条|上述|前述|上款)", own_words(clause).lstrip())
        before = self._before.get(clause.id, "")
        return [(Mention(match[1], "", ()), before)] if match and before else []


def _previous(clauses: Iterable[Clause]) -> dict[str, str]:
    """For each clause the id of the one before it on its level, or of the one above it for the first."""
    last: dict[tuple[str, bool], str] = {}
    before: dict[str, str] = {}
    for clause in clauses:
        level = (clause.parent, clause.kind is ClauseKind.PARAGRAPH)
        before[clause.id] = last.get(level, clause.parent)
        last[level] = clause.id
    return before
