"""How far a change is: told while it is made, by whichever process, and what became of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from running import policyqa
from served import DAY, client_of, settings_in
from slow_encoder import SlowEngine

from app.documents.progress import Change, Changes
from app.server import create_app
from corpus.errors import PolicyQAError

BEES = "东海市支持养蜂若干政策\n\n第一条 对新建蜂场，给予最高50万元补助。\n\n第二条 由市农业局解释。\n"


def test_a_change_is_told_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    changes, seen = Changes(tmp_path / "index"), Changes(tmp_path / "index")
    assert seen.last() is None
    with changes.telling("wang.fang", "add") as progress:
        first = seen.last()
        assert first is not None and (first.action, first.person, first.state) == (
            "add", "wang.fang", "running"
        )  # fmt: skip
        progress(0, 30)
        progress(1, 30)  # too soon to be told
        progress(30, 30)
        assert seen.last() == Change("add", "wang.fang", first.started, embedded=30, total=30)
    assert seen.last() == Change("add", "wang.fang", first.started, "done", 30, 30)


@pytest.mark.parametrize(
    ("error", "reason"),
    [(PolicyQAError("the disk is full"), "the disk is full"), (KeyError("x"), "KeyError")],
)
def test_a_failure_is_told_with_its_reason(tmp_path: Path, error: Exception, reason: str) -> None:
    changes = Changes(tmp_path / "index")
    with pytest.raises(type(error)), changes.telling("me", "build"):
        raise error
    last = changes.last()
    assert last is not None and (last.state, last.reason) == ("failed", reason)


def test_a_second_change_does_not_speak_over_the_first(tmp_path: Path) -> None:
    changes = Changes(tmp_path / "index")
    with changes.telling("first", "build") as progress:
        with pytest.raises(PolicyQAError), Changes(tmp_path / "index").telling("second", "add"):
            raise PolicyQAError("being written by another process")
        progress(5, 5)
        last = changes.last()
        assert last is not None and (last.person, last.state, last.embedded) == ("first", "running", 5)


def test_a_process_that_is_killed_leaves_no_change_running(tmp_path: Path) -> None:
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom app.documents.progress import Changes\n"
        "with Changes(Path(sys.argv[1])).telling('me', 'build') as progress:\n"
        "    progress(3, 9)\n    os.kill(os.getpid(), 9)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, tmp_path / "index"], check=False)
    last = Changes(tmp_path / "index").last()
    assert ended.returncode == -9 and last is not None
    assert (last.state, last.embedded, last.total) == ("interrupted", 3, 9)


def test_what_cannot_be_told_stops_no_change(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    changes = Changes(tmp_path / "file" / "index")
    with changes.telling("me", "add") as progress:
        progress(1, 2)
    assert changes.last() is None
    (tmp_path / "index.change.json").write_text("{")
    assert Changes(tmp_path / "index").last() is None


@pytest.fixture
def engine(policies_index: Path, tmp_path: Path) -> SlowEngine:
    return SlowEngine.from_path(shutil.copytree(policies_index, tmp_path / "index"))


@pytest.fixture
def client(engine: SlowEngine, tmp_path: Path) -> TestClient:
    return client_of(create_app(engine, settings_in(tmp_path), DAY), client=("127.0.0.1", 1))


def progress_of(client: TestClient) -> dict[str, object]:
    found = client.get("/api/v1/admin/progress").json()
    return found or {}


@pytest.mark.parametrize("failure", ["", "no vectors in DIR"])
def test_the_interface_tells_of_a_publication(
    engine: SlowEngine, client: TestClient, tmp_path: Path, failure: str
) -> None:
    assert progress_of(client) == {}
    engine.held_up.failure = failure.replace("DIR", str(tmp_path / "index"))
    draft = client.post("/api/v1/admin/drafts?name=a.txt", content=BEES.encode()).json()
    publish = threading.Thread(
        target=client.post, args=(f"/api/v1/admin/drafts/{draft['id']}/publish",), kwargs={"json": {}}
    )
    publish.start()
    assert engine.held_up.begun.wait(30)
    told = progress_of(client)
    assert (told["action"], told["person"], told["state"]) == ("add", "127.0.0.1", "running")
    assert (told["embedded"], told["total"]) == (1, 2)
    engine.held_up.let_go.set()
    publish.join(30)
    told = progress_of(client)
    assert (told["state"], told["reason"]) == (("failed", "no vectors") if failure else ("done", ""))


def test_commands_are_told_to_the_page_too(client: TestClient, tmp_path: Path) -> None:
    file, index = tmp_path / "a.txt", ("--index", tmp_path / "index")
    file.write_text(BEES)
    for command, action in (
        (("documents", "add", file), "add"),
        (("index", "build", "--source", file), "build"),
        (("documents", "rollback"), "rollback"),
    ):
        ran = policyqa(*command, *index, POLICYQA_DATA=str(tmp_path))
        assert ran.returncode == 0, ran.stderr
        told = progress_of(client)
        assert (told["action"], told["state"]) == (action, "done"), json.dumps(told)
