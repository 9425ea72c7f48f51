"""Listening on an address and serving on it."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from app.console import print_line
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from fastapi import FastAPI

_LOOK = 0.05  # seconds between two looks
_LAST_SECONDS = 3  # for responses on their way, and for pages that keep a connection open


def listen(host: str, port: int) -> socket.socket:
    """A socket that holds the address.

    Args:
        host: name or address, IPv4 or IPv6.
        port: port number; 0 takes any free one.

    Raises:
        PolicyQAError: the address is taken, not allowed or not of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
            sock.listen(128)
        except OSError:
            sock.close()
            raise
    except (OSError, UnicodeError) as error:  # the latter where the name cannot be one
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise PolicyQAError(
            f"cannot listen on {host} port {port}: {reason}; choose another with --host and --port"
        ) from None
    return sock


def url_of(sock: socket.socket) -> str:
    """The address to open in a browser for a listening socket."""
    host, port = sock.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def run(app: FastAPI, sock: socket.socket, stop_seconds: float) -> None:
    """Serve ``app`` on ``sock`` until interrupted; the address is printed once it answers.

    Args:
        app: what ``create_app`` made.
        sock: a listening socket.
        stop_seconds: how long running answers may take to finish in the end.
    """
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                # What stands now stays: collected garbage is then a share of what comes and goes, not of all.
                gc.collect()
                gc.freeze()
                print_line(f"policyqa: the chat is at {url_of(sock)} (Ctrl+C stops it)")
                sys.stdout.flush()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            for server in self.servers:
                server.close()
            finishing = asyncio.ensure_future(app.state.work.finish(stop_seconds))
            while not (finishing.done() or self.force_exit):
                await asyncio.sleep(_LOOK)
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whom to believe about the address behind a proxy is a setting of ours
        timeout_graceful_shutdown=_LAST_SECONDS,
    )
    # uvicorn raises Ctrl+C and SIGTERM again once it has stopped; here that is the way to end.
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            Server(config).run(sockets=[sock])
    finally:
        signal.signal(signal.SIGTERM, previous)
