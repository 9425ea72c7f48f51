from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import PolicyQAError
from embeddings import disk
from embeddings.manifest import (
    MANIFEST,
    DocumentCounts,
    FileInfo,
    Manifest,
    ModelInfo,
    SegmentInfo,
    differences,
    read_manifest,
    write_manifest,
)
from small_index import WordEncoder

SEGMENT = SegmentInfo(
    7,
    {"alpha": DocumentCounts(10, 12), "beta": DocumentCounts(20, 21), "gamma": DocumentCounts(0, 0)},
    {"lexical/meta.json": FileInfo(123, "c0ffee")},
)
MANIFEST_7 = Manifest(
    model=ModelInfo.of(WordEncoder(prompts={"query": "查询：", "document": ""})),
    corpus="c" * 32,
    chunker="d" * 32,
    segments=(SEGMENT, replace(SEGMENT, number=8, removed=("alpha",))),
    generation=3,
    created="2022-01-31T08:00:00+00:00",
    added=("beta",),
    dropped=("delta",),
    previous=("000005",),
)


def test_round_trip(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST_7)
    assert read_manifest(tmp_path) == MANIFEST_7
    assert [path.name for path in tmp_path.iterdir()] == [MANIFEST]


def test_counts_leave_out_what_was_removed() -> None:
    thinned = SEGMENT.without(["beta", "unknown"])
    assert thinned.removed == ("beta",)
    assert list(thinned.live) == ["alpha", "gamma"]
    assert (thinned.passages, thinned.live_passages) == (33, 12)
    assert thinned.without(["alpha"]).removed == ("alpha", "beta")
    whole = replace(MANIFEST_7, segments=(thinned,))
    assert (len(whole.documents), whole.clauses, whole.passages) == (2, 10, 12)


def test_a_failed_write_leaves_the_old_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_manifest(tmp_path, MANIFEST_7)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_manifest(tmp_path, replace(MANIFEST_7, generation=4))
    assert read_manifest(tmp_path).generation == 3
    assert [path.name for path in tmp_path.iterdir()] == [MANIFEST]


@pytest.mark.parametrize("kept", [1, 40, 0.5, 0.99])
def test_a_cut_manifest_is_recognised(tmp_path: Path, kept: float) -> None:
    write_manifest(tmp_path, MANIFEST_7)
    whole = (tmp_path / MANIFEST).read_bytes()
    (tmp_path / MANIFEST).write_bytes(whole[: int(kept * len(whole)) if kept < 1 else int(kept)])
    with pytest.raises(PolicyQAError, match="damaged"):
        read_manifest(tmp_path)


def test_every_changed_letter_is_recognised(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST_7)
    whole = (tmp_path / MANIFEST).read_bytes()
    for place in range(0, len(whole), 7):
        (tmp_path / MANIFEST).write_bytes(whole[:place] + bytes([whole[place] ^ 2]) + whole[place + 1 :])
        with pytest.raises(PolicyQAError):
            read_manifest(tmp_path)


def test_differences_name_both_values() -> None:
    same = WordEncoder(prompts={"query": "查询：", "document": ""})
    assert differences(MANIFEST_7, same, "d" * 32) == []
    assert differences(MANIFEST_7, None, "d" * 32) == []
    (chunker,) = differences(MANIFEST_7, same, "e" * 32)
    assert "dddddddddddd" in chunker and "eeeeeeeeeeee" in chunker
    (words,) = differences(replace(MANIFEST_7, tokens=0), same, "d" * 32)
    assert "version 0, not" in words
    other = WordEncoder(name="bge-m3", dimension=1024, fingerprint="b" * 32)
    text = "; ".join(differences(MANIFEST_7, other, "d" * 32))
    assert all(word in text for word in ["32 dimensions", "1024", "words", "bge-m3"])
