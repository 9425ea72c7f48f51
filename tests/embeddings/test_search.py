"""What every engine must find: the index's own files, and Milvus."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpus.errors import PolicyQAError
from embeddings.build import add_documents, build_index, compact, remove_documents
from embeddings.index import Index
from small_index import FIELDS, WordEncoder, clause_ids, collection, dense, document, join, lexical


@pytest.fixture(scope="module", params=["files", "milvus"])
def engine(request: pytest.FixtureRequest) -> str:
    """Where Milvus searches the index; empty for its own files."""
    return str(request.getfixturevalue("milvus")) if request.param == "milvus" else ""


@pytest.fixture(scope="module")
def built(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index") / "built"
    build_index(collection(), folder, WordEncoder(), milvus=engine)
    return folder


def test_lexical_search_finds_words_headings_and_titles(built: Path) -> None:
    index = Index.open(built)
    assert clause_ids(index, lexical(index, "beta的人才公寓租金"))[0] == "beta/2"
    terms = [("gamma", 1.0)]
    by_title = index.search_lexical(terms, 50, {"title": 1.0})
    assert set(clause_ids(index, by_title)) == {f"gamma/{n}" for n in range(1, 9)}
    assert (
        index.search_lexical(terms, 50, {"heading": 1.0}) == by_title[:0]
        or index.search_lexical([("第1条", 1.0)], 50, {"heading": 1.0}) == []
    )


def test_lexical_search_leaves_out_what_has_no_weight(built: Path) -> None:
    index = Index.open(built)
    assert index.search_lexical([("gamma", 0.0)], 5, FIELDS) == []
    assert index.search_lexical([], 5, FIELDS) == []
    assert index.search_lexical([("nowhere", 1.0)], 5, FIELDS) == []
    with pytest.raises(ValueError, match="body"):
        index.search_lexical([("gamma", 1.0)], 5, {"body": 1.0})


def test_weights_count(built: Path) -> None:
    index = Index.open(built)
    once = dict(index.search_lexical([("gamma", 1.0)], 5, {"text": 1.0}))
    twice = dict(index.search_lexical([("gamma", 2.0)], 5, {"text": 1.0}))
    assert once and all(
        twice[passage] == pytest.approx(2 * score, abs=1e-3) for passage, score in once.items()
    )


def test_rare_tokens_weigh_more(built: Path) -> None:
    index = Index.open(built)
    assert index.idf("nowhere") > index.idf("基站") > index.idf("支持") > 0
    assert index.idf("gamma", "title") == pytest.approx(np.log(1 + 16.5 / 8.5))


def test_dense_search_finds_the_nearest(built: Path) -> None:
    index = Index.open(built)
    (best, score), *_ = dense(index, next(iter(index.passages_of("gamma/4"))).text)
    assert index.passages[best].clause == "gamma/4"
    assert 0.5 < score <= 1.0001


def test_dense_search_of_many_questions_is_that_of_each(built: Path) -> None:
    index = Index.open(built)
    questions = WordEncoder().encode_query([f"{n}万元补贴" for n in range(30)])
    ids, scores = index.search_dense(questions, 7)
    assert ids.shape == scores.shape == (30, 7)
    assert ids.dtype == np.int64 and scores.dtype == np.float32
    for row, question in enumerate(questions):
        alone = index.search_dense(question[None], 7)
        assert alone[0][0].tolist() == ids[row].tolist()
        assert alone[1][0].tolist() == scores[row].tolist()


def test_dense_search_gives_no_more_than_there_is(built: Path) -> None:
    index = Index.open(built)
    assert index.search_dense(WordEncoder().encode_query(["补贴"]), 1000)[0].shape == (1, 24)
    assert index.search_dense(WordEncoder().encode_query(["补贴"]), 0)[0].shape == (1, 0)


def test_vectors_of_another_size_are_refused(built: Path) -> None:
    with pytest.raises(PolicyQAError, match=r"32 dimensions.*\(1, 8\)"):
        Index.open(built).search_dense(np.zeros((1, 8), np.float32), 3)


def test_vectors_are_those_of_the_encoder(built: Path) -> None:
    from embeddings.parts import embedded_text

    index = Index.open(built)
    ids = list(index.passages)[3:6]
    expected = WordEncoder().encode_document([embedded_text(index.passages[i]) for i in ids])
    np.testing.assert_array_equal(index.vectors(ids), expected)
    with pytest.raises(KeyError):
        index.vectors([12345])


@pytest.mark.parametrize("search", [lexical, dense])
def test_ties_are_ordered_by_id_across_segments(engine: str, tmp_path: Path, search: object) -> None:
    same = ["发放补贴给企业。"] * 60
    build_index(document("alpha", same), tmp_path, WordEncoder(), milvus=engine)
    add_documents(document("alphb", same), tmp_path, WordEncoder())
    index = Index.open(tmp_path)
    assert len(index.manifest.segments) == 2
    hits = search(index, "发放补贴给企业。", 25)  # type: ignore[operator]
    tied: dict[float, list[int]] = {}
    for passage, score in hits:
        tied.setdefault(score, []).append(passage)
    assert len(hits) == 25
    assert max(map(len, tied.values())) > 5
    assert all(group == sorted(group) for group in tied.values())
    wider = search(index, "发放补贴给企业。", 120)  # type: ignore[operator]
    assert wider[:25] == hits


def test_results_are_the_same_after_compaction(engine: str, tmp_path: Path) -> None:
    build_index(collection(["alpha"]), tmp_path, WordEncoder(), milvus=engine)
    for name in ("beta", "gamma"):
        add_documents(collection([name]), tmp_path, WordEncoder())
    questions = ["beta人才公寓租金补贴多少", "最高100万元", "5G基站", "gamma首台套保险", "gamma"]
    before = Index.open(tmp_path)
    assert len(before.manifest.segments) == 3
    found = [(lexical(before, q, 20), dense(before, q, 20)) for q in questions]
    compact(tmp_path)
    after = Index.open(tmp_path)
    assert len(after.manifest.segments) == 1
    assert [(lexical(after, q, 20), dense(after, q, 20)) for q in questions] == found
    assert list(after.clauses) == list(before.clauses)


def test_an_index_with_a_removed_document_tells_nothing_of_it(engine: str, tmp_path: Path) -> None:
    build_index(
        join(collection(), document("secret", ["密级内容给予补贴。"])), tmp_path, WordEncoder(), milvus=engine
    )
    remove_documents(["secret"], tmp_path)
    index = Index.open(tmp_path)
    assert lexical(index, "密级内容") == [] or "secret/1" not in clause_ids(index, lexical(index, "密级内容"))
    assert "secret/1" not in clause_ids(index, dense(index, "密级内容给予补贴", 100))
    assert "secret/1" not in index.clauses and "secret" not in index.documents
