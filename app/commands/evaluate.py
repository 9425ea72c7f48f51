"""``policyqa eval``: citation accuracy on a set of questions."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options import AsOfOption, IndexOption, JsonOption, as_date, index_dir

if TYPE_CHECKING:
    from eval.metrics import Metric

app = typer.Typer(help="Measure citation accuracy.")


@app.callback()
def _group() -> None:
    """Keeps ``run`` a command of a group."""


@app.command()
def run(
    set_name: Annotated[str, typer.Option("--set", help="A shipped question set: dev or test.")] = "dev",
    questions: Annotated[
        list[Path] | None,
        typer.Option("--questions", help="Question files, not a set.", metavar="FILE"),
    ] = None,
    index: IndexOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question set and print how often the right clause is cited."""
    from app.console import print_json, print_table, progress_bar
    from eval.run import evaluate
    from eval.sets import set_files
    from rag.engine import PolicyQA

    paths = questions or set_files(set_name)
    engine = PolicyQA.from_path(index_dir(index))
    with progress_bar("evaluate") as update:
        table = evaluate(engine, paths, as_date(as_of), update)
    if as_json:
        print_json({row: {k: m and asdict(m) for k, m in metrics.items()} for row, metrics in table.items()})
        return
    names = list(table)
    for first in range(0, len(names), 3):  # three columns of figures fit a terminal
        part = names[first : first + 3]
        print_table(("", *part), ((key, *(_cell(table[name][key]) for name in part)) for key in table["all"]))


def _cell(metric: Metric | None) -> str:
    """A figure with its 95 % interval and its number of questions."""
    return f"{metric.value:.3f} [{metric.low:.2f}, {metric.high:.2f}] n={metric.n}" if metric else "–"
