"""``policyqa ask``: one question, or a file of questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options import (
    AsOfOption,
    GeneratorOption,
    IndexOption,
    InForceOption,
    JsonOption,
    ZoneOption,
    one_or_file,
    open_engine,
    open_generator,
    to_filters,
)
from app.console import print_json, print_message, progress_bar


def ask(
    question: Annotated[str | None, typer.Argument(help="The question, in Chinese or English.")] = None,
    questions: Annotated[
        Path | None, typer.Option("--questions", help="Answer a .jsonl file of questions.", metavar="FILE")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Where the answers to --questions go.", metavar="OUT")
    ] = None,
    generator: GeneratorOption = None,
    zone: ZoneOption = None,
    in_force: InForceOption = False,
    index: IndexOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question, with the clause that says so for every statement."""
    files = one_or_file(question, questions, output, zone, in_force)
    engine = open_engine(index)
    engine.writer = open_generator(generator)
    filters = to_filters(engine, zone, in_force, as_of)
    if files is not None:
        from rag.batch import answer_file

        with progress_bar("answering") as progress:
            count = answer_file(engine, *files, filters.as_of, progress)
        print_message(f"policyqa: {count} answers in {output}")
        return
    answer = engine.ask(question or "", filters=filters)
    if as_json:
        from rag.batch import answer_row

        print_json(answer_row("", answer))
        return
    from app.terminal import print_answer

    print_answer(answer)
