from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from corpus.errors import PolicyQAError
from corpus.passages import split_passages
from corpus.types import Corpus, Document
from embeddings import disk
from embeddings.build import (
    add_documents,
    build_index,
    compact,
    fingerprint_corpus,
    is_stale,
    remove_documents,
)
from embeddings.disk import LOCK, write_lock
from embeddings.index import Index
from embeddings.manifest import MANIFEST, read_manifest
from embeddings.segment import SEGMENTS
from embeddings.writer import MOST_SEGMENTS
from small_index import WordEncoder, articles, collection, document, join


def folders(index: Path) -> set[str]:
    return {path.name for path in (index / SEGMENTS).iterdir()}


def test_a_build_reports_what_it_did(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = build_index(
        collection(), tmp_path / "deep" / "index", WordEncoder(), progress=lambda *n: calls.append(n)
    )
    assert (report.documents, report.clauses, report.passages) == (3, 24, 24)
    assert (report.embedded, report.reused, report.removed, report.kept) == (24, 0, 0, 0)
    assert set(report.seconds) == {"read", "split", "embed", "write"}
    assert calls == [(24, 24)]


def test_a_rebuild_embeds_only_what_changed(tmp_path: Path) -> None:
    build_index(collection(), tmp_path, WordEncoder())
    changed = join(
        collection(["alpha"]),
        document("beta", ["全新的第一条。", *articles("beta")[1:]]),
        document("delta", ["对delta的补贴。"]),
    )
    encoder = WordEncoder()
    report = build_index(changed, tmp_path, encoder)
    assert encoder.encoded == report.embedded == 2
    assert report.reused == 15
    assert report.removed == 1  # gamma
    index = Index.open(tmp_path)
    assert tuple(index.documents.values()) == changed.documents
    assert tuple(index.clauses.values()) == changed.clauses
    assert_vectors_are_right(index)


def assert_vectors_are_right(index: Index) -> None:
    from embeddings.parts import embedded_text

    expected = WordEncoder().encode_document([embedded_text(p) for p in index.passages.values()])
    np.testing.assert_array_equal(index.vectors(list(index.passages)), expected)


def test_a_changed_title_is_embedded_anew(tmp_path: Path) -> None:
    old = collection(["alpha"])
    build_index(old, tmp_path, WordEncoder())
    new = Corpus(
        tuple(replace(d, title="新标题") for d in old.documents),
        tuple(replace(c, title="新标题") for c in old.clauses),
    )
    assert build_index(new, tmp_path, WordEncoder()).embedded == 8
    assert_vectors_are_right(Index.open(tmp_path))


def test_another_model_embeds_everything_anew(tmp_path: Path) -> None:
    build_index(collection(), tmp_path, WordEncoder())
    other = WordEncoder(name="other", fingerprint="e" * 32)
    assert build_index(collection(), tmp_path, other).embedded == 24
    assert Index.open(tmp_path, other).manifest.model.name == "other"


def test_the_same_model_under_another_name_is_the_same(tmp_path: Path) -> None:
    build_index(collection(), tmp_path, WordEncoder())
    moved = WordEncoder(name="/elsewhere/words")
    Index.open(tmp_path, moved)
    assert build_index(collection(), tmp_path, moved).embedded == 0


def test_given_passages_are_used(tmp_path: Path) -> None:
    corpus = collection(["alpha"])
    passages = split_passages(corpus.clauses)[:3]
    build_index(corpus, tmp_path, WordEncoder(), passages=passages)
    assert list(Index.open(tmp_path).passages.values()) == passages


def test_added_documents_are_found_and_outlive_a_rebuild(tmp_path: Path) -> None:
    build_index(collection(), tmp_path, WordEncoder())
    encoder = WordEncoder()
    report = add_documents(collection(["own"]), tmp_path, encoder)
    assert encoder.encoded == report.embedded == 8
    assert (report.documents, report.passages) == (4, 32)
    assert list(Index.open(tmp_path).documents) == ["alpha", "beta", "gamma", "own"]
    report = build_index(collection(["alpha", "beta"]), tmp_path, WordEncoder())
    assert (report.embedded, report.kept, report.removed) == (0, 1, 1)
    index = Index.open(tmp_path)
    assert list(index.documents) == ["alpha", "beta", "own"]
    assert index.manifest.added == ("own",)
    report = build_index(collection(["alpha"]), tmp_path, WordEncoder(), keep_changes=False)
    assert list(Index.open(tmp_path).documents) == ["alpha"]
    assert (report.kept, report.removed) == (0, 2)


def test_an_added_document_replaces_the_one_of_its_id(tmp_path: Path) -> None:
    build_index(collection(), tmp_path, WordEncoder())
    new = document("beta", ["取代后的内容，给予补贴。", *articles("beta")[1:3]])
    report = add_documents(new, tmp_path, WordEncoder())
    assert (report.documents, report.passages) == (3, 19)
    assert (report.embedded, report.reused) == (1, 2)
    index = Index.open(tmp_path)
    assert index.clauses_of("beta") == new.clauses
    assert_vectors_are_right(index)
    hits = index.search_lexical([("beta", 1.0)], 50, {"text": 1.0})
    assert sorted(index.passages[i].clause for i, _ in hits) == ["beta/2", "beta/3"]
    ids, _ = index.search_dense(WordEncoder().encode_query(["beta"]), 100)
    assert sorted(ids[0].tolist()) == sorted(index.passages)
    # The next build keeps the replacement.
    build_index(collection(), tmp_path, WordEncoder())
    assert Index.open(tmp_path).clauses_of("beta") == new.clauses


def test_removed_documents_are_gone_and_stay_gone(tmp_path: Path) -> None:
    build_index(collection(), tmp_path, WordEncoder())
    report = remove_documents(["beta"], tmp_path)
    assert (report.documents, report.clauses, report.passages, report.removed) == (2, 16, 16, 1)
    build_index(collection(), tmp_path, WordEncoder())
    index = Index.open(tmp_path)
    assert list(index.documents) == ["alpha", "gamma"]
    assert index.manifest.dropped == ("beta",)
    add_documents(collection(["beta"]), tmp_path, WordEncoder())
    assert list(Index.open(tmp_path).documents) == ["alpha", "gamma", "beta"]
    build_index(collection(), tmp_path, WordEncoder(), keep_changes=False)
    assert list(Index.open(tmp_path).documents) == ["alpha", "beta", "gamma"]


def test_a_small_removal_leaves_the_segment_and_a_large_one_renews_it(tmp_path: Path) -> None:
    build_index(collection(["a", "b", "c", "d", "e"]), tmp_path, WordEncoder())
    remove_documents(["a"], tmp_path)
    (segment,) = read_manifest(tmp_path).segments
    assert (segment.name, segment.removed) == ("000001", ("a",))
    assert_vectors_are_right(Index.open(tmp_path))
    remove_documents(["c"], tmp_path)
    (segment,) = read_manifest(tmp_path).segments
    assert (segment.name, segment.removed, list(segment.documents)) == ("000002", (), ["b", "d", "e"])
    assert_vectors_are_right(Index.open(tmp_path))


def test_everything_can_be_removed(tmp_path: Path) -> None:
    build_index(collection(["alpha"]), tmp_path, WordEncoder())
    remove_documents(["alpha"], tmp_path)
    compact(tmp_path)
    index = Index.open(tmp_path)
    assert not index.documents and not index.passages
    assert index.search_lexical([("补贴", 1.0)], 5, {"text": 1.0}) == []
    assert index.search_dense(WordEncoder().encode_query(["补贴"]), 5)[0].shape == (1, 0)
    assert Index.check(tmp_path) == []
    add_documents(collection(["beta"]), tmp_path, WordEncoder())
    assert list(Index.open(tmp_path).documents) == ["beta"]


def test_a_document_without_words_may_be_all_that_is_left(tmp_path: Path) -> None:
    empty = Corpus((Document("empty", "没有正文的文件"),))
    build_index(join(collection(["alpha"]), empty), tmp_path, WordEncoder())
    remove_documents(["alpha"], tmp_path)
    index = Index.open(tmp_path)
    assert list(index.documents) == ["empty"]
    assert index.search_lexical([("补贴", 1.0)], 5, {"text": 1.0}) == []
    assert index.search_dense(WordEncoder().encode_query(["补贴"]), 5)[0].shape == (1, 0)
    add_documents(collection(["beta"]), tmp_path, WordEncoder())
    index = Index.open(tmp_path)
    assert index.search_dense(WordEncoder().encode_query(["补贴"]), 5)[0].shape == (1, 5)
    assert Index.check(tmp_path) == []


def test_unknown_documents_cannot_be_removed(tmp_path: Path) -> None:
    build_index(collection(), tmp_path, WordEncoder())
    with pytest.raises(PolicyQAError, match="holds no document delta"):
        remove_documents(["alpha", "delta"], tmp_path)
    assert "alpha" in Index.open(tmp_path).documents


def test_many_additions_stay_few_segments_in_order(tmp_path: Path) -> None:
    names = [f"doc{n:02d}" for n in range(14)]
    build_index(collection(names[:1]), tmp_path, WordEncoder())
    for name in names[1:]:
        add_documents(document(name, articles(name, 2)), tmp_path, WordEncoder())
    index = Index.open(tmp_path)
    assert list(index.documents) == names
    assert len(index.manifest.segments) <= MOST_SEGMENTS
    assert_vectors_are_right(index)
    assert Index.check(tmp_path) == []


def test_any_order_of_changes_leaves_what_they_say(tmp_path: Path) -> None:
    chance = random.Random(7)
    build_index(collection(["base"]), tmp_path, WordEncoder())
    expected = {"base": document("base", articles("base"))}
    for step in range(24):
        name = f"doc{chance.randrange(6)}"
        if name in expected and chance.random() < 0.5:
            remove_documents([name], tmp_path)
            del expected[name]
        elif step % 8 == 7:
            compact(tmp_path)
        else:
            given = document(name, [f"第{step}次：{text}" for text in articles(name, chance.randint(1, 9))])
            add_documents(given, tmp_path, WordEncoder())
            expected = {key: held for key, held in expected.items() if key != name} | {name: given}
        index = Index.open(tmp_path)
        assert list(index.documents) == list(expected)
        assert tuple(index.clauses.values()) == join(*expected.values()).clauses
        found = index.search_lexical([("支", 1.0)], 1000, {"text": 1.0})
        assert sorted(passage for passage, _ in found) == sorted(index.passages)
    assert_vectors_are_right(index)


def test_an_addition_leaves_the_older_segments_alone(tmp_path: Path) -> None:
    build_index(collection(), tmp_path, WordEncoder())
    path = tmp_path / SEGMENTS / "000001"
    before = {p: p.stat().st_mtime_ns for p in path.rglob("*")}
    add_documents(collection(["own"]), tmp_path, WordEncoder())
    Index.open(tmp_path)
    assert {p: p.stat().st_mtime_ns for p in path.rglob("*")} == before


def test_segments_that_nobody_needs_are_removed(tmp_path: Path) -> None:
    for _ in range(4):
        build_index(collection(), tmp_path, WordEncoder())
    assert folders(tmp_path) == {"000003", "000004"}
    (tmp_path / SEGMENTS / "000099").mkdir()  # what a crash left
    compact(tmp_path)
    assert folders(tmp_path) == {"000004", "000005"}


def test_is_stale_says_why(tmp_path: Path) -> None:
    corpus = collection()
    right = fingerprint_corpus(corpus)
    assert "holds no index" in str(is_stale(tmp_path, right, WordEncoder()))
    build_index(corpus, tmp_path, WordEncoder())
    assert is_stale(tmp_path, right, WordEncoder()) is None
    add_documents(collection(["own"]), tmp_path, WordEncoder())
    assert is_stale(tmp_path, right, WordEncoder()) is None
    assert "not other" in str(is_stale(tmp_path, right, WordEncoder("other", "e" * 32)))
    assert "corpus" in str(is_stale(tmp_path, fingerprint_corpus(collection(["alpha"])), WordEncoder()))


def test_an_index_of_another_model_takes_no_additions(tmp_path: Path) -> None:
    build_index(collection(), tmp_path, WordEncoder())
    with pytest.raises(PolicyQAError, match=r"does not fit.*policyqa index build"):
        add_documents(collection(["own"]), tmp_path, WordEncoder("other", "e" * 32))
    assert list(Index.open(tmp_path).documents) == ["alpha", "beta", "gamma"]


@pytest.mark.parametrize("change", [add_documents, build_index])
def test_nothing_to_index(tmp_path: Path, change: object) -> None:
    build_index(collection(), tmp_path, WordEncoder())
    with pytest.raises(PolicyQAError, match="nothing to index"):
        change(Corpus(), tmp_path, WordEncoder())  # type: ignore[operator]
    assert len(Index.open(tmp_path).documents) == 3


def test_a_corpus_that_does_not_hang_together_is_refused(tmp_path: Path) -> None:
    corpus = collection(["alpha"])
    for broken, expected in [
        (replace(corpus, clauses=(*corpus.clauses, corpus.clauses[0])), "Two clauses have the id alpha/1"),
        (replace(corpus, documents=corpus.documents * 2), "Two documents have the id alpha"),
        (join(corpus, Corpus((), collection(["beta"]).clauses)), "unknown document beta"),
    ]:
        with pytest.raises(PolicyQAError, match=expected):
            build_index(broken, tmp_path, WordEncoder())


class BrokenEncoder(WordEncoder):
    def encode_document(self, texts: object, progress: object = None) -> npt.NDArray[np.float32]:
        return np.full((1, self.dimension), np.nan, dtype=np.float32)


def test_a_model_that_gives_no_numbers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyQAError, match="no usable vectors"):
        build_index(document("alpha", ["补贴。"]), tmp_path, BrokenEncoder())


