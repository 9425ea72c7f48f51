"""Lists of what an index holds: documents, clauses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options import IndexOption, JsonOption, index_dir
from app.console import beginning, print_json, print_table
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from corpus.types import Clause, Document


def documents(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """List the documents."""
    from corpus.records import document_row

    found, _ = _collection(index)
    if as_json:
        for document in found:
            print_json(document_row(document))
        return
    print_table(
        ("id", "title", "zone", "in effect", "until", "file"),
        (
            (d.id, d.title, d.zone, str(d.effective or d.issued or ""), str(d.expires or ""), d.source)
            for d in found
        ),
    )


def clauses(
    document: Annotated[
        str | None, typer.Option("--document", help="Only the clauses of this document.", metavar="ID")
    ] = None,
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """List every clause and paragraph unit."""
    from corpus.records import clause_row

    found_documents, found = _collection(index)
    if document is not None:
        if document not in {d.id for d in found_documents}:
            raise PolicyQAError(f"no document {document}; policyqa documents list shows them")
        found = [clause for clause in found if clause.document == document]
    if as_json:
        for clause in found:
            print_json(clause_row(clause))
        return
    print_table(("id", "label", "text"), ((c.id, c.label, beginning(c.text)) for c in found))


def _collection(index: Path | None) -> tuple[list[Document], list[Clause]]:
    """What an index holds; where none is named and none is there, the shipped collection."""
    from embeddings.manifest import MANIFEST

    folder = index_dir(index)
    if index is None and not (folder / MANIFEST).exists():
        from corpus.collection import shipped_corpus

        corpus = shipped_corpus()
        return list(corpus.documents), list(corpus.clauses)
    from embeddings.index import Index

    snapshot = Index.open(folder)
    return list(snapshot.documents.values()), list(snapshot.clauses.values())
