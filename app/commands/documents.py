"""``policyqa documents``: adding, replacing and removing the documents that are answered from."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.index import load_encoder, show_report
from app.commands.options import DeviceOption, IndexOption, JsonOption, index_dir
from app.console import beginning, print_json, print_message, print_table
from corpus.errors import SourceError

if TYPE_CHECKING:
    from app.documents.library import Draft, Library

app = typer.Typer(help="Add, replace and remove documents; running servers take it up by themselves.")

_FileArgument = Annotated[Path, typer.Argument(help="A .pdf, .docx, .html, .md or .txt file.")]


@app.command("list")
def show(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """List the documents."""
    from corpus.records import document_row

    found = _library(index).held.documents.values()
    if as_json:
        for document in found:
            print_json(document_row(document))
        return
    print_table(("id", "title", "zone", "file"), ((d.id, d.title, d.zone, d.source) for d in found))


@app.command()
def preview(file: _FileArgument, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Show how a file is cut into clauses, and what to know before it is added; nothing is changed."""
    from corpus.records import clause_row

    draft = _read(_library(index), file)
    clauses = draft.upload.corpus.clauses
    if as_json:
        for clause in clauses:
            print_json(clause_row(clause))
        return
    print_table(("label", "kind", "text"), ((c.label, c.kind.value, beginning(c.text)) for c in clauses))


@app.command()
def add(
    file: _FileArgument, index: IndexOption = None, device: DeviceOption = "auto", as_json: JsonOption = False
) -> None:
    """Answer from a file too."""
    library = _library(index, device)
    report = library.publish(_read(library, file), _person())
    show_report(report, index_dir(index), as_json)


@app.command()
def replace(
    document: Annotated[str, typer.Argument(help="Id of the document that is replaced.", metavar="ID")],
    file: _FileArgument,
    index: IndexOption = None,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Answer from a file instead of a document, in one step."""
    library = _library(index, device)
    report = library.publish(_read(library, file), _person(), document)
    show_report(report, index_dir(index), as_json)


@app.command()
def remove(
    ids: Annotated[list[str], typer.Argument(help="Ids of documents.", metavar="ID...")],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer no more from some documents."""
    show_report(_library(index).remove(ids, _person()), index_dir(index), as_json)


@app.command()
def rollback(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Go back to the state before the last change of the index; again undoes it."""
    show_report(_library(index).roll_back(_person()), index_dir(index), as_json)


@app.command()
def audit(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Show who changed what, the newest first."""
    rows = _library(index).audit.last()
    if as_json:
        for row in rows:
            print_json(row)
        return
    heads = ("at", "person", "action", "documents", "file")
    print_table(
        heads,
        (
            (row["at"], row["person"], row["action"], " ".join(row.get("documents", ())), row.get("file", ""))
            for row in rows
        ),
    )


def _library(index: Path | None, device: str = "auto") -> Library:
    from app.documents.audit import Audit
    from app.documents.library import Library
    from app.settings import load_settings
    from embeddings.index import Index

    folder = index_dir(index)
    held = Index.open(folder)
    model = held.manifest.model.name
    return Library(held, folder, lambda: load_encoder(model, device), Audit(load_settings().data))


def _read(library: Library, file: Path) -> Draft:
    """The file as it would be answered from; what to know of it goes to stderr."""
    from app.i18n import messages

    try:
        data = file.read_bytes()
    except (OSError, ValueError) as error:
        raise SourceError(f"{file}: cannot be read ({getattr(error, 'strerror', '') or error})") from None
    draft = library.read(data, file.name)
    for remark in draft.remarks:
        print_message(f"policyqa: {draft.upload.name}: {remark.told(messages('en'))}")
    return draft


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
