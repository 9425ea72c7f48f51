"""A writer killed at any moment leaves the index as it was before the change or as it is after it."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from killed import start_writer

from embeddings.build import build_index
from embeddings.index import Index
from embeddings.manifest import MANIFEST, read_manifest
from embeddings.segment import SEGMENTS
from small_index import WordEncoder, collection

ROUNDS = int(os.environ.get("POLICYQA_CRASH_ROUNDS", "200"))
LONGEST = 0.15  # seconds; a change takes some 0.03 on an idle machine, 0.15 on a busy one
PATIENCE = 60.0  # seconds


def finished_in(acknowledged: Path) -> list[tuple[int, int]]:
    """Generation and version of every change that was finished."""
    pairs = (line.split() for line in acknowledged.read_text().splitlines())
    return [(int(generation), int(version)) for generation, version in pairs]


def version_of(index: Index) -> int:
    """The one version that all articles of the counting document state."""
    texts = [clause.text for clause in index.clauses_of("counter")]
    (version,) = {int(text[1 : text.index("版")]) for text in texts}
    assert len(texts) == 5
    return version


def check_whole(folder: Path) -> tuple[int, int]:
    """Asserts that the index is one whole state; gives its generation and version."""
    index = Index.open(folder, WordEncoder())
    assert Index.check(folder) == []
    assert {"alpha", "beta", "gamma", "counter"} <= index.documents.keys()
    ids, _ = index.search_dense(WordEncoder().encode_query(["补贴"]), 1000)
    assert sorted(ids[0].tolist()) == sorted(index.passages)
    found = index.search_lexical([("支", 1.0)], 1000, {"text": 1.0})
    assert sorted(passage for passage, _ in found) == sorted(index.passages)
    return index.manifest.generation, version_of(index)


def test_a_killed_writer_leaves_the_old_index_or_the_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    chance = random.Random(20220101)
    generation, version = 1, 0
    acknowledged = tmp_path / "acknowledged"
    with start_writer("crash_writer.py", folder, acknowledged) as writer:
        for step in range(ROUNDS):
            acknowledged.write_text("")
            with writer.at_work(version, step):
                time.sleep(chance.random() * LONGEST)
            finished = finished_in(acknowledged)
            if finished:
                generation, version = finished[-1]
            found = check_whole(folder)
            assert found[0] in (generation, generation + 1)
            assert found[1] in (version, version + 1)
            generation, version = found
    assert generation > ROUNDS / 20
    build_index(collection(), folder, WordEncoder())
    assert not (folder / f"{MANIFEST}.new").exists()
    manifest = read_manifest(folder)
    names = {info.name for info in manifest.segments} | set(manifest.previous)
    assert {path.name for path in (folder / SEGMENTS).iterdir()} == names


def test_readers_open_whole_states_while_a_writer_is_at_work(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    seen: list[int] = []
    until = time.monotonic() + PATIENCE
    acknowledged = tmp_path / "acknowledged"
    with start_writer("crash_writer.py", folder, acknowledged) as writer, writer.at_work(0, 0):
        while len(set(seen)) < 8 and time.monotonic() < until:
            seen.append(check_whole(folder)[0])
    assert len(set(seen)) == 8
    assert seen == sorted(seen)