# Folders that are not ours, locks, and disks that are full


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(PolicyQAError, match="nothing was changed"):
        build_index(collection(), tmp_path, WordEncoder())
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("content", ['{"name": "my web app"}', "not even JSON"])
def test_a_foreign_manifest_is_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(PolicyQAError):
        build_index(collection(), tmp_path, WordEncoder())
    assert (tmp_path / MANIFEST).read_text() == content
    assert [p.name for p in tmp_path.iterdir()] == [MANIFEST]


def test_a_foreign_folder_named_segments_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / SEGMENTS / "000001").mkdir(parents=True)
    with pytest.raises(PolicyQAError, match="nothing was changed"):
        build_index(collection(), tmp_path, WordEncoder())
    assert folders(tmp_path) == {"000001"}


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("x")
    with pytest.raises(PolicyQAError, match="cannot be written"):
        build_index(collection(), tmp_path / "index", WordEncoder())


def test_a_damaged_index_is_healed_by_a_build(tmp_path: Path) -> None:
    build_index(collection(), tmp_path, WordEncoder())
    add_documents(collection(["own"]), tmp_path, WordEncoder())
    (tmp_path / SEGMENTS / "000002" / "clauses.jsonl").write_bytes(b"")
    report = build_index(collection(), tmp_path, WordEncoder())
    assert "damaged" in report.note and "own" in report.note
    assert Index.check(tmp_path) == []
    (tmp_path / MANIFEST).write_text("{")
    report = build_index(collection(), tmp_path, WordEncoder())
    assert "damaged" in report.note and "added again" in report.note
    assert Index.check(tmp_path) == []


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    build_index(collection(), tmp_path, WordEncoder())
    with write_lock(tmp_path), pytest.raises(PolicyQAError, match=rf"written by another.*{os.getpid()}"):
        remove_documents(["alpha"], tmp_path)
    remove_documents(["alpha"], tmp_path)


