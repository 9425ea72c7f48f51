from __future__ import annotations

import json
import stat
import threading
from pathlib import Path

import pytest
from running import policyqa

from app.access.keys import Keys
from app.access.people import Role
from corpus.errors import PolicyQAError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "keys.json"


def test_a_key_is_found_by_its_text_and_nowhere_kept(path: Path) -> None:
    keys = Keys(path)
    text = keys.add("bot", Role.ASK)
    found = keys.find(text)
    assert found is not None and (found.name, found.role) == ("bot", Role.ASK)
    assert keys.find(text + "x") is None and keys.find("") is None and keys.find("钥匙\ud800") is None
    assert text not in path.read_text() and text.removeprefix("pqa_") not in path.read_text()


def test_the_file_is_for_its_owner_only(path: Path) -> None:
    keys = Keys(path)
    keys.add("one", Role.ASK)
    keys.add("two", Role.ADMINISTER)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir() if p.name.endswith(".new")] == []


def test_a_revoked_key_is_refused_at_once_by_those_who_hold_the_file_open(path: Path) -> None:
    server, shell = Keys(path), Keys(path)
    text = shell.add("bot", Role.ASK)
    assert server.find(text)
    shell.revoke("bot")
    assert server.find(text) is None
    assert [key.name for key in server.all] == ["bot"] and server.valid == ()
    assert shell.add("bot", Role.ASK) != text


def test_names_are_checked_and_not_taken_twice(path: Path) -> None:
    keys = Keys(path)
    keys.add("bot", Role.ASK)
    for name in ("bot", "", "a b", "../x", "\x1b[2J", "n" * 65):
        with pytest.raises(PolicyQAError):
            keys.add(name, Role.ASK)
    with pytest.raises(PolicyQAError, match="nobody"):
        keys.revoke("nobody")


ROW = {"name": "bot", "role": "ask", "sha256": "0" * 64, "created": "2026-11-26T06:39:11+00:00"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b'{"keys": null}',
        b'{"keys": {"name": "bot"}}',
        b'{"keys": ["bot"]}',
        b'{"keys": [{"name": 1}]}',
        b"[" * 100_000,
        b"\xff\xfe\x00",
        *(
            json.dumps({"keys": [ROW | wrong]}).encode()
            for wrong in (
                {"name": 1},
                {"role": "king"},
                {"role": ["ask"]},
                {"sha256": None},
                {"sha256": "\u94a5" * 64},
                {"sha256": "0" * 63},
                {"created": 20261126},
                {"revoked": False},
                {"revoked": None},
                {"nickname": "b"},
            )
        ),
    ],
)
def test_a_damaged_file_is_told(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(PolicyQAError, match="no file of keys"):
        Keys(path).find("pqa_x")


def test_a_file_written_by_hand_is_taken_where_it_says_all(path: Path) -> None:
    path.parent.mkdir()
    path.write_text(json.dumps({"keys": [ROW]}))
    assert [key.name for key in Keys(path).valid] == ["bot"]


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_no_server_starts_over_a_damaged_file(
    path: Path, compendium_index: Path, tmp_path: Path, host: str
) -> None:
    path.parent.mkdir()
    serve = ("serve", "--host", host, "--port", "0", "--index", compendium_index)
    for content in ("{", json.dumps({"keys": [ROW | {"sha256": 1}]})):
        path.write_text(content)
        ran = policyqa(*serve, POLICYQA_KEYS=str(path))
        assert ran.returncode == 2 and ran.stdout == ""
        (line,) = ran.stderr.strip().splitlines()
        assert "no file of keys" in line and path.name in line
    folder = policyqa(*serve, POLICYQA_KEYS=str(tmp_path))
    assert folder.returncode == 2 and len(folder.stderr.strip().splitlines()) == 1


def test_changes_at_the_same_time_do_not_lose_each_other(path: Path) -> None:
    threads = [
        threading.Thread(target=Keys(path).add, args=(f"key-{number}", Role.ASK)) for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Keys(path).valid) == 12


def test_the_commands_make_list_and_revoke(path: Path) -> None:
    setting = {"POLICYQA_KEYS": str(path)}
    made = policyqa("keys", "add", "portal", "--role", "administer", **setting)
    text = made.stdout.strip()
    assert made.returncode == 0 and Keys(path).find(text)
    listed = policyqa("keys", "list", "--json", **setting).stdout
    assert json.loads(listed)["role"] == "administer" and text not in listed
    assert policyqa("keys", "revoke", "portal", **setting).returncode == 0
    assert Keys(path).find(text) is None
    again = policyqa("keys", "revoke", "portal", **setting)
    assert again.returncode == 2 and len(again.stderr.strip().splitlines()) == 1
