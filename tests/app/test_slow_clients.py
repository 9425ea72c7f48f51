"""Clients that send or read so slowly that they would hold a server that waited for them."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from running import STARTED
from served import Dawdling, served, settings_in
from writable import RIGHT, with_model

from app.access.keys import Keys
from app.access.people import Role
from rag.engine import PolicyQA

MANY = 40


def connect(address: str) -> socket.socket:
    """A connection whose reader takes next to nothing before it reads."""
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(20)
    sock.connect((host, int(port)))
    return sock


def head(path: str, *lines: str) -> bytes:
    method = "POST" if lines else "GET"
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *lines, "", "")).encode()


def half_a_question(key: str = "") -> bytes:
    named = (f"Authorization: Bearer {key}",) if key else ()
    return head("/api/v1/ask", "Content-Type: application/json", "Content-Length: 99", *named) + b'{"ques'


def large_file() -> str:
    """The path of the largest script of the chat's page: more than any buffer on the way takes."""
    import gradio

    folder = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"
    largest = max(folder.glob("*.js"), key=lambda path: path.stat().st_size)
    assert largest.stat().st_size > 2 << 20
    return f"/assets/{largest.name}"


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_body_that_dribbles_is_given_up_although_it_never_pauses(
    policies_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.limits.SLOWEST_REQUEST", 1.0)
    with (
        served(PolicyQA.from_path(policies_index), settings_in(tmp_path)) as address,
        connect(address) as sock,
    ):
        sock.sendall(half_a_question())
        sock.settimeout(0.1)
        answer = b""
        for _ in range(90):
            try:
                answer = sock.recv(4096)
                break
            except TimeoutError:
                sock.sendall(b" ")
    assert answer.startswith(b"HTTP/1.1 408")


def test_one_persons_half_questions_hold_up_nobody_else(policies_index: Path, tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    slow, quick = (keys.add(name, Role.ASK) for name in ("slow", "quick"))
    settings = settings_in(tmp_path, asks_at_once=8, concurrency=1, max_waiting=1)
    with served(PolicyQA.from_path(policies_index), settings) as address, ExitStack() as open_ones:
        socks = [open_ones.enter_context(connect(address)) for _ in range(MANY)]
        for sock in socks:
            sock.sendall(half_a_question(slow))
        # Beyond the person's own allowance there is not even waiting for the body.
        answered = [sock.recv(4096) for sock in socks[8:]]
        assert all(answer.startswith(b"HTTP/1.1 429") for answer in answered)
        asked = httpx.post(
            f"{address}/api/v1/ask",
            json={"question": RIGHT},
            headers={"Authorization": f"Bearer {quick}"},
            trust_env=False,
            timeout=20,
        )
        assert asked.status_code == 200


def test_an_answer_that_nobody_reads_takes_no_place_from_others(policies_index: Path, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, asks_at_once=0, concurrency=1, max_waiting=MANY)
    body = f'{{"question": "{RIGHT}", "stream": true}}'.encode()
    ask = head("/api/v1/ask", "Content-Type: application/json", f"Content-Length: {len(body)}") + body
    with served(PolicyQA.from_path(policies_index), settings) as address, ExitStack() as open_ones:
        script = large_file()
        for number in range(MANY):
            sock = open_ones.enter_context(connect(address))
            sock.sendall(ask if number % 2 else head(script))

        def finished() -> bool:
            figures = httpx.get(f"{address}/metrics", trust_env=False, timeout=20).text
            answered = 'policyqa_answers_total{interface="api",outcome="answered"} %.1f' % (MANY // 2)
            return answered in figures and "policyqa_answers_running 0.0" in figures

        wait_until(finished)
        question = {"question": RIGHT}
        assert (
            httpx.post(f"{address}/api/v1/ask", json=question, trust_env=False, timeout=20).status_code == 200
        )


def test_a_client_that_goes_while_its_answer_waits_for_its_turn_is_not_answered(
    policies_index: Path, tmp_path: Path
) -> None:
    model = Dawdling()
    settings = settings_in(tmp_path, asks_at_once=0, concurrency=1, max_waiting=MANY)
    body = f'{{"question": "{RIGHT}"}}'.encode()
    ask = head("/api/v1/ask", "Content-Type: application/json", f"Content-Length: {len(body)}") + body
    with served(with_model(policies_index, model), settings) as address, connect(address) as first:

        def waiting(count: int) -> bool:
            figures = httpx.get(f"{address}/metrics", trust_env=False, timeout=20).text
            return f"policyqa_answers_waiting {count}.0" in figures

        first.sendall(ask)
        assert model.begun.wait(20)
        with ExitStack() as open_ones:
            for _ in range(10):
                open_ones.enter_context(connect(address)).sendall(ask)
            wait_until(lambda: waiting(10))
        wait_until(lambda: waiting(0))
        assert not model.stopped.is_set()


@contextmanager
def process(index: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "app", "serve", "--index", str(index), "--port", "0"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as running,
    ):
        try:
            assert running.stdout is not None
            line = running.stdout.readline()
            assert STARTED in line, (folder / "log").read_text()
            yield running, line.partition(STARTED)[2].split()[0]
        finally:
            running.kill()


def test_slow_clients_do_not_keep_the_server_from_stopping(policies_index: Path, tmp_path: Path) -> None:
    with process(policies_index, tmp_path) as (running, address), ExitStack() as open_ones:
        for sent in (head(large_file()), half_a_question(), head("/healthz")[:-2], b""):
            open_ones.enter_context(connect(address)).sendall(sent)
        assert httpx.get(f"{address}healthz", trust_env=False, timeout=20).status_code == 200
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
