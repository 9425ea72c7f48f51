"""The command line ``policyqa``."""

from __future__ import annotations

import os
import sys

import typer

from app.commands import (
    ask,
    backup,
    config,
    corpus,
    documents,
    evaluate,
    feedback,
    history,
    index,
    info,
    keys,
    models,
    search,
    serve,
)
from app.console import prepare_streams, print_message
from corpus.errors import PolicyQAError

_FAILED = 2
_INTERRUPTED = 130
_STDOUT = 1

app = typer.Typer(
    name="policyqa",
    help="Answers questions about public policy, with the clause that says so for every statement.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.command("ask")(ask.ask)
app.command("search")(search.search)
app.command("info")(info.info)
app.add_typer(corpus.app, name="corpus")
app.add_typer(index.app, name="index")
app.add_typer(models.app, name="models")
app.add_typer(evaluate.app, name="eval")
app.add_typer(keys.app, name="keys")
app.add_typer(config.app, name="config")
app.add_typer(documents.app, name="documents")
app.add_typer(feedback.app, name="feedback")
app.add_typer(history.app, name="history")
app.command("backup")(backup.backup)


@app.callback(invoke_without_command=True)
def _root(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def _describe(error: BaseException) -> str:
    """One line that says what went wrong."""
    if isinstance(error, PolicyQAError):
        text = str(error)
    elif hasattr(error, "format_message"):  # a usage error: typer's, or click's under older typer
        text = f"{error.format_message()} (policyqa --help says how)"
    elif isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        text = f"{where}{error.strerror or error}"
    elif isinstance(error, MemoryError):
        text = "not enough memory"
    elif isinstance(error, RecursionError):
        text = "a file is nested too deeply to be read"
    else:
        text = f"internal error: {type(error).__name__}: {error} (POLICYQA_DEBUG=1 shows where)"
    return " ".join(text.split())


def main() -> None:
    """Run the command line; every failure is one line on stderr and exit status 2."""
    prepare_streams()
    try:
        status = app(standalone_mode=False)
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as error:
        # The reader of our output, such as head, has had enough; click and rich make an exit of it.
        if isinstance(error, SystemExit) and not isinstance(error.__context__, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)
        sys.exit(0)
    except Exception as error:
        if os.environ.get("POLICYQA_DEBUG"):
            raise
        print_message(f"policyqa: {_describe(error)}")
        sys.exit(_FAILED)
    if status == _INTERRUPTED:
        print_message("policyqa: stopped")
        sys.exit(_FAILED)
    sys.exit(status if isinstance(status, int) else 0)
