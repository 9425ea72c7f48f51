"""The files of deploy/ and what is written about operation, held against settings, package and server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from running import STARTED, policyqa, serving
from writable import RIGHT

from app.documents.intake import LARGEST_UPLOAD
from app.limits import LARGEST_REQUEST
from app.settings import OTHER_VARIABLES, PREFIX, Settings, read_file
from embeddings.manifest import FORMAT

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
UNIT = (DEPLOY / "policyqa.service").read_text()
DATA = "/var/lib/policyqa"
FILES = [*DEPLOY.iterdir(), *ROOT.glob("docs/*.md"), *ROOT.glob("README*.md"), ROOT / "Makefile"]


def test_every_variable_that_is_named_is_a_setting() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | OTHER_VARIABLES
    named = {
        (path.name, name)
        for path in FILES
        for name in re.findall(r"POLICYQA_[A-Z0-9_]+", path.read_text(encoding="utf-8"))
    }
    assert len({file for file, _ in named}) > 4
    assert [(file, name) for file, name in sorted(named) if name not in known] == []


def compose(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text())
    return read


def test_what_compose_sets_is_valid_and_in_its_place() -> None:
    service = compose("compose.yaml")["services"]["policyqa"]
    assert service["image"].startswith(f"policyqa:{PROJECT['version']}-")
    build = service["build"]
    assert (DEPLOY / build["context"]).resolve() == ROOT and (ROOT / build["dockerfile"]).is_file()
    assert set(build["args"]) <= set(re.findall(r"^ARG (\w+)", DOCKERFILE, re.MULTILINE))
    assert service["volumes"] == [f"data:{DATA}"] and f"VOLUME {DATA}\n" in DOCKERFILE
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    environment = service["environment"] | compose("compose.vllm.yaml")["services"]["policyqa"]["environment"]
    values = {
        name.removeprefix(PREFIX).lower(): re.sub(r"\$\{\w+:?-?(\w*)[^}]*\}", r"\1", str(value))
        for name, value in environment.items()
    }
    settings = Settings(**{name: value for name, value in values.items() if value})
    assert float(service["stop_grace_period"].removesuffix("s")) > settings.stop_seconds + 5
    assert settings.generator == "openai"
    port = service["ports"][0].split(":")
    assert port[0] == "127.0.0.1" and f"POLICYQA_PORT={port[2]}\n" in DOCKERFILE


def test_the_models_server_is_reached_and_reaches_nothing() -> None:
    both = compose("compose.vllm.yaml")
    ours, server = both["services"]["policyqa"], both["services"]["vllm"]
    assert ours["environment"]["POLICYQA_MODEL_URL"] == "http://vllm:8000/v1"
    assert f"--served-model-name={ours['environment']['POLICYQA_MODEL']}" in server["command"]
    assert "ports" not in server and set(server["networks"]) == {"model"} <= set(ours["networks"])
    assert both["networks"]["model"]["internal"] is True


def test_everything_in_the_image_is_pinned_and_there() -> None:
    installs = re.findall(r"pip install (.*)", DOCKERFILE)
    assert len(installs) == 4 and all("--constraint constraints.txt" in line for line in installs)
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = {
        name
        for line in re.findall(r"^COPY (?!--from)(.*)", DOCKERFILE, re.MULTILINE)
        for name in line.split()[:-1]
    }
    assert copied == let_in and all((ROOT / name).exists() for name in copied)
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    assert {name.partition(".")[0] for name in packages} <= copied
    assert {PROJECT["readme"], *PROJECT["license-files"]} <= copied
    extras = re.findall(r"EXTRAS=([\w,]+\w)", DOCKERFILE)
    assert extras and set(extras[0].split(",")) <= PROJECT["optional-dependencies"].keys()
    assert re.findall(r"^USER (.*)", DOCKERFILE, re.MULTILINE) == ["10001:10001"]


def test_every_dependency_is_pinned() -> None:
    pinned = {
        canonicalize_name(Requirement(line).name): str(Requirement(line).specifier)
        for line in (ROOT / "constraints.txt").read_text().splitlines()
    }
    assert all(value.startswith("==") for value in pinned.values())
    wanted = [
        *PROJECT["dependencies"],
        *(one for group in PROJECT["optional-dependencies"].values() for one in group),
    ]
    for line in wanted:
        requirement = Requirement(line)
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)].removeprefix("=="))
    torch = pinned["torch"]
    for name in ("Makefile", "README.md"):
        assert f"torch{torch}" in (ROOT / name).read_text()


def test_the_health_check_of_the_image_tells_a_server_from_none(policies_index: Path) -> None:
    found = re.search(r"HEALTHCHECK .*\\\n\s+CMD (\[.*\])", DOCKERFILE)
    assert found is not None
    command = [sys.executable, *json.loads(found[1])[1:]]

    def status(port: str) -> int:
        environment = os.environ | {"POLICYQA_PORT": port, "http_proxy": "http://127.0.0.1:9"}
        return subprocess.run(command, env=environment, capture_output=True, timeout=30).returncode

    with serving(policies_index) as address:
        port = address.rstrip("/").rpartition(":")[2]
        assert status(port) == 0
    assert status(port) != 0


def test_the_data_folder_is_the_one_that_unit_and_image_give(tmp_path: Path) -> None:
    assert (
        f"XDG_DATA_HOME={Path(DATA).parent} " in UNIT and f"XDG_DATA_HOME={Path(DATA).parent} " in DOCKERFILE
    )
    script = (
        "import app.settings as s; from pathlib import Path; s._PROJECT_ROOT = Path('/nowhere'); "
        "print(s.Settings().index, s.Settings().keys)"
    )
    environment = os.environ | {"XDG_DATA_HOME": str(Path(DATA).parent)}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True
    )
    assert ran.stdout.split() == [f"{DATA}/index", f"{DATA}/keys.json"], ran.stderr


def test_the_units_settings_are_in_order(policies_index: Path) -> None:
    settings = Settings(**read_file(DEPLOY / "policyqa.toml"))
    stop = re.search(r"^TimeoutStopSec=(\d+)", UNIT, re.MULTILINE)
    assert stop is not None and int(stop[1]) > settings.stop_seconds + 5
    assert (
        "KillMode=mixed\n" in UNIT
        and f"proxy_pass http://{settings.host}:{settings.port};" in (DEPLOY / "nginx.conf").read_text()
    )
    places = {"POLICYQA_CONFIG": str(DEPLOY / "policyqa.toml"), "POLICYQA_INDEX": str(policies_index)}
    assert policyqa("config", "check", **places).returncode == 0


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "policyqa.service"
    unit.write_text(UNIT.replace("/opt/policyqa/bin/policyqa", "/bin/true"))
    ran = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, [line for line in ran.stderr.splitlines() if unit.name in line]) == (0, [])


def test_the_proxy_lets_through_what_the_server_takes() -> None:
    site = (DEPLOY / "nginx.conf").read_text()
    most = [int(size) << 20 for size in re.findall(r"client_max_body_size\s+(\d+)m;", site)]
    assert most == [LARGEST_REQUEST, LARGEST_UPLOAD]
    assert len(re.findall(r"proxy_pass ", site)) == 2 and "proxy_buffering off;" in site


def test_upgrade_notes_name_the_format_in_force() -> None:
    assert f"**format**, now {FORMAT}," in (ROOT / "docs" / "deploy.md").read_text()


def test_every_test_that_the_threat_model_names_exists() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    names = set(re.findall(r"`(test_\w+)[…`]", text))
    assert len(names) > 40
    assert [name for name in sorted(names) if f"def {name}(" not in sources] == []
    paths = re.findall(r"`(tests/[\w/.]+)`", text)
    assert paths and [path for path in paths if not (ROOT / path).exists()] == []
    for row in re.findall(r"^\|.*\|$", text.partition("## How")[2].partition("## What")[0], re.MULTILINE)[2:]:
        shown = row.rstrip("|").rpartition("|")[2]
        assert "test" in shown or "eval.bench" in shown, row


class Repeating(BaseHTTPRequestHandler):
    """A language model's server that fails and repeats what it was sent, the key too."""

    def do_POST(self) -> None:
        body = f"failed: {self.headers}".encode()
        self.send_response(500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def repeating_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Repeating) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def test_the_key_of_a_models_server_is_never_logged(
    policies_index: Path, tmp_path: Path, repeating_server: str
) -> None:
    key, log = "a-very-secret-key", tmp_path / "log"
    places = {
        "POLICYQA_GENERATOR": "openai",
        "POLICYQA_MODEL": "some",
        "POLICYQA_MODEL_URL": repeating_server,
        "POLICYQA_MODEL_KEY": key,
        "POLICYQA_LOG_LEVEL": "debug",
        "POLICYQA_KEYS": str(tmp_path / "keys.json"),
    }
    command = [sys.executable, "-m", "app", "serve", "--index", str(policies_index), "--port", "0"]
    with (
        log.open("w") as err,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=err, text=True, env=os.environ | places
        ) as process,
    ):
        assert process.stdout is not None
        try:
            address = process.stdout.readline().partition(STARTED)[2].split()[0]
            question = {"question": RIGHT}
            asked = httpx.post(f"{address}api/v1/ask", json=question, trust_env=False, timeout=60)
            shown = asked.text + httpx.get(f"{address}metrics", trust_env=False, timeout=20).text
        finally:
            process.terminate()
        shown += process.stdout.read()
    assert asked.status_code == 200 and "status 500" in log.read_text()
    assert key not in shown + log.read_text()
