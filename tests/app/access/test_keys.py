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


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"keys": [{"name": 1}]}', "[" * 100_000])
def test_a_damaged_file_is_told(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(PolicyQAError, match="no file of keys"):
        Keys(path).find("pqa_x")


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
