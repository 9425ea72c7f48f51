"""A writer killed at any moment leaves the index as it was before the change or as it is after it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from embeddings.build import build_index
from embeddings.index import Index
from embeddings.manifest import MANIFEST, read_manifest
from embeddings.segment import SEGMENTS
from small_index import WordEncoder, collection

ROUNDS = int(os.environ.get("POLICYQA_CRASH_ROUNDS", "20"))
LONGEST = 0.5  # seconds; a change takes about 0.1 to 0.2
WRITER = Path(__file__).resolve().parents[1] / "crash_writer.py"


def version_of(index: Index) -> int:
    """The one version that all articles of the counting document state."""
    texts = [clause.text for clause in index.clauses_of("counter")]
    (version,) = {int(text[1 : text.index("版")]) for text in texts}
    assert len(texts) == 5
    return version


def last_acknowledged(path: Path) -> tuple[int, int]:
    lines = path.read_text().splitlines() if path.exists() else []
    generation, version = lines[-1].split() if lines else ("1", "0")
    return int(generation), int(version)


def check_whole(folder: Path, acknowledged: Path) -> int:
    """The index is whole, and is what the last finished change made it, or the change after that."""
    generation, version = last_acknowledged(acknowledged)
    index = Index.open(folder, WordEncoder())
    assert Index.check(folder) == []
    assert index.manifest.generation in (generation, generation + 1)
    assert version_of(index) in (version, version + 1)
    assert {"alpha", "beta", "gamma", "counter"} <= index.documents.keys()
    ids, _ = index.search_dense(WordEncoder().encode_query(["补贴"]), 1000)
    assert sorted(ids[0].tolist()) == sorted(index.passages)
    found = index.search_lexical([("支", 1.0)], 1000, {"text": 1.0})
    assert sorted(passage for passage, _ in found) == sorted(index.passages)
    return version_of(index)


def test_readers_open_whole_states_while_a_writer_is_at_work(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    command = [sys.executable, str(WRITER), str(folder), str(tmp_path / "acknowledged")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdin and writer.stdout
        writer.stdin.write("0\n")
        writer.stdin.flush()
        pid = int(writer.stdout.readline())
        first = read_manifest(folder).generation
        until = time.monotonic() + 30
        try:
            seen: list[int] = []
            while len(set(seen)) < 12 and time.monotonic() < until:
                index = Index.open(folder)
                assert index._faults() == []
                seen.append(index.manifest.generation)
                version_of(index)
        finally:
            os.kill(pid, signal.SIGKILL)
    assert seen == sorted(seen)
    assert seen[-1] > first


def test_a_killed_writer_leaves_the_old_index_or_the_new_one(tmp_path: Path) -> None:
    folder, acknowledged = tmp_path / "index", tmp_path / "acknowledged"
    # The base holds the counting document; the first round adds it again as somebody's own.
    chance = random.Random(20220101)
    command = [sys.executable, str(WRITER), str(folder), str(acknowledged)]
    finished = 0
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdin and writer.stdout
        version = 0
        for _ in range(ROUNDS):
            writer.stdin.write(f"{version}\n")
            writer.stdin.flush()
            pid = int(writer.stdout.readline())
            time.sleep(chance.random() * LONGEST)
            os.kill(pid, signal.SIGKILL)
            assert writer.stdout.readline() == "ended\n"
            version = check_whole(folder, acknowledged)
            generation = Index.open(folder).manifest.generation
            acknowledged.write_text(f"{generation} {version}\n")
            finished = max(finished, generation)
    assert finished > ROUNDS / 4, "the writer was always killed before it had done anything"
    build_index(collection(), folder, WordEncoder())
    assert not (folder / f"{MANIFEST}.new").exists()
    listed = Index.open(folder).manifest
    names = {info.name for info in listed.segments} | set(listed.previous)
    assert {path.name for path in (folder / SEGMENTS).iterdir()} == names
