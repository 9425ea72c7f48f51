from __future__ import annotations

import json
import resource
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import PolicyQAError
from corpus.passages import split_passages
from embeddings.build import add_documents, build_index, compact, remove_documents
from embeddings.index import Index
from embeddings.manifest import MANIFEST
from embeddings.segment import SEGMENTS
from embeddings.tokens import lexical_tokens
from small_index import WordEncoder, articles, collection, document, join

FIELDS = {"text": 1.0, "heading": 0.5, "title": 0.5}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index") / "built"
    build_index(collection(), folder, WordEncoder())
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "index"))


def lexical(index: Index, text: str, k: int = 10) -> list[tuple[int, float]]:
    return index.search_lexical([(token, 1.0) for token in lexical_tokens(text)], k, FIELDS)


def dense(index: Index, text: str, k: int = 10) -> list[tuple[int, float]]:
    ids, scores = index.search_dense(WordEncoder().encode_query([text]), k)
    return list(zip(ids[0].tolist(), scores[0].tolist(), strict=True))


def clause_ids(index: Index, hits: list[tuple[int, float]]) -> list[str]:
    return [index.passages[passage].clause for passage, _ in hits]


def test_records_come_back_as_they_were(built: Path) -> None:
    index = Index.open(built, WordEncoder())
    corpus = collection()
    assert tuple(index.documents.values()) == corpus.documents
    assert tuple(index.clauses.values()) == corpus.clauses
    assert {p.clause for p in index.passages.values()} == {c.id for c in corpus.clauses}
    assert [c.id for c in index.clauses_of("beta")] == [f"beta/{n}" for n in range(1, 9)]
    assert [p.clause for p in index.passages_of("beta/3")] == ["beta/3"]
    assert index.children("beta/3") == ()


def test_children_are_found_in_source_order(tmp_path: Path) -> None:
    corpus = document("alpha", articles("alpha", 3))
    clauses = [corpus.clauses[0], *(replace(c, parent="alpha/1") for c in corpus.clauses[1:])]
    build_index(replace(corpus, clauses=tuple(clauses)), tmp_path, WordEncoder())
    assert [c.id for c in Index.open(tmp_path).children("alpha/1")] == ["alpha/2", "alpha/3"]


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
def test_ties_are_ordered_by_id_across_segments(tmp_path: Path, search: object) -> None:
    same = ["发放补贴给企业。"] * 60
    build_index(document("alpha", same), tmp_path, WordEncoder())
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


def test_results_are_the_same_after_compaction(tmp_path: Path) -> None:
    build_index(collection(["alpha"]), tmp_path, WordEncoder())
    for name in ("beta", "gamma", "delta"):
        add_documents(collection([name]), tmp_path, WordEncoder())
    questions = ["beta人才公寓租金补贴多少", "最高100万元", "5G基站", "delta首台套保险", "gamma"]
    before = Index.open(tmp_path)
    assert len(before.manifest.segments) == 4
    found = [(lexical(before, q, 20), dense(before, q, 20)) for q in questions]
    compact(tmp_path)
    after = Index.open(tmp_path)
    assert len(after.manifest.segments) == 1
    assert [(lexical(after, q, 20), dense(after, q, 20)) for q in questions] == found
    assert list(after.clauses) == list(before.clauses)


def test_a_reader_keeps_its_snapshot(folder: Path) -> None:
    index = Index.open(folder)
    found = lexical(index, "beta补贴", 50), dense(index, "beta补贴", 50)
    remove_documents(["beta"], folder)
    for n in range(3):
        add_documents(collection([f"new{n}"]), folder, WordEncoder())
        compact(folder)
    assert (lexical(index, "beta补贴", 50), dense(index, "beta补贴", 50)) == found
    assert "beta" in index.documents
    assert "beta" not in Index.open(folder).documents


def test_a_folder_that_cannot_be_written_can_be_read(folder: Path) -> None:
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    lexical(Index.open(folder), "补贴")
    assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (WordEncoder(fingerprint="a" * 32), ["ffffffffffff", "aaaaaaaaaaaa"]),
        (WordEncoder(name="other", dimension=64, fingerprint="b" * 32), ["32", "64", "other", "words"]),
        (WordEncoder(prompts={"query": "Q: ", "document": ""}), ["Q: "]),
    ],
)
def test_another_model_is_named_with_what_to_do(built: Path, model: WordEncoder, words: list[str]) -> None:
    with pytest.raises(PolicyQAError) as caught:
        Index.open(built, model)
    message = str(caught.value)
    assert all(word in message for word in [*words, f"policyqa index build --index {built}"])
    assert "\n" not in message


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(PolicyQAError, match=r"holds no index.*policyqa index build"):
        Index.open(tmp_path / "nowhere")


