"""What is kept of a person, for how long, and that it is this person's alone."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from running import policyqa

from app.access.people import Person, Role
from app.conversation import Conversation, Exchange, Surroundings, stamp
from app.history import store as storing
from app.history.personal import History
from app.history.store import FILE, HistoryStore
from corpus.errors import PolicyQAError
from corpus.types import Document
from rag.types import Answer, Candidate, Citation, Comparison, Filters, Note, Refusal, Related, Row, Statement

TEXT = "第一条 下列企业给予最高10万元补助："
CITATION = Citation(
    "x/1",
    "x",
    "《办法》第一条",
    "办法<b>",
    "测试区",
    ("第一章", "第一条"),
    TEXT,
    "最高10万元",
    "有效期至2030年",
    spans=((3, 9),),
)
ANSWER = Answer(
    "补助多少？",
    "zh",
    (Statement("最高10万元。", (1,)), Statement("大约十万。", (1,), verified=False, own="最高10万元")),
    (CITATION,),
    (Related("contact", "市科技局", replace(CITATION, clause_id="x/2")),),
    (Note("expired", "已失效"),),
    Comparison("place", (Row("北江", 1, "10万元", "企业"), Row("南江", 1, words=("一", "二")))),
    index_generation=7,
)
ASKED = Exchange(
    "补助多少？",
    Filters(("测试区",), (), True, date(2022, 6, 1)),
    ANSWER,
    "done",
    surroundings=Surroundings(
        {"x": Document("x", "办法<b>", expires=date(2030, 1, 1))}, {"x/1": ("（一）甲", "（二）乙")}
    ),
)


def days_ago(days: float) -> str:
    return stamp(datetime.now(UTC) - timedelta(days=days))


def ask(store: HistoryStore, person: str, conversation: str, question: str, at: str = "") -> None:
    store.add(person, conversation, Exchange(question, answer=ANSWER, state="done", at=at or days_ago(0)))


def test_what_is_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path / "data", 90)
    assert (
        store.listed("li", 9) == (0, []) and store.read("li", "a") == () and not (tmp_path / "data").exists()
    )
    nowhere = Answer("q", "en", refusal=Refusal("no", (CITATION,)))
    given = (
        ASKED,
        Exchange("q", answer=nowhere, state="done"),
        Exchange("s", state="stopped"),
        Exchange("f", state="failed", error="不行"),
    )
    for one in given:
        store.add("li", "a", one)
    assert HistoryStore(tmp_path / "data", 90).read("li", "a") == given
    assert stat.S_IMODE((tmp_path / "data" / FILE).stat().st_mode) == 0o600


def test_what_only_measuring_needs_and_halves_of_characters_are_left_out(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path, 90)
    measured = replace(ANSWER, retrieved=(Candidate("x/9", "x", "unshown", 1.0),), timings={"a": 1.0})
    store.add("li", "a", replace(ASKED, question="半个\ud83d字", answer=measured))
    (kept,) = store.read("li", "a")
    assert kept.answer == ANSWER and kept.question == "半个?字"


def test_the_first_word_on_a_question_stays(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path, 90)
    store.add("li", "a", ASKED)
    store.add("li", "a", replace(ASKED, state="stopped"))
    assert store.read("li", "a") == (ASKED,)


def test_the_list_names_first_questions_the_latest_conversation_first(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path, 90)
    for conversation, question in (("a", "一"), ("b", "二"), ("c", "三"), ("a", "四")):
        ask(store, "li", conversation, question)
    total, found = store.listed("li", 2)
    assert total == 3 and [(one.id, one.question, one.questions) for one in found] == [
        ("a", "一", 2),
        ("c", "三", 1),
    ]
    assert [one.id for one in store.listed("li", 2, 2)[1]] == ["b"]


def test_nobody_reaches_what_is_kept_of_another(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path, 90)
    ask(store, "li", "a", "李的问题")
    ask(store, "wang", "b", "王的问题")
    ask(store, "wang", "a", "同名的对话")
    for guess in ("a", "%", "a' OR '1'='1", "", "A"):
        assert "李的问题" not in [one.question for one in store.read("wang", guess)]
    assert [one.question for one in store.listed("wang", 9)[1]] == ["同名的对话", "王的问题"]
    assert store.read("Li", "a") == () == store.read("li ", "a")
    assert store.delete("zhao", "a") == 0 and store.delete_all("zhao") == 0
    assert store.delete("wang", "a") == 1 and store.delete_all("wang") == 1
    assert [one.question for one in store.read("li", "a")] == ["李的问题"]


def test_history_is_kept_of_people_known_by_single_sign_on_only(tmp_path: Path) -> None:
    history = History(HistoryStore(tmp_path, 90), 90)
    assert history.of(Person("10.0.0.9", Role.ASK, "address")) is None
    assert history.of(Person("li", Role.ADMINISTER, "key")) is None
    assert History(HistoryStore(tmp_path, 0), 0).of(Person("li", Role.ASK, "sso")) is None
    mine = history.of(Person("li", Role.ASK, "sso"))
    assert mine is not None
    mine.keep(Conversation("zh", (ASKED,), "a"))
    other = history.of(Person("wang", Role.ADMINISTER, "sso"))
    assert other is not None and other.read("a") == () and other.delete("a") == other.delete_all() == 0
    assert mine.read("a") == (ASKED,)


def test_what_is_too_old_is_not_shown_and_goes_at_writing_and_at_the_start(tmp_path: Path) -> None:
    ask(HistoryStore(tmp_path, 365), "li", "a", "旧", days_ago(91))
    ask(HistoryStore(tmp_path, 365), "wang", "b", "也旧", days_ago(100))
    store = HistoryStore(tmp_path, 90)
    assert store.listed("li", 9) == (0, []) and store.read("li", "a") == ()
    assert HistoryStore(tmp_path, 365).figures().questions == 2
    ask(store, "li", "a", "新")
    assert [one.question for one in HistoryStore(tmp_path, 365).read("li", "a")] == ["新"]
    assert store.figures().people == 1, "what was kept of others goes too"
    ask(HistoryStore(tmp_path, 365), "wang", "b", "也旧", days_ago(100))
    assert store.forget_old() == 1 and store.figures().questions == 1
    assert HistoryStore(tmp_path, 0).forget_old() == 1 and store.figures().questions == 0


def test_the_oldest_questions_of_a_person_go_where_there_is_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = HistoryStore(tmp_path, 90)
    ask(store, "wang", "w", "王")
    size = store.figures().bytes
    monkeypatch.setattr(storing, "MOST_BYTES", 3 * size + 20)
    for number in range(5):
        ask(store, "li", "a" if number < 3 else "b", str(number))
    assert [one.question for one in store.read("li", "a")] == ["2"]
    assert [one.question for one in store.read("li", "b")] == ["3", "4"]
    assert store.listed("wang", 9)[0] == 1


def test_nothing_of_what_was_deleted_is_left_in_the_files(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path, 90)
    for number in range(50):
        ask(store, "li", "a", f"secretquestion{number}")
    ask(store, "wang", "b", "staysquestion")
    assert store.delete_all("li") == 50
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"staysquestion" in left and b"secretquestion" not in left


def test_many_processes_write_at_the_same_time(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from app.conversation import Exchange; from app.history.store import HistoryStore\n"
        "store = HistoryStore(Path(sys.argv[1]), 90)\n"
        "for n in range(20): store.add(sys.argv[2], 'a', Exchange(str(n), state='stopped'))\n"
    )
    people = ("li", "li", "wang", "zhao")
    running = [subprocess.Popen([sys.executable, "-c", code, tmp_path, person]) for person in people]
    assert [process.wait(60) for process in running] == [0, 0, 0, 0]
    assert [len(HistoryStore(tmp_path, 90).read(person, "a")) for person in people] == [40, 40, 20, 20]


def test_a_file_of_a_newer_version_and_one_that_is_no_database_are_told(tmp_path: Path) -> None:
    store = HistoryStore(tmp_path, 90)
    ask(store, "li", "a", "q")
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("PRAGMA user_version = 2")
    with pytest.raises(PolicyQAError, match="newer version"):
        store.listed("li", 9)
    (tmp_path / FILE).write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(PolicyQAError, match="cannot be used"):
        store.listed("li", 9)


def test_administrators_see_figures_and_delete_by_name(tmp_path: Path) -> None:
    places = {"POLICYQA_DATA": str(tmp_path)}
    assert json.loads(policyqa("history", "info", "--json", **places).stdout)["questions"] == 0
    store = HistoryStore(tmp_path, 90)
    ask(store, "李雷", "a", "秘密的问题")
    ask(store, "李雷", "b", "秘密的问题")
    ask(store, "wang", "a", "秘密的问题", days_ago(1))
    ran = policyqa("history", "info", "--json", **places)
    figures = json.loads(ran.stdout)
    assert (figures["people"], figures["conversations"], figures["questions"]) == (2, 3, 3)
    assert (
        figures["oldest"].startswith(days_ago(1)[:13])
        and "秘密" not in ran.stdout
        and "李雷" not in ran.stdout
    )
    wrong = policyqa("history", "delete", "--person", "Wang", **places)
    assert wrong.returncode == 2 and len(wrong.stderr.splitlines()) == 1 and "nothing is kept" in wrong.stderr
    ran = policyqa("history", "delete", "--person", "李雷", **places)
    assert (ran.returncode, ran.stdout) == (0, "2 questions of 李雷 are deleted\n")
    assert store.figures().people == 1
