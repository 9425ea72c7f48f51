"""A real server in a process of its own: its log, its end, its answering processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from running import STARTED, policyqa
from writable import RIGHT

from app.access.keys import Keys
from app.access.people import Role

UFO = "飞碟研发企业补助多少？"
UFO_POLICY = "飞碟补助办法\n\n第一条 对飞碟研发企业给予最高777万元补助。\n"


@dataclass
class Running:
    """A server: its process, its address and the file its log goes to."""

    process: subprocess.Popen[str]
    address: str
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def ask(self, question: str = RIGHT, **headers: str) -> httpx.Response:
        body = {"question": question}
        return httpx.post(
            f"{self.address}/api/v1/ask", json=body, headers=headers, trust_env=False, timeout=30
        )


@contextmanager
def running(index: Path, folder: Path, *options: str, **settings: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "app", "serve", "--index", str(index), "--port", "0", *options]
    values = {"POLICYQA_KEYS": str(folder / "keys.json"), "POLICYQA_ASKS_PER_MINUTE": "0", **settings}
    log = folder / "log.jsonl"
    with (
        log.open("w") as err,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=err, text=True, env=os.environ | values
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert STARTED in line, log.read_text()
            yield Running(process, line.partition(STARTED)[2].split()[0].rstrip("/"), log)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def test_the_log_names_requests_and_people_and_holds_neither_secrets_nor_questions(
    policies_index: Path, tmp_path: Path
) -> None:
    key = Keys(tmp_path / "keys.json").add("bot", Role.ASK)
    with running(policies_index, tmp_path, POLICYQA_LOG_LEVEL="info") as server:
        given = server.ask(Authorization=f"Bearer {key}", **{"X-Request-ID": "abc-1"})
        assert given.headers["x-request-id"] == "abc-1"
        httpx.get(f"{server.address}/clause/x?quote={RIGHT}&key={key}", auth=("a", key), trust_env=False)
        refused = server.ask(Authorization="Bearer wrong-secret")
    rows = [row for row in server.lines() if row["logger"] == "policyqa.requests"]
    assert [row["status"] for row in rows] == [200, 404, 401]
    assert rows[0]["request_id"] == "abc-1" and rows[0]["person"] == "bot" and rows[0]["ms"] > 0
    assert rows[0]["outcome"] == "answered"
    assert rows[2]["request_id"] == refused.headers["x-request-id"] and rows[2]["person"] == ""
    log = server.log.read_text()
    assert key not in log and "wrong-secret" not in log
    assert RIGHT not in log and json.dumps(RIGHT).strip('"') not in log


def test_questions_are_logged_where_that_is_switched_on(policies_index: Path, tmp_path: Path) -> None:
    with running(
        policies_index, tmp_path, POLICYQA_LOG_LEVEL="info", POLICYQA_LOG_QUESTIONS="true"
    ) as server:
        server.ask()
    assert RIGHT in [row.get("question") for row in server.lines()]


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_running_answers_finish_when_the_server_is_stopped(
    compendium_index: Path, tmp_path: Path, end: signal.Signals, workers: str
) -> None:
    settings = {"POLICYQA_CONCURRENCY": "1", "POLICYQA_ASKS_AT_ONCE": "0", "POLICYQA_WORKERS": workers}
    with running(compendium_index, tmp_path, **settings) as server, ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(server.ask, f"第{k}个问题：黄埔区固定资产投资奖励多少？") for k in range(12)]
        while "policyqa_answers_waiting 0.0" in httpx.get(f"{server.address}/metrics", trust_env=False).text:
            assert not all(one.done() for one in asked)
        server.process.send_signal(end)
        assert [one.result().status_code for one in asked] == [200] * 12
        assert server.process.wait(15) == 0
    assert server.log.read_text() == ""


def test_a_page_that_stays_open_does_not_keep_the_server_from_stopping(
    policies_index: Path, tmp_path: Path
) -> None:
    with running(policies_index, tmp_path) as server:
        url = f"{server.address}/gradio_api/heartbeat/abc"
        with httpx.stream("GET", url, trust_env=False, timeout=30) as stream:
            next(stream.iter_raw())
            started = time.monotonic()
            server.process.terminate()
            assert server.process.wait(15) == 0
        assert time.monotonic() - started < 10


def test_workers_notice_a_new_manifest_while_they_answer(compendium_index: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    shutil.copytree(compendium_index, index)
    source = tmp_path / "飞碟补助办法.txt"
    source.write_text(UFO_POLICY, encoding="utf-8")
    with running(index, tmp_path, "--workers", "2") as server, ThreadPoolExecutor(4) as pool:
        assert "777" not in server.ask(UFO).text
        busy = [pool.submit(server.ask, "黄埔区固定资产投资奖励多少？") for _ in range(40)]
        added = policyqa("documents", "add", source, "--index", index, POLICYQA_DATA=str(tmp_path))
        assert added.returncode == 0
        answers = [pool.submit(server.ask, UFO) for _ in range(12)]
        for answer in answers:
            said = answer.result().json()
            assert "777万元" in said["text"] and said["index_generation"] == 2
            clause = said["citations"][0]["clause_id"]
            assert httpx.get(f"{server.address}/clause/{clause}", trust_env=False).status_code == 200
        assert {one.result().status_code for one in busy} == {200}
    assert server.log.read_text() == ""


def test_a_worker_that_dies_is_replaced_and_none_outlives_the_server(
    policies_index: Path, tmp_path: Path
) -> None:
    with running(policies_index, tmp_path, "--workers", "2") as server:
        workers = answering(server)
        assert len(workers) == 2
        workers[0].kill()
        assert server.ask().status_code == 200
        workers = answering(server)
        server.process.kill()
        server.process.wait()
        gone, alive = psutil.wait_procs(workers, timeout=10)
        assert not alive and len(gone) == 2


def answering(server: Running) -> list[psutil.Process]:
    until = time.monotonic() + 20
    while True:
        children = psutil.Process(server.process.pid).children()
        found = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        if len(found) >= 2 or time.monotonic() > until:
            return found
        server.ask()
