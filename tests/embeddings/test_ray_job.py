from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import PolicyQAError
from embeddings import ray_job
from embeddings.build import build_index
from embeddings.encoder import Encoder
from embeddings.index import Index
from embeddings.ray_job import RayEncoder
from small_index import articles, collection, join


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A Ray of two cores on this machine."""
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False, object_store_memory=100 * 2**20)
    yield
    ray.shutdown()


def test_an_index_built_by_workers_is_that_of_one_process(
    cluster: None, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Several batches for each worker.
    monkeypatch.setattr(ray_job, "_BATCH", 7)
    workers = RayEncoder.parse("ray:2", encoder, "cpu")
    calls: list[tuple[int, int]] = []
    corpus = collection()
    build_index(corpus, tmp_path / "workers", workers, progress=lambda *n: calls.append(n))
    build_index(corpus, tmp_path / "alone", encoder)
    found, expected = (Index.open(tmp_path / name, encoder) for name in ("workers", "alone"))
    assert list(found.passages) == list(expected.passages)
    ids = list(found.passages)
    np.testing.assert_array_equal(found.vectors(ids), expected.vectors(ids))
    question = encoder.encode_query(["人才公寓租金"])
    assert found.search_wordings(question[0], 50) == expected.search_wordings(question[0], 50)
    assert [total for _, total in calls] == [24] * len(calls)
    assert len(calls) >= 2 and calls[-1] == (24, 24)
    assert build_index(join(corpus), tmp_path / "workers", encoder).embedded == 0


def test_what_a_worker_says_is_one_line(cluster: None, encoder: Encoder, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(encoder.folder, tmp_path / "model")
    workers = RayEncoder.parse("ray", Encoder.load(tmp_path / "model"), "cpu")
    shutil.rmtree(tmp_path / "model")
    with pytest.raises(PolicyQAError, match=r"Ray workers did not finish.*No model") as caught:
        workers.encode_document(articles("alpha"))
    assert "\n" not in str(caught.value)


def test_nothing_is_started_for_nothing(encoder: Encoder) -> None:
    pytest.importorskip("ray.data")
    assert RayEncoder.parse("ray", encoder, "auto").encode_query([]).shape == (0, encoder.dimension)


@pytest.mark.parametrize("text", ["", "4", "ray:", "ray:0", "ray:-1", "ray:two", "rays"])
def test_workers_that_are_none(encoder: Encoder, text: str) -> None:
    with pytest.raises(PolicyQAError, match=r"--workers.*ray:4"):
        RayEncoder.parse(text, encoder, "auto")


def test_the_extra_is_named_where_it_is_missing(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(PolicyQAError, match=r"policyqa\[ray\]"):
        RayEncoder.parse("ray", encoder, "auto")
