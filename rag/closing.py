"""Questions about a policy itself: since when, until when it holds, and who explains it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.types import ClauseKind, Document
from rag.pieces import cut, states
from rag.types import ClauseSource, Evidence, Fact, Query, Ranked

_EXPLAINS = re.compile("解释|疑问|interpret|explain")
_MOST_DOCUMENTS = 3


def closing_evidence(query: Query, ranked: Sequence[Ranked], source: ClauseSource) -> tuple[Evidence, ...]:
    """The closing provisions that answer a question about a policy's validity or explanation.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval; the first names the document where the question names none.
        source: where clauses and documents are looked up.

    Returns:
        The sentences of the documents' own closing provisions; empty where the question asks something
        else or the documents do not say it.
    """
    explains = Fact.OFFICE in query.facts and bool(_EXPLAINS.search(query.folded))
    holds = Fact.VALIDITY in query.facts
    if not explains and not holds:
        return ()
    found: dict[str, tuple[tuple[int, int], ...]] = {}
    for document in _documents(query, ranked, source):
        for clause_id in _clauses(document, holds, explains):
            if clause_id in source.clauses:
                found[clause_id] = _sentences(source.clauses[clause_id].text, clause_id, holds, explains)
    return tuple(Evidence(i, spans, 1.0) for i, spans in found.items() if spans)


def telephone_evidence(query: Query, ranked: Sequence[Ranked], source: ClauseSource) -> tuple[Evidence, ...]:
    """The telephone number of a policy as a whole, where none of the clauses found states one.

    Args:
        query: the question as understood.
        ranked: clauses from retrieval; the first names the document where the question names none.
        source: where clauses and documents are looked up.

    Returns:
        The sentence that states the number; empty where a telephone is not what is asked, a clause found
        states one, or the documents of the place state none or several.
    """
    if query.facts[:1] != (Fact.PHONE,):
        return ()
    if any(states(Fact.PHONE, source.clauses[r.clause_id].text) for r in ranked):
        return ()
    documents = query.documents or query.local or tuple(d.id for d in _documents(query, ranked, source))
    stating = [
        clause
        for document in documents
        for clause in source.clauses_of(document)
        if clause.kind is not ClauseKind.PARAGRAPH and states(Fact.PHONE, clause.text)
    ]
    if len(stating) != 1:
        return ()
    pieces = [p for p in cut(stating[0].id, stating[0].text) if states(Fact.PHONE, p.text)]
    return (Evidence(stating[0].id, tuple((p.start, p.end) for p in pieces), 1.0),)


def _documents(query: Query, ranked: Sequence[Ranked], source: ClauseSource) -> list[Document]:
    """The documents that the question is about."""
    ids = [d for d in query.documents if d in source.documents]
    if not ids:
        best = {source.clauses[r.clause_id].zone: r for r in reversed(ranked)}  # of each place
        meant = [best[z] for z in query.zones if z in best] if len(query.zones) > 1 else list(ranked[:1])
        ids = [source.clauses[r.clause_id].document for r in meant]
    return [source.documents[i] for i in ids[:_MOST_DOCUMENTS]]


def _clauses(document: Document, holds: bool, explains: bool) -> list[str]:
    """Ids of the clauses that state what is asked, each once."""
    wanted = []
    if explains:
        wanted.append(document.interpreting_clause)
    if holds:
        wanted += [document.expires_clause, document.effective_clause]
    return list(dict.fromkeys(i for i in wanted if i))


def _sentences(text: str, clause_id: str, holds: bool, explains: bool) -> tuple[tuple[int, int], ...]:
    """The sentences of a closing provision that state what is asked."""
    pieces = [p for p in cut(clause_id, text) if not p.heading]
    return tuple(
        (p.start, p.end)
        for p in pieces
        if (holds and states(Fact.VALIDITY, p.text)) or (explains and "解释" in p.text)
    )