def rewrite_manifest(folder: Path, **fields: object) -> None:
    path = folder / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"format": 99}, "has format 99, this version of PolicyQA reads format 3"),
        ({"kind": "web app"}, "not an index of PolicyQA"),
        ({"corpus": "changed by hand"}, "checksum is wrong"),
    ],
)
def test_other_manifests(folder: Path, fields: dict[str, object], expected: str) -> None:
    rewrite_manifest(folder, **fields)
    with pytest.raises(PolicyQAError, match=expected):
        Index.open(folder)
    assert len(Index.check(folder)) == 1


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b'{"kind": "policyqa-index"}'])
def test_damaged_manifests(folder: Path, content: bytes) -> None:
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(PolicyQAError) as caught:
        Index.open(folder)
    assert "\n" not in str(caught.value)


def segment_files(folder: Path) -> list[Path]:
    return sorted(p for p in (folder / SEGMENTS).rglob("*") if p.is_file())


def test_a_healthy_index_has_no_faults(folder: Path) -> None:
    assert Index.check(folder) == []


@pytest.mark.parametrize("number", range(11))
def test_cut_and_missing_files_are_recognised_when_opened(folder: Path, number: int) -> None:
    path = segment_files(folder)[number]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(PolicyQAError, match="damaged") as caught:
        Index.open(folder)
    assert path.name in str(caught.value) and "\n" not in str(caught.value)
    assert any(path.name in line for line in Index.check(folder))
    path.unlink()
    with pytest.raises(PolicyQAError, match="damaged"):
        Index.open(folder)
    assert any("missing" in line for line in Index.check(folder))


def test_a_changed_byte_is_found_by_check(folder: Path) -> None:
    for path in segment_files(folder):
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert [path.name in line for line in Index.check(folder)] == [True], path
        path.write_bytes(whole)


@pytest.mark.parametrize("name", ["documents.jsonl", "clauses.jsonl", "passages.jsonl"])
def test_a_changed_word_is_never_shown(folder: Path, name: str) -> None:
    path = next(p for p in segment_files(folder) if p.name == name)
    path.write_bytes(path.read_bytes().replace(b"alpha", b"alphq", 1))
    with pytest.raises(PolicyQAError, match=f"{name}.*checksum"):
        Index.open(folder)


def test_an_index_can_be_read_where_the_disk_is_full(folder: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        assert lexical(Index.open(folder), "补贴")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_temporary_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "nowhere"))
    with pytest.raises(PolicyQAError, match="no temporary folder"):
        Index.open(folder)


def test_check_finds_a_passage_that_is_not_in_its_clause(tmp_path: Path) -> None:
    corpus = collection(["alpha"])
    passages = split_passages(corpus.clauses)
    broken = [replace(passages[0], start=3), *passages[1:]]
    build_index(corpus, tmp_path, WordEncoder(), passages=broken)
    (line,) = Index.check(tmp_path)
    assert "alpha/1" in line and "not in the words" in line


def test_random_bytes_in_place_of_vectors_and_words(folder: Path) -> None:
    for path in segment_files(folder):
        whole = path.read_bytes()
        path.write_bytes(np.random.default_rng(7).bytes(len(whole)))
        try:
            Index.open(folder)
        except PolicyQAError as error:
            assert "\n" not in str(error)
        assert len(Index.check(folder)) == 1
        path.write_bytes(whole)


def test_an_index_with_a_removed_document_tells_nothing_of_it(tmp_path: Path) -> None:
    build_index(join(collection(), document("secret", ["密级内容给予补贴。"])), tmp_path, WordEncoder())
    remove_documents(["secret"], tmp_path)
    index = Index.open(tmp_path)
    assert lexical(index, "密级内容") == [] or "secret/1" not in clause_ids(index, lexical(index, "密级内容"))
    assert "secret/1" not in clause_ids(index, dense(index, "密级内容给予补贴", 100))
    assert "secret/1" not in index.clauses and "secret" not in index.documents
