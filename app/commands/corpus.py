"""``policyqa corpus``: what the collection holds, and changing it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.check import check
from app.commands.enrich import enrich
from app.commands.index import load_corpus, load_encoder, show_report
from app.commands.options import DeviceOption, IndexOption, JsonOption, index_dir
from app.console import beginning, print_json, print_table, progress_bar
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from corpus.types import Clause, Document

app = typer.Typer(help="Show and change what is answered from.")
app.command()(check)
app.command()(enrich)


@app.command()
def documents(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """List the documents."""
    from corpus.records import document_row

    found, _ = _collection(index)
    if as_json:
        for document in found:
            print_json(document_row(document))
        return
    print_table(
        ("id", "title", "zone", "in effect", "until"),
        ((d.id, d.title, d.zone, str(d.effective or d.issued or ""), str(d.expires or "")) for d in found),
    )


@app.command()
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
            raise PolicyQAError(f"no document {document}; policyqa corpus documents lists them")
        found = [clause for clause in found if clause.document == document]
    if as_json:
        for clause in found:
            print_json(clause_row(clause))
        return
    print_table(("id", "label", "text"), ((c.id, c.label, beginning(c.text)) for c in found))


@app.command()
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.", metavar="PATH...")],
    index: IndexOption = None,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Add documents to an index."""
    from embeddings.build import add_documents
    from embeddings.manifest import read_manifest

    folder = index_dir(index)
    model = read_manifest(folder).model.name
    corpus = load_corpus(paths)
    with progress_bar("embedding passages") as progress:
        report = add_documents(corpus, folder, load_encoder(model, device), progress=progress)
    show_report(report, folder, as_json)


@app.command()
def remove(
    ids: Annotated[list[str], typer.Argument(help="Ids of documents.", metavar="ID...")],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove documents from an index."""
    from embeddings.build import remove_documents

    folder = index_dir(index)
    show_report(remove_documents(ids, folder), folder, as_json)


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
