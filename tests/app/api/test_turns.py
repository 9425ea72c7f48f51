"""Waiting, being turned away, going away: with a language model that never finishes of itself."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import Dawdling, served, settings_in
from writable import RIGHT, with_model

from app.access.keys import Keys
from app.access.people import Role
from rag.engine import PolicyQA


@pytest.fixture
def model() -> Dawdling:
    return Dawdling()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client


def post(address: str, path: str, body: str, announced: int = 0) -> socket.socket:
    """A connection on which a request has been sent; closing it is going away."""
    host, port = address.removeprefix("http://").split(":")
    sock = socket.create_connection((host, int(port)), timeout=20)
    length = announced or len(body.encode())
    head = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {length}",
    )
    sock.sendall("\r\n".join((*head, "", body)).encode())
    return sock


def metric(client: httpx.Client, address: str, name: str) -> float:
    lines = client.get(f"{address}/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def wait_until(condition: Any) -> None:
    until = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ["/api/v1/ask", "/v1/chat/completions"])
def test_the_work_stops_when_the_client_goes(
    policies_index: Path, tmp_path: Path, model: Dawdling, client: httpx.Client, path: str, stream: bool
) -> None:
    body = {"question": RIGHT} if "ask" in path else {"messages": [{"role": "user", "content": RIGHT}]}
    with served(with_model(policies_index, model), settings_in(tmp_path)) as address:
        with post(address, path, json.dumps(body | {"stream": stream})):
            assert model.begun.wait(20) and not model.stopped.wait(0.3)
        assert model.stopped.wait(5)
        wait_until(lambda: metric(client, address, "policyqa_answers_running") == 0)
        assert metric(client, address, "policyqa_answers_total") == 1


def test_a_slow_answer_holds_up_no_clause_and_too_many_are_told_so(
    policies_index: Path, tmp_path: Path, model: Dawdling, client: httpx.Client
) -> None:
    engine = with_model(policies_index, model)
    clause = next(iter(engine.clauses))
    settings = settings_in(tmp_path, concurrency=1, max_waiting=1)
    asked = {"question": RIGHT}
    with served(engine, settings) as address, ThreadPoolExecutor(2) as pool:
        slow = [
            pool.submit(httpx.post, f"{address}/api/v1/ask", json=asked, timeout=60, trust_env=False)
            for _ in range(2)
        ]
        wait_until(lambda: metric(client, address, "policyqa_answers_waiting") == 1)
        for path in (f"/clause/{clause}", f"/api/v1/clauses/{clause}", "/api/v1/documents", "/healthz", "/"):
            assert client.get(address + path).status_code == 200
        for path in ("/api/v1/ask", "/api/v1/search"):
            refused = client.post(address + path, json=asked)
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "busy")
            assert int(refused.headers["retry-after"]) > 0
        streamed = client.post(f"{address}/api/v1/ask", json=asked | {"stream": True})
        assert streamed.status_code == 503
        assert not any(one.done() for one in slow)
        model.let_go.set()
        assert [one.result().status_code for one in slow] == [200, 200]
        wait_until(lambda: metric(client, address, "policyqa_answers_running") == 0)
        assert metric(client, address, "policyqa_answers_waiting") == 0


def test_each_person_may_ask_so_often(policies_index: Path, tmp_path: Path, client: httpx.Client) -> None:
    keys = Keys(tmp_path / "keys.json")
    one, other = ({"Authorization": f"Bearer {keys.add(name, Role.ASK)}"} for name in ("one", "other"))
    settings = settings_in(tmp_path, asks_per_minute=3)
    asked = {"question": RIGHT}
    with served(PolicyQA.from_path(policies_index), settings) as address:
        codes = [client.post(f"{address}/api/v1/ask", json=asked, headers=one).status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        refused = client.post(f"{address}/v1/chat/completions", json={}, headers=one)
        assert refused.json()["error"]["code"] == "too_many_requests"
        assert 0 < int(refused.headers["retry-after"]) <= 20
        assert client.get(f"{address}/api/v1/documents", headers=one).status_code == 200
        assert client.post(f"{address}/api/v1/ask", json=asked, headers=other).status_code == 200


def test_each_person_may_ask_so_much_at_a_time(
    policies_index: Path, tmp_path: Path, model: Dawdling, client: httpx.Client
) -> None:
    asked = {"question": RIGHT}
    settings = settings_in(tmp_path, asks_at_once=1)
    with served(with_model(policies_index, model), settings) as address, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(httpx.post, f"{address}/api/v1/ask", json=asked, timeout=60, trust_env=False)
        assert model.begun.wait(10)
        assert client.post(f"{address}/api/v1/ask", json=asked).status_code == 429
        model.let_go.set()
        assert slow.result().status_code == 200
        assert client.post(f"{address}/api/v1/ask", json=asked).status_code == 200


def test_a_body_that_does_not_come_is_not_waited_for(
    policies_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.limits.SLOWEST_REQUEST", 0.3)
    with (
        served(PolicyQA.from_path(policies_index), settings_in(tmp_path)) as address,
        post(address, "/api/v1/ask", "{", announced=9) as sock,
    ):
        answer = sock.recv(4096).decode()
    assert answer.startswith("HTTP/1.1 408") and "too_slow" in answer
