"""Two people's conversations, kept by a process that is made to be killed: ``python history_writer.py``.

For every line ``folder first`` on its standard input it starts a process that keeps conversations in that
folder, from a number on, and deletes older ones until it is killed, and prints that process's id. Each
person's steps are written down in ``person.log``: ``kept 7 2`` where the second question of conversation 7 is
kept, ``deleting 5`` before and ``deleted 5`` after it is deleted.
"""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from killed import work_until_killed

from app.conversation import Exchange
from app.history.store import HistoryStore
from rag.types import Answer, Citation, Statement

PEOPLE = ("li", "wang")
QUESTIONS = 3
_LONG = "对新建的飞碟生产线给予补助。" * 400  # many pages of the database


def exchange(person: str, conversation: int, number: int) -> Exchange:
    """A question of a person's; its answer and its clause name it too."""
    name = f"{person} {conversation} {number}"
    cited = Citation(
        name, "x", "《办法》第一条", "办法", "测试区", ("第一条",), f"{name}：{_LONG}", "补助", ""
    )
    answer = Answer(name, "zh", (Statement(name, (1,)),), (cited,))
    return Exchange(name, answer=answer, state="done", id=name)


def keep_for_ever(folder: Path, person: str, first: int) -> None:
    """Keeps conversations, and deletes the one before the last, until somebody kills this process."""
    handle = os.open(folder / f"{person}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    store = HistoryStore(folder, 90)
    for conversation in count(first):
        for number in range(1, QUESTIONS + 1):
            store.add(person, str(conversation), exchange(person, conversation, number))
            os.write(handle, f"kept {conversation} {number}\n".encode())
        if conversation - first >= 2:
            old = conversation - 2
            os.write(handle, f"deleting {old}\n".encode())
            store.delete(person, str(old))
            os.write(handle, f"deleted {old}\n".encode())


def keep_conversations(folder: str, first: str) -> None:
    """Keeps conversations of all people at the same time."""
    threads = [Thread(target=keep_for_ever, args=(Path(folder), person, int(first))) for person in PEOPLE]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    # What is made once in a process is made before it forks, or most of its children's time would go there.
    with TemporaryDirectory() as folder:
        HistoryStore(Path(folder), 90).add("li", "0", exchange("li", 0, 1))
    work_until_killed(keep_conversations)


if __name__ == "__main__":
    main()
