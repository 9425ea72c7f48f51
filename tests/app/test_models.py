"""``policyqa models``: what is in place, fetching from a mirror, trying one."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from model_hub import NAME, mirroring
from running import policyqa
from small_cross_encoder import small_cross_encoder
from writable import RIGHT

from rag.generators.model_files import KNOWN


@pytest.fixture(autouse=True)
def hub_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def mirror(writing_model):
    with mirroring(writing_model) as held:
        yield held


def run(address, home, *arguments):
    """A command in a process of its own, for the hub's address is read when its library is imported."""
    settings = {"HF_ENDPOINT": address, "HF_HOME": str(home), "HF_HUB_DOWNLOAD_TIMEOUT": "2"}
    environment = {k: v for k, v in os.environ.items() if k != "HF_HUB_OFFLINE"} | settings
    command = [sys.executable, "-m", "app", "models", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


def test_a_list_of_what_is_looked_for(writing_model, hub_cache):
    rows = [json.loads(line) for line in policyqa("models", "list", "--json").stdout.splitlines()]
    assert [row["name"] for row in rows] == [known.name for known in KNOWN]
    assert all(row["licence"] and row["gigabytes"] and not row["path"] for row in rows)
    assert {row["does"] for row in rows} == {"writes", "reranks", "tells entailment"}
    folder = hub_cache / f"models--{rows[-1]['name'].replace('/', '--')}"
    shutil.copytree(writing_model, folder / "snapshots" / "abc")
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("abc")
    assert str(folder / "snapshots" / "abc") in policyqa("models", "list").stdout


def test_a_model_is_pulled_verified_and_found(mirror, tmp_path):
    address, held = mirror
    ran = run(address, tmp_path, "pull", NAME)
    assert ran.returncode == 0, ran.stderr
    assert "licence: apache-2.0" in ran.stderr and "GB  model.safetensors" in ran.stderr
    folder = Path(ran.stdout.strip())
    assert (folder / "model.safetensors").read_bytes() == held.files["model.safetensors"]
    assert not (folder / "extra.onnx").exists()
    assert run("http://127.0.0.1:9", tmp_path, "path", NAME).stdout == ran.stdout
    held.sent.clear()
    assert run(address, tmp_path, "pull", NAME).returncode == 0 and held.sent == []


def test_a_pull_that_was_broken_off_goes_on(mirror, tmp_path):
    address, held = mirror
    held.files["model.safetensors"] = b"weights!" * 3_000_000
    held.breaks_at = 12_000_000
    ran = run(address, tmp_path, "pull", NAME, "--output", tmp_path / "model")
    if ran.returncode:  # some versions of the hub's library go on by themselves
        assert "policyqa: The language model someone/small-model cannot be fetched" in ran.stderr
        held.breaks_at = 0
        assert run(address, tmp_path, "pull", NAME, "--output", tmp_path / "model").returncode == 0
    assert held.ranges and all(int(wanted[6:-1]) > 10_000_000 for wanted in held.ranges)
    weights = (tmp_path / "model" / "model.safetensors").read_bytes()
    assert weights == held.files["model.safetensors"]


def test_a_copied_folder_serves_without_the_internet(mirror, tmp_path, policies_index):
    address, _ = mirror
    assert run(address, tmp_path, "pull", NAME, "--output", tmp_path / "model").returncode == 0
    copied = shutil.copytree(tmp_path / "model", tmp_path / "elsewhere")
    assert policyqa("models", "path", copied).stdout.strip() == str(copied)
    options = ("--question", RIGHT, "--index", policies_index, "--as-of", "2022-06-01", "--json")
    facts = json.loads(policyqa("models", "check", copied, *options).stdout)
    assert (facts["verified"], facts["not_verified"], facts["instead"]) == (1, 1, "")
    assert facts["load_seconds"] > 0 and facts["first_word_seconds"] > 0 and facts["memory_gb"] > 0


@pytest.mark.parametrize(
    ("setting", "outputs", "tells", "does"),
    [
        ("POLICYQA_RERANKER", ("relevance",), "relevance", "reranks"),
        ("POLICYQA_ENTAILMENT", ("entailment", "neutral"), "entailment", "tells entailment"),
    ],
)
def test_a_cross_encoder_is_tried_shown_and_used(tmp_path, policies_index, setting, outputs, tells, does):
    folder = small_cross_encoder(tmp_path / "small", {("甲", "乙"): 0, ("甲", "丙"): 0}, outputs)
    assert policyqa("models", "path", folder).stdout.strip() == str(folder)
    options = ("--question", RIGHT, "--index", policies_index, "--json")
    facts = json.loads(policyqa("models", "check", folder, *options).stdout)
    assert (facts["tells"], facts["model"]) == (tells, str(folder))
    assert facts["pairs"] > 1 and 0 <= facts["lowest"] <= facts["highest"] <= 1
    name = setting.removeprefix("POLICYQA_").lower()
    info = ("info", "--index", policies_index, "--json")
    plain, used, gone = (
        json.loads(policyqa(*info, **held).stdout)
        for held in ({}, {setting: str(folder)}, {setting: "nobody/none"})
    )
    assert (plain["reranker"], plain["entailment"]) == ("off", "off")
    assert used[name] == str(folder) and f"{name}_problem" not in used
    assert "'nobody/none'" in gone[f"{name}_problem"]
    ran = policyqa("ask", RIGHT, "--index", policies_index, **{setting: str(folder)})
    assert ran.returncode == 0 and f"{folder} {does}" in ran.stderr
    ran = policyqa("ask", RIGHT, "--index", policies_index, **{setting: "nobody/none"})
    assert ran.returncode == 2 and "nothing is downloaded unasked" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_weights_that_come_damaged_are_taken_away(mirror, tmp_path):
    address, held = mirror
    held.damaged = True
    ran = run(address, tmp_path, "pull", NAME)
    assert ran.returncode == 2 and "model.safetensors has come damaged" in ran.stderr
    held.damaged = False
    ran = run(address, tmp_path, "pull", NAME)
    assert ran.returncode == 0, ran.stderr
    assert (Path(ran.stdout.strip()) / "model.safetensors").read_bytes() == held.files["model.safetensors"]


def test_what_cannot_be_had_is_told_in_one_line(mirror, tmp_path):
    address, _ = mirror
    for place, arguments, told in (
        (address, ("pull", "someone/else"), "cannot be fetched"),
        ("http://127.0.0.1:9", ("pull", NAME), "HF_ENDPOINT"),
        (address, ("path", "nobody/none"), "policyqa models pull"),
        (address, ("path", tmp_path), "no config.json"),
        (address, ("check", "--index", tmp_path), "holds no index"),
    ):
        ran = run(place, tmp_path, *arguments)
        lines = ran.stderr.strip().splitlines()
        assert ran.returncode == 2 and told in lines[-1] and len(lines) == 1, ran.stderr