def test_the_lock_of_a_dead_process_is_free(tmp_path: Path) -> None:
    build_index(collection(), tmp_path, WordEncoder())
    code = (
        "import os, sys, pathlib; from embeddings.disk import write_lock\n"
        "with write_lock(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    assert (tmp_path / LOCK).exists()
    remove_documents(["alpha"], tmp_path)


@pytest.mark.parametrize("limit", [0, 500, 5_000, 20_000])
def test_a_full_disk_leaves_the_old_index(tmp_path: Path, limit: int) -> None:
    build_index(collection(["alpha"]), tmp_path, WordEncoder())
    before = folders(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(PolicyQAError, match="cannot be written and stays as it was") as caught:
            build_index(collection([f"doc{n}" for n in range(12)]), tmp_path, WordEncoder())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "\n" not in str(caught.value)
    assert folders(tmp_path) == before
    assert not (tmp_path / f"{MANIFEST}.new").exists()
    assert list(Index.open(tmp_path).documents) == ["alpha"]


def test_a_failure_right_after_the_replacement_keeps_the_new_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_index(collection(["alpha"]), tmp_path, WordEncoder())

    sync_file = disk.sync_file

    def broken(path: Path) -> None:
        if path == tmp_path and read_manifest(tmp_path).generation == 2:
            raise OSError(5, "Input/output error")
        sync_file(path)

    monkeypatch.setattr(disk, "sync_file", broken)
    with pytest.raises(PolicyQAError, match="Input/output error"):
        build_index(collection(["beta"]), tmp_path, WordEncoder())
    assert Index.check(tmp_path) == []
    assert read_manifest(tmp_path).generation == 2
