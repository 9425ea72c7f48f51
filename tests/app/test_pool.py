"""Answering processes that die, and questions that wait for one of them to be free."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from dying import die, note_and_wait
from fastapi.testclient import TestClient
from served import DAY, client_of, settings_in
from writable import RIGHT

from app.chat import Chat
from app.conversation import Conversation
from app.pool import PooledEngine
from app.server import create_app


@pytest.fixture
def engine(policies_index: Path) -> Iterator[PooledEngine]:
    engine = PooledEngine.from_path(policies_index)
    assert isinstance(engine, PooledEngine)
    engine.start(1)
    yield engine
    engine.close()


@pytest.fixture
def client(engine: PooledEngine, tmp_path: Path) -> TestClient:
    return client_of(create_app(engine, settings_in(tmp_path), DAY), raise_server_exceptions=False)


def test_whoever_asks_is_told_when_processes_die_twice_in_a_row(
    engine: PooledEngine,
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("app.pool._ask", die)
        patched.setattr("app.pool._search", die)
        for path, body in (("ask", {}), ("ask", {"stream": True}), ("search", {})):
            response = client.post(f"/api/v1/{path}", json={"question": RIGHT, **body})
            error = response.json()["error"]
            assert (response.status_code, error["code"]) == (503, "not_ready"), path
            assert response.headers["retry-after"] and "\n" not in error["message"]
        chat = Chat(engine, DAY, workers=1, max_waiting=1)
        *_, update = chat._answer(RIGHT, Conversation("zh"), [], False)
        assert "稍后再问" in update[chat._transcript] and "内部错误" not in update[chat._transcript]
    assert [one.getMessage() for one in caplog.records if one.exc_info] == [], "no traceback"
    assert {one.levelno for one in caplog.records if one.name == "app.pool"} == {logging.ERROR}
    assert client.post("/api/v1/ask", json={"question": RIGHT}).status_code == 200


def test_a_question_that_nobody_waits_for_is_not_begun_when_a_process_is_free(
    engine: PooledEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, left = tmp_path / "first", tmp_path / "left"
    cancel = threading.Event()
    monkeypatch.setattr("app.pool._ask", note_and_wait)
    with ThreadPoolExecutor(3) as threads:
        threads.submit(engine.ask, str(first))
        while not first.exists():
            time.sleep(0.02)
        waiting = [threads.submit(engine.stream, str(left), cancel=cancel) for _ in range(2)]
        time.sleep(0.2)
        cancel.set()
        try:
            assert [list(one.result(10)) for one in waiting] == [[], []], "told before a process is free"
        finally:
            first.with_suffix(".go").touch()
            left.with_suffix(".go").touch()
    monkeypatch.undo()
    assert engine.ask(RIGHT).citations, "the process is free"
    assert not left.exists()
