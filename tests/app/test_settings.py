"""Settings: file, variables and defaults, and one clear line where one is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from running import policyqa

from app.settings import Settings, load_settings
from corpus.errors import PolicyQAError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("POLICYQA_"):
            monkeypatch.delenv(name)
    load_settings.cache_clear()
    return tmp_path


def shown(**settings: str) -> dict[str, tuple[str, str]]:
    ran = policyqa("config", "show", "--json", **settings)
    assert ran.returncode == 0, ran.stderr
    rows = map(json.loads, ran.stdout.splitlines())
    return {row["setting"]: (row["value"], row["from"] if "from" in row else row["source"]) for row in rows}


def test_a_variable_is_stronger_than_the_file_and_the_file_than_the_default(folder: Path) -> None:
    (folder / "policyqa.toml").write_text('port = 1234\nhost = "localhost"\n')
    values = shown(POLICYQA_PORT="4321")
    assert values["port"] == ("4321", "POLICYQA_PORT")
    assert values["host"] == ("localhost", "policyqa.toml")
    assert values["workers"] == ("1", "default")


def test_another_file_can_be_named_and_its_paths_count_from_it(folder: Path) -> None:
    (folder / "etc").mkdir()
    (folder / "etc" / "own.toml").write_text(
        'index = "data/index"\ntrusted_proxies = ["10.0.0.0/8", "::1"]\n'
    )
    values = shown(POLICYQA_CONFIG="etc/own.toml")
    assert values["index"] == (str(folder / "etc" / "data" / "index"), "etc/own.toml")
    assert values["trusted_proxies"][0] == "10.0.0.0/8, ::1/128"


def test_lists_in_variables_have_commas() -> None:
    values = shown(POLICYQA_ADMINISTRATORS="wang, li ,", POLICYQA_ALLOWED_ORIGINS="https://a.example:8443")
    assert values["administrators"][0] == "wang, li"
    assert values["allowed_origins"][0] == "https://a.example:8443"


def test_secrets_are_never_shown(folder: Path) -> None:
    (folder / "policyqa.toml").write_text('model_key = "sesame"\n')
    assert shown()["model_key"] == ("********", "policyqa.toml")
    assert "sesame" not in policyqa("config", "show").stdout
    assert "sesame" not in repr(Settings())


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("port = 99999", "port"),
        ("prot = 80", "prot"),
        ("port = ", "TOML"),
        ('host = ["a"]', "host"),
        ('trusted_proxies = ["10.0.0.0/99"]', "trusted_proxies"),
        ('allowed_origins = ["https://a.example/path"]', "allowed_origins"),
        ('allowed_origins = ["*"]', "allowed_origins"),
        ('sso_header = "X: y"', "sso_header"),
        ('log_level = "loud"', "log_level"),
        ("model_key = 7", "model_key"),
    ],
)
def test_what_is_wrong_in_the_file_is_told_in_one_line(folder: Path, content: str, named: str) -> None:
    (folder / "policyqa.toml").write_text(content)
    ran = policyqa("config", "check")
    assert ran.returncode == 2 and len(ran.stderr.strip().splitlines()) == 1
    assert named in ran.stderr and "policyqa.toml" in ran.stderr


def test_what_is_wrong_in_a_variable_is_told_with_its_name_but_never_a_secret(folder: Path) -> None:
    ran = policyqa("config", "check", POLICYQA_WORKERS="many")
    assert ran.returncode == 2 and "POLICYQA_WORKERS=many" in ran.stderr
    assert "POLICYQA_WORKES" in policyqa("config", "check", POLICYQA_WORKES="2").stderr
    missing = policyqa("config", "show", POLICYQA_CONFIG="nowhere.toml")
    assert missing.returncode == 2 and "nowhere.toml" in missing.stderr
    (folder / "policyqa.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(PolicyQAError, match="not TOML"):
        load_settings()


def test_check_finds_what_a_server_would_stumble_over(folder: Path, compendium_index: Path) -> None:
    index = {"POLICYQA_INDEX": str(compendium_index), "POLICYQA_KEYS": str(folder / "keys.json")}
    assert policyqa("config", "check", **index).returncode == 0
    assert "--open" in policyqa("config", "check", POLICYQA_HOST="0.0.0.0", **index).stderr
    assert policyqa("config", "check", POLICYQA_HOST="0.0.0.0", POLICYQA_OPEN="true", **index).returncode == 0
    assert "index build" in policyqa("config", "check", POLICYQA_INDEX=str(folder / "none")).stderr
    (folder / "policyqa.toml").write_text('model_key = "sesame"\n')
    (folder / "policyqa.toml").chmod(0o644)
    told = policyqa("config", "check", **index).stderr
    assert "chmod 600" in told and "sesame" not in told
    (folder / "policyqa.toml").chmod(0o600)
    assert policyqa("config", "check", **index).returncode == 0
