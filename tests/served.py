"""The web application on a free port, in a thread of this process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.server import create_app
from app.settings import Settings

DAY = date(2022, 6, 1)


def settings_in(folder: Path, **values: Any) -> Settings:
    """Settings whose keys and data lie in a folder of the test's."""
    return Settings(**({"keys": folder / "keys.json", "data": folder, "asks_per_minute": 0} | values))


def client_of(app: FastAPI, **options: Any) -> TestClient:
    """A client that reaches an application in this process by the name that a person at this machine uses."""
    return TestClient(app, base_url="http://localhost", **options)


@contextmanager
def served(engine: Any, settings: Settings) -> Iterator[str]:
    """Serves an engine; yields the address, without a slash at the end."""
    app = create_app(engine, settings, DAY)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        config = uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1, proxy_headers=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([sock],), daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


class Dawdling:
    """A language model that writes nothing until it is told to stop, or let go."""

    name, setting, reading = "dawdling", "here", 1e6

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.stopped = threading.Event()
        self.let_go = threading.Event()

    def ahead(self, cancel: threading.Event) -> int:
        return 0

    def generate(
        self, messages: Any, max_tokens: int, cancel: threading.Event | None = None
    ) -> Iterator[str]:
        assert cancel is not None
        self.begun.set()
        while not (cancel.wait(0.02) or self.let_go.is_set()):
            pass
        if cancel.is_set():
            self.stopped.set()
        yield ""
