"""Administering over HTTP: send, look, publish, replace, remove, go back; each recorded."""

from __future__ import annotations

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from running import policyqa
from served import DAY, client_of, settings_in

from app.access.keys import Keys
from app.access.people import Role
from app.documents.intake import LARGEST_UPLOAD
from app.server import create_app
from embeddings.build import remove_documents
from embeddings.index import Index
from embeddings.manifest import read_manifest
from rag.engine import PolicyQA

BEES = (
    "东海市支持养蜂若干政策\n\n第一条 对新建蜂场，给予最高50万元补助。\n\n第二条 本政策由市农业局负责解释。\n"
)
FEWER = BEES.replace("50万元", "30万元")
QUESTION = "新建蜂场补助多少？"


@pytest.fixture
def client(policies_index: Path, tmp_path: Path) -> TestClient:
    engine = PolicyQA.from_path(shutil.copytree(policies_index, tmp_path / "index"))
    return client_of(create_app(engine, settings_in(tmp_path), DAY), client=("127.0.0.1", 1))


@pytest.fixture
def admin(client: TestClient, tmp_path: Path) -> dict[str, str]:
    return {"Authorization": "Bearer " + Keys(tmp_path / "keys.json").add("boss", Role.ADMINISTER)}


def call(client: TestClient, method: str, path: str, admin: dict[str, str], **more: Any) -> Any:
    response = client.request(method, f"/api/v1/admin/{path}", headers=admin, **more)
    assert response.status_code == 200, response.text
    return response.json()


def sent(client: TestClient, admin: dict[str, str], text: str, name: str = "蜂.txt") -> Any:
    return call(client, "POST", "drafts", admin, params={"name": name}, content=text.encode())


def said(client: TestClient, admin: dict[str, str]) -> str:
    return str(client.post("/api/v1/ask", json={"question": QUESTION}, headers=admin).json()["text"])


def test_a_file_is_looked_at_published_replaced_removed_and_brought_back(
    client: TestClient, admin: dict[str, str], tmp_path: Path
) -> None:
    draft = sent(client, admin, BEES, "../../蜂.txt")
    assert draft["name"] == "蜂.txt" and draft["remarks"] == []
    assert [unit["label"] for unit in draft["clauses"]] == [
        "《东海市支持养蜂若干政策》第一条",
        "《东海市支持养蜂若干政策》第二条",
    ]
    assert "50万元" not in said(client, admin), "a draft is not answered from"
    call(client, "POST", f"drafts/{draft['id']}/publish", admin, json={})
    assert "50万元" in said(client, admin)

    again = sent(client, admin, FEWER)
    assert [one["kind"] for one in again["remarks"]] == ["same_title"]
    first, second = draft["documents"][0]["id"], again["documents"][0]["id"]
    call(client, "POST", f"drafts/{again['id']}/publish", admin, json={"replaces": first})
    assert "30万元" in said(client, admin) and "50万元" not in said(client, admin)
    call(client, "POST", "rollback", admin)
    assert "50万元" in said(client, admin) and "30万元" not in said(client, admin)
    call(client, "DELETE", f"documents/{first}", admin)
    assert first not in {one["id"] for one in call(client, "GET", "documents", admin)}

    records = call(client, "GET", "audit", admin)
    assert [(one["person"], one["action"]) for one in records] == [
        ("boss", "remove"), ("boss", "rollback"), ("boss", "replace"), ("boss", "add")
    ]  # fmt: skip
    assert records[1:2] and records[2]["documents"] == [second] and records[2]["replaced"] == first
    lines = (tmp_path / "audit.jsonl").read_text().splitlines()
    assert [json.loads(line)["action"] for line in lines] == ["add", "replace", "rollback", "remove"]


def test_what_cannot_be_done_is_told_without_paths(
    client: TestClient, admin: dict[str, str], tmp_path: Path
) -> None:
    refused = [
        client.post("/api/v1/admin/rollback", headers=admin),
        client.delete("/api/v1/admin/documents/nothing", headers=admin),
        client.post("/api/v1/admin/drafts/nothing/publish", json={}, headers=admin),
        client.post("/api/v1/admin/drafts?name=x.pdf", content=b"%PDF-1.4 x", headers=admin),
        client.post("/api/v1/admin/drafts?name=/etc/x.exe", content=b"x", headers=admin),
        client.post("/api/v1/admin/drafts", content=b"x", headers=admin),
        client.post("/api/v1/admin/drafts?name=x.txt", content=b"x" * (LARGEST_UPLOAD + 1), headers=admin),
        client.post("/api/v1/ask", content=b"x" * (2 << 20), headers=admin),
    ]
    assert [r.status_code for r in refused] == [422, 404, 404, 422, 422, 422, 413, 413]
    for response in refused:
        message = response.json()["error"]["message"]
        assert str(tmp_path) not in message and "/tmp" not in message and "\n" not in message
    assert [one["action"] for one in call(client, "GET", "audit", admin)] == ["rollback failed", "rollback"]


