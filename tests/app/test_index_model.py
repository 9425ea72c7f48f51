from __future__ import annotations

import json
from pathlib import Path

import pytest
from running import policyqa

from eval.bench.shapes import Shape, make_model

TINY = Shape("bert", 1, 32, 2, 48, 6_000, 128, "mean")
POLICY = "关于支持机器人产业的若干措施\n\n第一条 对机器人企业给予最高100万元补贴。\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(TINY, tmp_path_factory.mktemp("tiny"))


def build(model: Path, scratch: Path, *more: str) -> tuple[int, str]:
    source = scratch / "机器人.txt"
    source.write_text(POLICY, encoding="utf-8")
    done = policyqa(
        "index", "build", "--source", source, "--index", scratch / "index", "--model", model, *more
    )
    return done.returncode, done.stderr


def test_an_index_is_built_with_any_encoder(model: Path, tmp_path: Path) -> None:
    code, said = build(model, tmp_path, "--device", "cpu")
    assert code == 0
    assert "runs through" not in said

    found = policyqa("search", "机器人补贴", "--index", tmp_path / "index")
    assert "100万元" in found.stdout


def test_a_model_that_runs_slower_than_it_could_says_why(model: Path, tmp_path: Path) -> None:
    pooling = model / "1_Pooling" / "config.json"
    usual = pooling.read_text(encoding="utf-8")
    pooling.write_text(json.dumps({**json.loads(usual), "pooling_mode": "max"}), encoding="utf-8")
    code, said = build(model, tmp_path)
    pooling.write_text(usual, encoding="utf-8")

    assert code == 0
    assert "policyqa: the model runs through sentence-transformers: pooling max" in said


def test_a_missing_gpu_is_one_line(model: Path, tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    code, said = build(model, tmp_path, "--device", "cuda")
    assert code == 2
    assert (
        said.strip().splitlines()[-1]
        == "policyqa: No CUDA device is usable here: choose the device cpu or auto"
    )
