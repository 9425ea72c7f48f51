"""Going back to the state before a change, and replacing in one step."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.errors import PolicyQAError
from embeddings.build import add_documents, build_index, compact, remove_documents
from embeddings.index import Index
from embeddings.manifest import MANIFEST, PREVIOUS, read_manifest
from embeddings.rollback import roll_back
from small_index import WordEncoder, articles, collection, document

ENCODER = WordEncoder()


def held(folder: Path) -> set[str]:
    assert Index.check(folder) == []
    return set(Index.open(folder).documents)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build_index(collection(), tmp_path / "index", ENCODER)
    return tmp_path / "index"


def test_every_kind_of_change_can_be_taken_back_and_done_again(folder: Path) -> None:
    all_three = {"alpha", "beta", "gamma"}
    changes = {
        "add": lambda: add_documents(document("delta", articles("delta")), folder, ENCODER),
        "remove": lambda: remove_documents(["alpha"], folder),
        "compact": lambda: compact(folder),
        "build": lambda: build_index(collection(["beta"]), folder, ENCODER, keep_changes=False),
    }
    for name, change in changes.items():
        change()
        after = held(folder)
        generation = read_manifest(folder).generation
        roll_back(folder)
        assert held(folder) == all_three, name
        assert read_manifest(folder).generation == generation + 1, "readers notice"
        roll_back(folder)
        assert held(folder) == after, name
        roll_back(folder)
        assert held(folder) == all_three, name


def test_a_text_is_found_again_and_what_was_added_outlives_the_next_build(folder: Path) -> None:
    add_documents(document("delta", articles("delta")), folder, ENCODER)
    remove_documents(["delta"], folder)
    roll_back(folder)
    build_index(collection(), folder, ENCODER)
    assert held(folder) == {"alpha", "beta", "gamma", "delta"}


def test_without_a_state_before_nothing_changes(folder: Path) -> None:
    before = (folder / MANIFEST).read_bytes()
    with pytest.raises(PolicyQAError, match="no state before"):
        roll_back(folder)
    # A crash between keeping the old state and writing the new one leaves two of the same.
    (folder / PREVIOUS).write_bytes(before)
    with pytest.raises(PolicyQAError, match="no state before"):
        roll_back(folder)
    assert (folder / MANIFEST).read_bytes() == before


def test_a_damaged_state_before_is_not_gone_back_to(folder: Path) -> None:
    build_index(collection(["beta"]), folder, ENCODER, keep_changes=False)
    first = read_manifest(folder, PREVIOUS).segments[0]
    file = folder / "segments" / first.name / next(iter(first.files))
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(PolicyQAError, match="damaged"):
        roll_back(folder)
    assert held(folder) == {"beta"}


def test_a_document_takes_anothers_place_in_one_step(folder: Path) -> None:
    generation = read_manifest(folder).generation
    add_documents(document("delta", articles("delta")), folder, ENCODER, replacing=["alpha"])
    assert held(folder) == {"beta", "gamma", "delta"}
    manifest = read_manifest(folder)
    assert (manifest.generation, manifest.added, manifest.dropped) == (generation + 1, ("delta",), ("alpha",))
    add_documents(document("delta", articles("delta")), folder, ENCODER, replacing=["delta"])
    assert held(folder) == {"beta", "gamma", "delta"}
    with pytest.raises(PolicyQAError, match="holds no document nothing"):
        add_documents(document("epsilon", articles("e")), folder, ENCODER, replacing=["nothing"])
