from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np
import pytest

from corpus.errors import PolicyQAError
from embeddings import neighbours, segment
from embeddings.build import add_documents, build_index, remove_documents
from embeddings.dense import VectorStore, write_vectors
from embeddings.index import Index
from embeddings.manifest import read_manifest
from embeddings.neighbours import Neighbours, build_neighbours
from embeddings.segment import NEIGHBOURS, read_segment, segment_folder
from small_index import WordEncoder, articles, collection, document, join

NAMES = [f"name{n}" for n in range(40)]


@pytest.fixture
def vectors() -> neighbours.Vectors:
    """Vectors in clusters, as texts of the same topics have them."""
    chance = np.random.default_rng(5)
    centres = chance.standard_normal((60, 64))
    made = centres[chance.integers(60, size=6000)] + 0.5 * chance.standard_normal((6000, 64))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def test_what_is_found_has_its_exact_score_and_order(tmp_path: Path, vectors: neighbours.Vectors) -> None:
    ids = np.arange(6000, dtype=np.int64) * 7
    write_vectors(tmp_path / "vectors", ids, vectors)
    search = build_neighbours(tmp_path / "near", vectors, vectors[:0])
    assert search.kind == "PCA64,IVF64,PQ32x4fs"
    assert 0.97 <= search.recall <= 1 and search.memory == (tmp_path / "near").stat().st_size
    removed = np.arange(0, 6000, 2)
    exact = VectorStore(tmp_path / "vectors", removed)
    near = VectorStore(tmp_path / "vectors", removed, Neighbours.open(tmp_path / "near", search))
    hits = 0
    for query in vectors[1:100:2]:
        best = dict(zip(*reversed(exact.search(query, 10)), strict=True))
        found = dict(zip(*reversed(near.search(query, 10)), strict=True))
        top = sorted(found, key=found.__getitem__, reverse=True)[:10]
        assert all(passage % 14 for passage in found)
        assert all(found[passage] == best[passage] for passage in found.keys() & best.keys())
        hits += len(set(top) & set(sorted(best, key=best.__getitem__, reverse=True)[:10]))
    assert hits / 500 >= 0.97


def test_a_large_segment_is_searched_approximately_and_the_manifest_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment, "LARGEST_FLAT", 1000)
    encoder = WordEncoder()
    report = build_index(collection(NAMES), tmp_path, encoder)
    (info,) = read_manifest(tmp_path).segments
    assert info.search.kind == "PCA32,IVF16,PQ16x4fs" and NEIGHBOURS in info.files
    assert report.note == ""
    add_documents(document("late", articles("late")), tmp_path, encoder)
    remove_documents(["name3"], tmp_path)
    first, second = read_manifest(tmp_path).segments
    assert (first.search, second.search.kind) == (info.search, "Flat")
    index = Index.open(tmp_path, encoder)
    assert Index.check(tmp_path) == []
    ids, _ = index.search_dense(encoder.encode_query(["算力券补贴"]), 1000)
    assert sorted(ids[0].tolist()) == sorted(index.passages)

    earlier = replace(first, search=replace(first.search, kind="IVF16,RaBitQfs"))
    assert read_segment(tmp_path, earlier).store.search(index.vectors([ids[0, 0]])[0], 1)[1].size

    near = segment_folder(tmp_path, first) / NEIGHBOURS
    near.write_bytes(b"x" * near.stat().st_size)
    with pytest.raises(PolicyQAError, match=r"neighbours\.faiss"):
        Index.open(tmp_path, encoder)


def test_a_recall_below_the_target_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "LARGEST_FLAT", 1000)
    monkeypatch.setattr("embeddings.build.TARGET_RECALL", 1.1)
    report = build_index(join(collection(NAMES)), tmp_path, WordEncoder())
    assert "PCA32,IVF16,PQ16x4fs" in report.note and "1.1" in report.note


def test_a_gpu_finds_centres_and_true_neighbours_where_faiss_has_one(
    tmp_path: Path, vectors: neighbours.Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = []

    def to_gpus(index: faiss.Index) -> faiss.Index:
        moved.append(type(index).__name__)
        return index

    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 1, raising=False)
    monkeypatch.setattr(faiss, "index_cpu_to_all_gpus", to_gpus, raising=False)
    with_gpu = build_neighbours(tmp_path / "gpu", vectors, vectors[:0])
    assert moved == ["IndexFlatL2", "IndexFlatIP"]
    monkeypatch.undo()
    assert build_neighbours(tmp_path / "cpu", vectors, vectors[:0]) == with_gpu