def test_a_file_that_no_process_can_read_just_now_is_told_as_such(
    client: TestClient, admin: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    response = client.post("/api/v1/admin/drafts?name=x.txt", content=BEES.encode(), headers=admin)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (503, "not_ready") and response.headers["retry-after"]
    assert "x.txt" in error["message"] and str(tmp_path) not in error["message"]


def test_nobody_else_may_and_no_portal_page_either(policies_index: Path, tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    asks, boss = keys.add("bot", Role.ASK), keys.add("boss", Role.ADMINISTER)
    engine = PolicyQA.from_path(policies_index)
    portal = "https://portal.example"
    client = client_of(create_app(engine, settings_in(tmp_path, allowed_origins=(portal,))))
    for method, path in (("POST", "rollback"), ("POST", "drafts?name=a.txt"), ("GET", "audit")):
        by_bot = client.request(method, f"/api/v1/admin/{path}", headers={"Authorization": f"Bearer {asks}"})
        assert by_bot.status_code == 403
    headers = {"Authorization": f"Bearer {boss}", "Origin": portal}
    foreign = client.post("/api/v1/admin/rollback", headers=headers)
    assert foreign.json()["error"]["code"] == "cross_origin"


def test_answers_go_on_while_documents_come_and_go(client: TestClient, admin: dict[str, str]) -> None:
    stop, faults, answers = threading.Event(), [], []

    def ask() -> None:
        while not stop.is_set():
            response = client.post("/api/v1/ask", json={"question": QUESTION}, headers=admin)
            if response.status_code != 200:
                faults.append(response.text)
                return
            body = response.json()
            answers.append((body["index_generation"], "50万元" in body["text"]))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    generation = {}
    for _ in range(4):
        draft = sent(client, admin, BEES)
        call(client, "POST", f"drafts/{draft['id']}/publish", admin, json={})
        call(client, "DELETE", f"documents/{draft['documents'][0]['id']}", admin)
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == [] and len(answers) > 5
    for number, told in answers:
        assert generation.setdefault(number, told) == told, "one state, one answer"
        assert told == (number % 2 == 0), "published in even states"


def test_the_list_after_a_change_is_the_new_one_though_another_thread_is_opening_an_older_state(
    client: TestClient, admin: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *rest = (one["id"] for one in call(client, "GET", "documents", admin))
    remove_documents([first], tmp_path / "index")
    opening, go_on = threading.Event(), threading.Event()
    really_open = Index.open

    def slowly(*arguments: Any) -> Index:
        opened = really_open(*arguments)
        opening.set()
        assert go_on.wait(20)
        return opened

    monkeypatch.setattr("rag.engine.Index.open", slowly)
    with ThreadPoolExecutor(2) as pool:
        pool.submit(client.get, "/api/v1/documents", headers=admin)
        assert opening.wait(20)
        removing = pool.submit(call, client, "DELETE", f"documents/{second}", admin)
        while second in read_manifest(tmp_path / "index").documents:
            assert not removing.done()
        answer = client.post("/api/v1/ask", json={"question": QUESTION}, headers=admin).json()
        assert answer["index_generation"] == 1, "answers are not held up"
        threading.Timer(0.5, go_on.set).start()
        assert removing.result()["documents"] == len(rest)
        assert [one["id"] for one in call(client, "GET", "documents", admin)] == rest


def test_the_same_by_commands(policies_index: Path, tmp_path: Path) -> None:
    index = shutil.copytree(policies_index, tmp_path / "index")
    file = tmp_path / "蜂.md"
    file.write_text(BEES)

    def run(*arguments: str | Path) -> Any:
        return policyqa("documents", *arguments, "--index", index, POLICYQA_DATA=str(tmp_path / "data"))

    cut = [json.loads(line) for line in run("preview", file, "--json").stdout.splitlines()]
    assert cut[0]["label"] == "《东海市支持养蜂若干政策》第一条"
    assert run("add", file).returncode == 0
    added = cut[0]["document"]
    again = run("preview", file)
    assert "Duplicate of" in again.stderr and added in run("list").stdout
    file.write_text(FEWER)
    assert run("replace", added, file).returncode == 0
    assert added not in run("list").stdout and run("rollback").returncode == 0
    assert added in run("list").stdout and run("remove", added).returncode == 0
    actions = [json.loads(line)["action"] for line in run("audit", "--json").stdout.splitlines()]
    assert actions == ["remove", "rollback", "replace", "add"]
    for wrong in (("add", tmp_path / "none.txt"), ("remove", "none"), ("add", index / "manifest.json")):
        ran = run(*wrong)
        assert ran.returncode == 2 and len(ran.stderr.strip().splitlines()) == 1
