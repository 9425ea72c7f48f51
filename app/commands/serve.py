"""``policyqa serve``: the chat and the clause pages over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.options import AsOfOption, IndexOption, as_date, open_engine
from app.console import print_message


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port; 0 takes any free one.", max=65535, min=0)
    ] = None,
    index: IndexOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Start the chat in the browser."""
    from app.serving import listen, run
    from app.settings import load_settings
    from rag.generators.choice import open_writer

    settings = load_settings()
    engine = open_engine(index)
    engine.writer, choice = open_writer(settings.wanted)
    if engine.writer is not None or choice.why == "fault":
        print_message(f"policyqa: {choice.model or 'extractive'} writes the answers: {choice.reason}")
    with listen(host or settings.host, settings.port if port is None else port) as sock:
        # Imported last, for it is slow: a missing index or a port in use is told at once.
        from app.server import create_app

        run(create_app(engine, settings, as_date(as_of), choice), sock)
