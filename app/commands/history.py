"""``policyqa history``: how much is kept of what people asked, and deleting it for one of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options import JsonOption
from app.console import print_facts, print_line
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from app.history.store import HistoryStore

app = typer.Typer(help="Show how much is kept of what people asked, and delete what is kept of one of them.")


@app.command()
def info(as_json: JsonOption = False) -> None:
    """Show how much is kept, without a word of it."""
    print_facts(asdict(_store().figures()), as_json)


@app.command()
def delete(
    person: Annotated[
        str, typer.Option("--person", help="The name as single sign-on gives it.", metavar="NAME")
    ],
) -> None:
    """Delete everything that is kept of one person."""
    if not (questions := _store().delete_all(person)):
        raise PolicyQAError(f"nothing is kept of {person!r}: give the name exactly as single sign-on does")
    print_line(f"{questions} questions of {person} are deleted")


def _store() -> HistoryStore:
    from app.history.store import HistoryStore
    from app.settings import load_settings

    settings = load_settings()
    return HistoryStore(settings.data, settings.history_days)
