"""A server killed while it keeps conversations leaves each question whole, and deletes all or nothing."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from history_writer import PEOPLE, QUESTIONS, exchange
from killed import start_writer

from app.history.store import FILE, HistoryStore

ROUNDS = int(os.environ.get("POLICYQA_CRASH_ROUNDS", "40"))
SAME_FOLDER = 8  # kills; then a folder without the file
LONGEST = 0.25  # seconds


@dataclass
class Said:
    """What the processes said of a person's conversations before they were killed.

    Attributes:
        kept: by conversation, how many of its questions were kept for certain.
        begun: the conversations whose deletion was begun.
        deleted: those of them whose deletion was finished.
    """

    kept: dict[int, int] = field(default_factory=dict)
    begun: set[int] = field(default_factory=set)
    deleted: set[int] = field(default_factory=set)


def said_in(folder: Path, person: str) -> Said:
    log, said = folder / f"{person}.log", Said()
    for line in log.read_text().splitlines() if log.exists() else ():
        step, conversation, *number = line.split()
        if step == "kept":
            said.kept[int(conversation)] = int(number[0])
        else:
            (said.deleted if step == "deleted" else said.begun).add(int(conversation))
    return said


def check_whole(folder: Path, person: str, kills: int) -> Said:
    """Asserts that all that was kept is there as it was given, and nothing that was deleted."""
    said, store = said_in(folder, person), HistoryStore(folder, 90)
    found = {int(one.id): one.questions for one in store.listed(person, 10_000)[1]}
    for conversation, questions in found.items():
        given = [exchange(person, conversation, number) for number in range(1, questions + 1)]
        kept = store.read(person, str(conversation))
        assert [replace(one, at="") for one in kept] == [replace(one, at="") for one in given]
    assert not said.deleted & found.keys()
    halves = {found.get(conversation, 0) for conversation in said.begun} - {0, QUESTIONS}
    assert not halves, "half of a conversation is left"
    beyond = 0
    for conversation in (said.kept.keys() | found.keys()) - said.begun:
        beyond += (more := found.get(conversation, 0) - said.kept.get(conversation, 0))
        assert more >= 0, "what was kept for certain is lost"
    assert beyond <= kills, "each kill may come between keeping one question and saying so"
    return said


def test_a_kill_leaves_every_question_whole_and_no_half_conversation(tmp_path: Path) -> None:
    chance = random.Random(20220101)
    kept = cut = 0
    with start_writer("history_writer.py") as writer:
        for beginning in range(0, ROUNDS, SAME_FOLDER):
            folder = tmp_path / str(beginning)
            folder.mkdir()
            for kill in range(SAME_FOLDER):
                # The first of a folder is killed sooner: while it makes the file.
                longest = LONGEST if kill else LONGEST / 10
                with writer.at_work(folder, 1000 * kill):
                    time.sleep(chance.random() * longest)
                said = [check_whole(folder, person, kill + 1) for person in PEOPLE]
            with closing(sqlite3.connect(folder / FILE)) as database:
                assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            kept += sum(len(one.kept) for one in said)
            cut += sum(len(one.begun - one.deleted) for one in said)
    assert kept > ROUNDS and cut, "kills have come while conversations were kept and deleted"
