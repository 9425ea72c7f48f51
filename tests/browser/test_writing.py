"""A language model at work behind the chat, in a real Chromium: what is seen, stopping, leaving."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import uvicorn
from writable import RIGHT, Recorder, with_model

from app.server import create_app
from app.serving import listen, url_of
from app.settings import Settings
from rag.generators.choice import EXTRACTIVE

FULL = "对研发飞碟的企业，按研发投入的20%给予补助，最高300万元。"
WRITING = replace(EXTRACTIVE, kind="transformers")
PROSE = "研发飞碟的企业获得研发投入20%的补助。"

Opener = Callable[..., Any]


class Patient(Recorder):
    """Writes what it is told to, or goes on for ever until nobody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.begun, self.ended = "", Event(), Event()

    def generate(self, messages: Any, max_tokens: int, cancel: Event | None = None) -> Iterator[str]:
        assert cancel is not None
        self.ended.clear()
        self.begun.set()
        try:
            yield self.text
            while not self.text and not cancel.wait(0.02):
                yield "给"
        finally:
            self.ended.set()


@pytest.fixture(scope="module")
def model() -> Patient:
    return Patient()


@pytest.fixture(scope="module")
def site(policies_index: Path, model: Patient) -> Iterator[str]:
    """The chat with that model, served from a thread."""
    with listen("127.0.0.1", 0) as sock:
        app = create_app(with_model(policies_index, model), Settings(), choice=WRITING)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = Thread(target=server.run, args=([sock],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield url_of(sock)
        server.should_exit = True
        thread.join(10)


def begin(open_page: Opener, site: str, model: Patient, text: str = "") -> Any:
    model.text = text
    model.begun.clear()
    page = open_page(site=site)
    page.fill("#pq-box textarea", RIGHT)
    page.keyboard.press("Enter")
    assert model.begun.wait(10)
    return page


def test_verified_and_not_verified_are_told_apart(open_page: Opener, site: str, model: Patient) -> None:
    page = begin(open_page, site, model, f"{FULL}[1]\n{PROSE}[1]\n")
    page.wait_for_selector('.pq-turn[data-state="done"]')
    assert page.locator(".pq-verified").count() == 1 and page.locator(".pq-unverified").count() == 1
    assert FULL in page.inner_text(".pq-own")


def test_the_clauses_sentences_stand_while_the_model_writes(
    open_page: Opener, site: str, model: Patient
) -> None:
    page = begin(open_page, site, model)
    page.wait_for_selector(".pq-statement")
    assert "正在撰写" in page.inner_text(".pq-answer")
    page.click("#pq-stop")
    started = time.perf_counter()
    assert model.ended.wait(2) and time.perf_counter() - started < 1
    page.wait_for_selector('.pq-turn[data-state="stopped"]')
    assert FULL in page.inner_text(".pq-answer")


def test_the_conversation_is_cleared_only_when_nothing_is_being_written(
    open_page: Opener, site: str, model: Patient
) -> None:
    page = begin(open_page, site, model)
    page.wait_for_selector(".pq-statement")
    assert page.is_disabled("#pq-clear")
    page.click("#pq-stop")
    page.wait_for_selector("#pq-clear:not([disabled])")
    page.click("#pq-clear")
    page.wait_for_selector(".pq-turn", state="detached")


def test_who_leaves_frees_the_model(open_page: Opener, site: str, model: Patient) -> None:
    page = begin(open_page, site, model)
    page.wait_for_selector(".pq-statement")
    started = time.perf_counter()
    page.close()
    assert model.ended.wait(5)
    assert time.perf_counter() - started < 1.5
