"""``policyqa documents``: adding, replacing and removing the documents that are answered from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.index import load_encoder, show_report
from app.commands.listing import documents
from app.commands.options import DeviceOption, IndexOption, JsonOption, index_dir, person
from app.console import beginning, print_json, print_message, print_table, progress_bar

if TYPE_CHECKING:
    from app.documents.library import Draft, Library
    from embeddings.report import BuildReport

app = typer.Typer(help="Add, replace and remove documents; running servers take it up by themselves.")

app.command("list")(documents)

_FileArgument = Annotated[Path, typer.Argument(help="A .pdf, .docx, .html, .md, .txt or .jsonl file.")]


@app.command()
def preview(file: _FileArgument, index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Show how a file is cut into clauses, and what to know before it is added; nothing is changed."""
    from corpus.records import clause_row

    (draft,) = _read(_library(index), [file])
    clauses = draft.upload.corpus.clauses
    if as_json:
        for clause in clauses:
            print_json(clause_row(clause))
        return
    print_table(("label", "kind", "text"), ((c.label, c.kind.value, beginning(c.text)) for c in clauses))


@app.command()
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.", metavar="PATH...")],
    index: IndexOption = None,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Answer from files too, all in one step; in folders, what cannot be used is skipped."""
    show_report(_publish(_library(index, device), paths), index_dir(index), as_json)


@app.command()
def replace(
    document: Annotated[str, typer.Argument(help="Id of the document that is replaced.", metavar="ID")],
    file: _FileArgument,
    index: IndexOption = None,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Answer from a file instead of a document, in one step."""
    show_report(_publish(_library(index, device), [file], document), index_dir(index), as_json)


@app.command()
def remove(
    ids: Annotated[list[str], typer.Argument(help="Ids of documents.", metavar="ID...")],
    index: IndexOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer no more from some documents."""
    show_report(_library(index).remove(ids, person()), index_dir(index), as_json)


@app.command()
def rollback(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Go back to the state before the last change of the index; again undoes it."""
    show_report(_library(index).roll_back(person()), index_dir(index), as_json)


@app.command()
def audit(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Show who changed what, the newest first."""
    rows = _library(index).audit.last()
    if as_json:
        for row in rows:
            print_json(row)
        return
    print_table(("at", "person", "action", "documents", "files"), map(_audit_cells, rows))


def _audit_cells(row: dict[str, Any]) -> tuple[str, ...]:
    files = " ".join(file["name"] for file in row.get("files", ()))
    return row["at"], row["person"], row["action"], " ".join(row.get("documents", ())), files


def _library(index: Path | None, device: str = "auto") -> Library:
    from app.documents.audit import Audit
    from app.documents.library import Library
    from app.settings import load_settings
    from embeddings.index import Index

    folder = index_dir(index)
    held = Index.open(folder)
    model = held.manifest.model.name
    return Library(held, folder, lambda: load_encoder(model, device), Audit(load_settings().data))


def _publish(library: Library, paths: list[Path], replacing: str = "") -> BuildReport:
    drafts = _read(library, paths)
    with progress_bar("embedding passages") as progress:
        return library.publish(drafts, person(), replacing, progress)


def _read(library: Library, paths: list[Path]) -> list[Draft]:
    """The files as they would be answered from; what to know of them goes to stderr."""
    from app.documents.gathering import gather
    from app.i18n import messages

    gathered = gather(paths)
    for skipped in gathered.skipped:
        print_message(f"policyqa: skipped {skipped.path}: {skipped.reason}")
    drafts = library.drafts(gathered.uploads)
    for draft in drafts:
        for remark in draft.remarks:
            print_message(f"policyqa: {draft.upload.name}: {remark.told(messages('en'))}")
    return drafts
