"""``policyqa serve``: the chat, the clause pages and the programming interface over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.commands.options import AsOfOption, IndexOption, as_date, open_cross_encoders
from app.console import print_message


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port; 0 takes any free one.", max=65535, min=0)
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Processes that answer.", min=1, max=64, metavar="N")
    ] = None,
    open_to_all: Annotated[
        bool, typer.Option("--open", help="Let everybody ask, from other machines too.")
    ] = False,
    index: IndexOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Start the chat in the browser."""
    from app.access.policy import require_access
    from app.logs import configure_logs
    from app.pool import PooledEngine
    from app.serving import listen, run
    from app.settings import load_settings
    from rag.engine import PolicyQA
    from rag.generators.choice import open_writer

    given: dict[str, Any] = {"host": host, "port": port, "workers": workers, "index": index}
    options = {name: value for name, value in given.items() if value is not None}
    settings = load_settings().model_copy(update=options | ({"open": True} if open_to_all else {}))
    require_access(settings, settings.host, settings.open)
    configure_logs(settings.log_level)
    kind = PooledEngine if settings.workers > 1 else PolicyQA
    engine = kind.from_path(settings.index, cross_encoders=open_cross_encoders())
    engine.writer, choice = open_writer(settings.wanted)
    if engine.writer is not None or choice.why == "fault":
        print_message(f"policyqa: {choice.model or 'extractive'} writes the answers: {choice.reason}")
    with listen(settings.host, settings.port) as sock:
        # Imported last, for it is slow: a missing index or a port in use is told at once.
        from app.server import create_app

        app = create_app(engine, settings, as_date(as_of), choice)
        if not isinstance(engine, PooledEngine):
            run(app, sock, settings.stop_seconds)
            return
        engine.start(settings.workers)
        try:
            run(app, sock, settings.stop_seconds)
        finally:
            engine.close()
