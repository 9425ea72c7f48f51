from __future__ import annotations

import asyncio
import threading
import time

from app.api.desk import Desk
from app.asked import Asked
from app.work import Work


class Page:
    def __init__(self) -> None:
        self.asked = Asked()


def test_stopping_waits_for_the_chats_answers_too_but_not_for_ever() -> None:
    page = Page()
    work = Work(Desk(1, 1), page)  # type: ignore[arg-type]
    answering, answered = threading.Event(), threading.Event()

    def answer() -> None:
        with page.asked.asking(None):
            answering.set()
            answered.wait(10)

    thread = threading.Thread(target=answer)
    thread.start()
    assert answering.wait(5) and work.under_way == 1
    started = time.monotonic()
    asyncio.run(work.finish(0.2))
    assert work.under_way == 1 and time.monotonic() - started >= 0.2 and work.stopping
    threading.Timer(0.1, answered.set).start()
    asyncio.run(work.finish(10))
    assert work.under_way == 0
    thread.join()
