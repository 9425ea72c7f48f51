"""``policyqa search``: ranked clauses without an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options import (
    AsOfOption,
    IndexOption,
    InForceOption,
    JsonOption,
    ZoneOption,
    one_or_file,
    open_engine,
    to_filters,
)
from app.console import beginning, print_json, print_message, print_table, progress_bar


def search(
    question: Annotated[str | None, typer.Argument(help="The question, in Chinese or English.")] = None,
    questions: Annotated[
        Path | None,
        typer.Option("--questions", help="Search for a .jsonl file of questions.", metavar="FILE"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Where the results for --questions go.", metavar="OUT")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="How many clauses.", metavar="K")] = 10,
    zone: ZoneOption = None,
    in_force: InForceOption = False,
    index: IndexOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the clauses nearest to a question."""
    files = one_or_file(question, questions, output, zone, in_force)
    engine = open_engine(index)
    filters = to_filters(engine, zone, in_force, as_of)
    if files is not None:
        from rag.batch import search_file

        with progress_bar("searching") as progress:
            count = search_file(engine, *files, top, progress)
        print_message(f"policyqa: {count} results in {output}")
        return
    found = engine.search(question or "", top=top, filters=filters)
    if as_json:
        for candidate in found:
            print_json(
                {
                    "clause_id": candidate.clause_id,
                    "document": candidate.document,
                    "text": candidate.text,
                    "score": candidate.score,
                }
            )
        return
    print_table(
        ("score", "clause", "text"),
        ((f"{c.score:.3f}", engine.clause(c.clause_id).label, beginning(c.text)) for c in found),
    )
