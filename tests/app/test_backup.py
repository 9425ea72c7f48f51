"""A copy made while the index is changed, and what becomes of it when it is put back."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from running import policyqa
from writable import RIGHT

from app.access.keys import Keys
from app.access.people import Role
from app.backup import back_up
from app.conversation import Exchange
from app.documents.audit import Audit
from app.history.store import HistoryStore
from corpus.errors import PolicyQAError
from embeddings.index import Index
from rag.engine import PolicyQA

UFO_POLICY = "飞碟补助办法\n\n第一条 对飞碟研发企业给予最高777万元补助。\n"


@pytest.fixture
def index(policies_index: Path, tmp_path: Path) -> Path:
    return shutil.copytree(policies_index, tmp_path / "data" / "index")


def test_what_is_put_back_answers_and_lets_in_as_before(index: Path, tmp_path: Path) -> None:
    data = index.parent
    key = Keys(data / "keys.json").add("bot", Role.ASK)
    Audit(data).note("boss", "publish")
    HistoryStore(data, 90).add("li", "a", Exchange(RIGHT, state="stopped"))
    (data / "policyqa.toml").write_text('log_level = "info"\n')
    with sqlite3.connect(data / "feedback.sqlite") as database:
        database.execute("CREATE TABLE said (what)")
        database.execute("INSERT INTO said VALUES ('written')")
        database.commit()
        database.execute("INSERT INTO said VALUES ('being written')")
        places = {
            "POLICYQA_INDEX": str(index),
            "POLICYQA_KEYS": str(data / "keys.json"),
            "POLICYQA_DATA": str(data),
        }
        ran = policyqa("backup", tmp_path / "copy", **places, POLICYQA_CONFIG=str(data / "policyqa.toml"))
    assert (ran.returncode, ran.stderr) == (0, "") and str(tmp_path / "copy") in ran.stdout
    before = PolicyQA.from_path(index).ask(RIGHT)
    shutil.rmtree(data)
    shutil.copytree(tmp_path / "copy", data)
    assert PolicyQA.from_path(index).ask(RIGHT).citations == before.citations != ()
    found = Keys(data / "keys.json").find(key)
    assert found is not None and found.name == "bot"
    assert (data / "policyqa.toml").read_text() == 'log_level = "info"\n'
    assert sqlite3.connect(data / "feedback.sqlite").execute("SELECT what FROM said").fetchall() == [
        ("written",)
    ]
    assert [one.question for one in HistoryStore(data, 90).read("li", "a")] == [RIGHT]
    assert [row["person"] for row in Audit(data).last()] == ["boss"]
    for name in ("keys.json", "feedback.sqlite", "history.sqlite", "audit.jsonl"):
        assert (data / name).stat().st_mode & 0o077 == 0
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0


def test_every_copy_is_whole_while_documents_come_and_go(index: Path, tmp_path: Path) -> None:
    source = tmp_path / "飞碟补助办法.txt"
    source.write_text(UFO_POLICY, encoding="utf-8")
    done, changes = threading.Event(), 0
    first = set(Index.open(index).documents)

    def change() -> None:
        nonlocal changes
        from corpus.collection import load_sources
        from embeddings.build import add_documents, remove_documents
        from embeddings.encoder import Encoder

        encoder, corpus = Encoder.load(), load_sources([source])
        while not done.is_set():
            add_documents(corpus, index, encoder)
            remove_documents([document.id for document in corpus.documents], index)
            changes += 2

    changing = threading.Thread(target=change)
    changing.start()
    try:
        for number in range(15):
            back_up(index, (), (), tmp_path / f"copy{number}")
            assert set(Index.open(tmp_path / f"copy{number}" / "index").documents) >= first
    finally:
        done.set()
        changing.join()
    assert changes > 4
    assert not list(tmp_path.glob(".copy*"))


def test_a_state_that_is_cleared_away_while_it_is_copied_is_given_up_for_the_present_one(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from embeddings.build import compact, remove_documents

    first, *others = Index.open(index).documents
    copytree, copied = shutil.copytree, []

    def overtaken(source: Path, *arguments: Any, **options: Any) -> Any:
        copied.append(source)
        if len(copied) == 1:
            remove_documents([first], index)
            compact(index)
            compact(index)
            assert not source.exists()
        return copytree(source, *arguments, **options)

    monkeypatch.setattr("app.backup.shutil.copytree", overtaken)
    back_up(index, (), (), tmp_path / "copy")
    assert list(Index.open(tmp_path / "copy" / "index").documents) == others and len(copied) > 1


def test_a_damaged_index_and_an_older_copy_are_no_place_to_go_on(index: Path, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    with pytest.raises(PolicyQAError, match="there already"):
        back_up(index, (), (), tmp_path / "old")
    vectors = next(index.rglob("vectors.faiss"))
    vectors.write_bytes(vectors.read_bytes()[:-1] + b"\0")
    with pytest.raises(PolicyQAError, match="has faults"):
        back_up(index, (), (), tmp_path / "copy")
    assert not (tmp_path / "copy").exists() and not list(tmp_path.glob(".copy*"))
    vectors.unlink()
    with pytest.raises(PolicyQAError, match=r"vectors\.faiss"):
        back_up(index, (), (), tmp_path / "copy")
