"""``policyqa eval``: citation accuracy on a set of questions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options import AsOfOption, IndexOption, JsonOption, as_date, index_dir
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from eval.metrics import Table
    from eval.run import Run

app = typer.Typer(help="Measure citation accuracy.")

SetOption = Annotated[str, typer.Option("--set", help="A shipped question set: dev or test.")]


@app.command()
def run(
    set_name: SetOption = "dev",
    questions: Annotated[
        list[Path] | None,
        typer.Option("--questions", help="Question files, not a set.", metavar="FILE"),
    ] = None,
    index: IndexOption = None,
    as_of: AsOfOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Where the run goes (else var/runs/TIME).", metavar="DIR")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question set, print how often the right clause is cited, and save a report."""
    from app.console import print_json, print_message, progress_bar
    from eval.metrics import tabulate
    from eval.run import evaluate
    from eval.saved import REPORT, check_free, save_run
    from eval.sets import set_files

    paths = questions or set_files(set_name)
    folder = output or _new_folder()
    check_free(folder)
    with progress_bar("evaluate") as update:
        done = evaluate(index_dir(index), paths, as_date(as_of), progress=update)
    save_run(done, folder)
    table = tabulate(done.scores)
    if as_json:
        rows = {row: {k: m and asdict(m) for k, m in metrics.items()} for row, metrics in table.items()}
        print_json({"run": str(folder), "rows": rows})
    else:
        _print_summary(done, table)
    print_message(f"policyqa: {len(done.scores)} answers, scores and report in {folder / REPORT}")


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Question files, else all shipped ones.", metavar="[FILE...]")
    ] = None,
) -> None:
    """Check question files: their format, and that their evidence stands in the shipped compendium."""
    from app.console import print_line
    from corpus.collection import shipped_corpus
    from eval.sets import shipped_files
    from eval.validation import check_files

    paths = files or shipped_files()
    faults = check_files(paths, shipped_corpus())
    for fault in faults:
        print_line(fault)
    if faults:
        raise PolicyQAError(f"question files: {len(paths)}, faults: {len(faults)}")
    print_line(f"question files: {len(paths)}, faults: none")


def _print_summary(done: Run, table: Table) -> None:
    from app.console import print_table
    from eval.summary import by_kind, summarise

    for heads, rows in (summarise(table), by_kind(table)):
        print_table(heads, rows)


def _new_folder() -> Path:
    """A folder named by the time, beside the default index."""
    from app.settings import default_index_dir

    return default_index_dir().parent / "runs" / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
