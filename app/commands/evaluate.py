"""``policyqa eval``: citation accuracy on a set of questions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options import (
    AsOfOption,
    Generator,
    GeneratorOption,
    IndexOption,
    JsonOption,
    as_date,
    index_dir,
    open_cross_encoders,
    open_generator,
)
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from eval.metrics import Table
    from eval.run import Run

app = typer.Typer(help="Measure citation accuracy.")

SetOption = Annotated[str, typer.Option("--set", help="A shipped question set: dev or test.")]
QuestionsOption = Annotated[
    list[Path] | None, typer.Option("--questions", help="Question files, not a set.", metavar="FILE...")
]
MoreArgument = Annotated[list[Path] | None, typer.Argument(help="More question files.", metavar="[FILE...]")]


@app.command()
def run(
    more: MoreArgument = None,
    set_name: SetOption = "dev",
    questions: QuestionsOption = None,
    index: IndexOption = None,
    as_of: AsOfOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Where the run goes (else var/runs/TIME).", metavar="DIR")
    ] = None,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="Measure simpler systems on the same questions too.")
    ] = False,
    generator: GeneratorOption = Generator.EXTRACTIVE,
    as_json: JsonOption = False,
) -> None:
    """Answer a question set, print how often the right clause is cited, and save a report."""
    from app.console import print_json, print_message, progress_bar
    from eval.metrics import tabulate
    from eval.run import evaluate
    from eval.saved import REPORT, check_free, save_run
    from eval.sets import set_files

    paths = [*(questions or ()), *(more or ())] or set_files(set_name)
    folder = output or _new_folder()
    check_free(folder)
    writer, cross_encoders = open_generator(generator), open_cross_encoders()
    with progress_bar("evaluate") as update:
        done = evaluate(
            index_dir(index),
            paths,
            as_date(as_of),
            baselines=baselines,
            writer=writer,
            cross_encoders=cross_encoders,
            progress=update,
        )
    save_run(done, folder)
    table = tabulate(done.scores)
    if as_json:
        simpler = {name: _plain(tabulate(scores)) for name, scores in done.baselines.items()}
        print_json({"run": str(folder), "rows": _plain(table), "baselines": simpler})
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


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(help="A saved run.", metavar="RUN")],
    after: Annotated[Path, typer.Argument(help="A later run of the same questions.", metavar="RUN")],
    as_json: JsonOption = False,
) -> None:
    """Show what changed between two runs, and whether by more than chance."""
    from app.console import print_json, print_line, print_table
    from eval.compare import compare_scores, find_causes, find_changes, pair_scores
    from eval.saved import load_run
    from eval.summary import show_changes, show_differences

    runs = load_run(before), load_run(after)
    paired = pair_scores(*runs)
    differences, changes = compare_scores(*paired), find_changes(*paired)
    causes = list(find_causes(runs[0].manifest, runs[1].manifest))
    if as_json:
        rows = [asdict(d) | {"measure": d.measure.name} for d in differences]
        moved = [
            {"id": c.score.gold.id, "before": c.before and c.before.value, "after": c.after and c.after.value}
            for c in changes
        ]
        print_json({"questions": len(paired[0]), "causes": causes, "measures": rows, "changed": moved})
        return
    print_line(f"{len(paired[0])} questions in both runs, which differ in:")
    for cause in causes or ["nothing that their manifests name"]:
        print_line(f"  {cause}")
    print_table(*show_differences(differences))
    if changes:
        print_table(*show_changes(changes))
    else:
        print_line("no answer went from right to wrong or from wrong to right")


@app.command()
def gate(set_name: SetOption = "dev", index: IndexOption = None, as_of: AsOfOption = None) -> None:
    """Hold a question set's figures against the floors in eval/floors.toml; exit status 1 below one."""
    from app.console import print_line, print_table, progress_bar
    from eval.gate import hold, load_floors
    from eval.metrics import tabulate
    from eval.run import evaluate
    from eval.sets import set_files
    from eval.summary import show_floors

    floors = load_floors(set_name)
    with progress_bar("evaluate") as update:
        run = evaluate(
            index_dir(index), set_files(set_name), as_date(as_of), counterfactual=False, progress=update
        )
    held = list(hold(tabulate(run.scores), floors))
    print_table(*show_floors(held))
    if failed := sum(not one.kept for one in held):
        print_line(f"{failed} of {len(held)} floors not kept")
        raise typer.Exit(1)
    print_line(f"all {len(held)} floors kept")


@app.command()
def threshold(
    more: MoreArgument = None,
    set_name: SetOption = "dev",
    questions: QuestionsOption = None,
    write: Annotated[
        Path | None, typer.Option("--write", help="Write the parameters as TOML.", metavar="FILE")
    ] = None,
) -> None:
    """Fit the rule by which a question is refused, over the compendium, and explain its threshold."""
    from app.console import print_line, print_message, print_table, progress_bar
    from corpus.collection import shipped_corpus
    from embeddings.encoder import Encoder
    from eval.sets import load_golds, set_files
    from eval.signals import read_both
    from eval.summary import explain_choice, show_points, show_weights
    from eval.threshold import Fit, choose, load_shipped, to_toml

    golds = load_golds([*(questions or ()), *(more or ())] or set_files(set_name))
    with progress_bar("reading signals") as update:
        fit = Fit(*read_both(shipped_corpus(), golds, Encoder.load(), update), load_shipped())
    points = fit.trace()
    chosen = choose(points)
    print_table(*show_points(points, chosen))
    for line in explain_choice(fit, chosen):
        print_line(line)
    print_table(*show_weights(fit))
    if write is not None:
        write.write_text(to_toml(fit, chosen), encoding="utf-8")
        print_message(f"policyqa: the parameters are in {write}")


def _plain(table: Table) -> dict[str, dict[str, object]]:
    """A table ready for JSON."""
    return {row: {k: m and asdict(m) for k, m in metrics.items()} for row, metrics in table.items()}


def _print_summary(run: Run, table: Table) -> None:
    from app.console import print_table
    from eval.summary import by_kind, by_system, summarise

    for heads, rows in (summarise(table), by_kind(table)):
        print_table(heads, rows)
    if run.baselines:
        print_table(*by_system(run.scores, run.baselines))


def _new_folder() -> Path:
    """A folder named by the time, beside the default index."""
    from app.settings import default_index_dir

    return default_index_dir().parent / "runs" / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
