from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import numpy as np
import pytest

from corpus.collection import shipped_corpus
from corpus.errors import PolicyQAError
from embeddings import segment
from embeddings.build import add_documents, build_index, compact, fingerprint_corpus, is_stale
from embeddings.engines import milvus as engine
from embeddings.engines.milvus import Place, parse_uri
from embeddings.index import Index
from embeddings.manifest import read_manifest
from embeddings.segment import segment_folder
from embeddings.tokens import lexical_tokens
from small_index import FIELDS, WordEncoder, collection, dense, document, lexical

QUESTIONS = Path(__file__).parents[2] / "eval" / "questions" / "dev"


def place_of(folder: Path, number: int = -1) -> Place:
    return Place.read(segment_folder(folder, read_manifest(folder).segments[number]))


def held(milvus: str, *places: Place) -> list[bool]:
    from pymilvus import MilvusClient

    client = MilvusClient(milvus)
    return [client.has_collection(name) for place in places for name in place.collections]


def asked() -> list[str]:
    files = sorted(QUESTIONS.glob("P-G*.jsonl"))
    rows = [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines()[:5]]
    return [row["question"] for row in rows if "question" in row]


def test_the_compendium_is_searched_as_by_its_files(
    compendium_index: Path, milvus: str, tmp_path: Path
) -> None:
    from embeddings.encoder import Encoder

    encoder = Encoder.load()
    build_index(shipped_corpus(), tmp_path, encoder, milvus=milvus)
    files, server = Index.open(compendium_index, encoder), Index.open(tmp_path, encoder)
    assert Index.check(tmp_path) == []
    questions = asked()
    assert len(questions) >= 20
    vectors = encoder.encode_query(questions)
    for ours, theirs in zip(server.search_dense(vectors, 50), files.search_dense(vectors, 50), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    fields = {**FIELDS, "asked": 0.5}
    same, close = [], []
    for question, vector in zip(questions, vectors, strict=True):
        expected, found = files.search_wordings(vector, 50), server.search_wordings(vector, 50)
        assert all(found[clause] == expected[clause] for clause in list(expected)[:10])
        terms = [(token, 1.0) for token in lexical_tokens(question)]
        right, near = (dict(index.search_lexical(terms, 50, fields)) for index in (files, server))
        same.append(len(set(list(right)[:10]) & set(list(near)[:10])) / max(1, len(list(right)[:10])))
        close += [abs(near[passage] / right[passage] - 1) for passage in near.keys() & right.keys()]
        assert server.idf(terms[0][0]) == files.idf(terms[0][0])
    # Tantivy knows a passage's length to an eighth only; here it is exact.
    assert np.mean(same) >= 0.97 and min(same) >= 0.7
    assert max(close) <= 0.08


def test_small_segments_score_as_in_one(milvus: str, tmp_path: Path) -> None:
    long = [text * 8 for text in ("对企业的研发费用给予最高百分之十的补贴。", "展会费用按实际支出报销。")]
    build_index(document("alpha", long * 6), tmp_path, WordEncoder(), milvus=milvus)
    add_documents(document("beta", ["研发补贴。"]), tmp_path, WordEncoder())
    assert place_of(tmp_path, 0).averages == place_of(tmp_path, 1).averages
    apart = dict(lexical(Index.open(tmp_path), "研发补贴", 20))
    compact(tmp_path)
    together = dict(lexical(Index.open(tmp_path), "研发补贴", 20))
    assert together == pytest.approx(apart, rel=0.08)
    assert list(together) == list(apart)


def test_what_no_state_lists_is_dropped(milvus: str, tmp_path: Path) -> None:
    build_index(collection(["alpha"]), tmp_path, WordEncoder(), milvus=milvus)
    first = place_of(tmp_path)
    reader = Index.open(tmp_path)
    before = dense(reader, "alpha补贴"), lexical(reader, "alpha补贴")
    add_documents(collection(["beta"]), tmp_path, WordEncoder())
    compact(tmp_path)
    # The state before the present one stays for readers that have it open.
    assert (dense(reader, "alpha补贴"), lexical(reader, "alpha补贴")) == before
    third = place_of(tmp_path)
    build_index(collection(["alpha"]), tmp_path, WordEncoder())
    assert not any(held(milvus, first)) and all(held(milvus, third))
    with pytest.raises(PolicyQAError, match="Milvus at") as caught:
        dense(reader, "alpha补贴")
    assert "\n" not in str(caught.value)
    build_index(collection(["alpha"]), tmp_path, WordEncoder())
    assert not any(held(milvus, third))
    assert lexical(Index.open(tmp_path), "alpha补贴")


def test_what_a_killed_writer_left_is_dropped(milvus: str, tmp_path: Path) -> None:
    build_index(collection(["alpha"]), tmp_path, WordEncoder(), milvus=milvus)
    (info,) = read_manifest(tmp_path).segments
    content = segment.read_segment(tmp_path, info).content()
    left = segment.write_segment(tmp_path, 99, content, milvus)
    place = Place.read(segment_folder(tmp_path, left))
    assert all(held(milvus, place))
    add_documents(collection(["beta"]), tmp_path, WordEncoder())
    assert not any(held(milvus, place)) and not segment_folder(tmp_path, left).exists()
    assert list(Index.open(tmp_path).documents) == ["alpha", "beta"]


def test_a_change_that_fails_leaves_nothing(
    milvus: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pymilvus import MilvusClient

    build_index(collection(["alpha"]), tmp_path, WordEncoder(), milvus=milvus)
    before = set(MilvusClient(milvus).list_collections())

    def broken(*_: object, **__: object) -> None:
        raise ConnectionError("the line\nis cut")

    with monkeypatch.context() as patch:
        patch.setattr(MilvusClient, "flush", broken)
        with pytest.raises(PolicyQAError, match="the line is cut"):
            add_documents(collection(["beta"]), tmp_path, WordEncoder())
    assert set(MilvusClient(milvus).list_collections()) == before
    assert list(Index.open(tmp_path).documents) == ["alpha"]


def test_a_collection_that_is_gone_is_told(milvus: str, tmp_path: Path) -> None:
    from pymilvus import MilvusClient

    build_index(collection(["alpha"]), tmp_path, WordEncoder(), milvus=milvus)
    MilvusClient(milvus).drop_collection(f"{place_of(tmp_path).name}_wordings")
    with pytest.raises(PolicyQAError, match=r"holds 0 of the 24 rows.*policyqa index build"):
        Index.open(tmp_path)
    assert len(Index.check(tmp_path)) == 1


def test_a_server_that_does_not_answer_leaves_the_old_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pymilvus")
    monkeypatch.setattr(engine, "_TIMEOUT", 0.5)
    build_index(collection(["alpha"]), tmp_path, WordEncoder())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(PolicyQAError, match=f"Milvus at {uri} does not answer") as caught:
        build_index(collection(["beta"]), tmp_path, WordEncoder(), milvus=uri)
    assert "\n" not in str(caught.value)
    assert list(Index.open(tmp_path).documents) == ["alpha"]


def test_large_segments_are_searched_approximately_and_the_manifest_says_so(
    milvus: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LARGEST_FLAT", 20)
    build_index(collection(), tmp_path, WordEncoder(), milvus=milvus)
    (info,) = read_manifest(tmp_path).segments
    assert info.search.kind == "Milvus AUTOINDEX" and info.search.recall >= 0.97
    assert Index.open(tmp_path).manifest.milvus == milvus


def test_an_index_searched_elsewhere_is_stale(tmp_path: Path) -> None:
    corpus = collection(["alpha"])
    build_index(corpus, tmp_path, WordEncoder())
    right = fingerprint_corpus(corpus)
    uri = "http://127.0.0.1:19530"
    assert f"searched by its files, not by {uri}" in str(is_stale(tmp_path, right, WordEncoder(), uri))


def test_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_uri("milvus.db") == str(tmp_path / "milvus.db")
    assert parse_uri("http://127.0.0.1:19530") == "http://127.0.0.1:19530"
    with pytest.raises(PolicyQAError, match="POLICYQA_MILVUS_TOKEN") as caught:
        parse_uri("https://root:secret@milvus:19530")
    assert "secret" not in str(caught.value)


def test_the_extra_is_named_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(PolicyQAError, match=r"policyqa\[milvus\]"):
        build_index(collection(["alpha"]), tmp_path, WordEncoder(), milvus=str(tmp_path / "other.db"))
