"""``policyqa serve``: the chat, the clause pages and the programming interface over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.options import AsOfOption, IndexOption, as_date, open_cross_encoders
from app.console import print_message

if TYPE_CHECKING:
    from app.settings import Settings


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
    demo_portal: Annotated[
        bool, typer.Option("--demo-portal", help="Show the chat in a page of another site, on a second port.")
    ] = False,
    index: IndexOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Start the chat in the browser."""
    from app.access.policy import require_access
    from app.logs import configure_logs
    from app.pool import PooledEngine
    from app.serving import listen, run, url_of
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
        if demo_portal:
            settings = _start_portal(settings, url_of(sock))
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


def _start_portal(settings: Settings, chat: str) -> Settings:
    """Serve the demo portal beside the chat.

    Args:
        settings: the chat's settings.
        chat: address of the chat.

    Returns:
        The settings that let the portal's page have the chat.
    """
    from app.embedding.portal import portal_origins, serve_portal
    from app.serving import listen

    sock = listen("127.0.0.1", settings.port + 1 if settings.port else 0)
    port = sock.getsockname()[1]
    serve_portal(sock, chat)
    # Under another name than the chat's: to a browser this is another site.
    print_message(f"policyqa: the demo portal is at http://localhost:{port}/")
    origins = (*settings.allowed_origins, *portal_origins(port))
    return settings.model_copy(update={"allowed_origins": origins})
