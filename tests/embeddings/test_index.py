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
from small_index import WordEncoder, articles, collection, dense, document, lexical


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index") / "built"
    build_index(collection(), folder, WordEncoder())
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "index"))


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
