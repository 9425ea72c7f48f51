"""Saying what an answer was worth, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served import served, settings_in

from app.feedback.store import FeedbackStore, Verdict
from rag.engine import PolicyQA

QUESTION = "武汉的人工智能应用示范场景能资助多少？"
XSS = '"><img src=x onerror="window.ran=1"><script>window.ran=1</script>'


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feedback")


@pytest.fixture(scope="module")
def address(compendium: PolicyQA, data: Path) -> Iterator[str]:
    """One server for all: a second Gradio in a process does not always load after the first."""
    with served(compendium, settings_in(data)) as address:
        yield address


def ask(page: Any, question: str, turn: int) -> Any:
    page.fill("#pq-box textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_selector(f'.pq-turn[data-turn="{turn}"][data-state=done] .pq-feedback[data-shown]')
    return page.locator(f'.pq-turn[data-turn="{turn}"] .pq-feedback')


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_a_verdict_with_a_note_is_kept_and_stays_said(open_page: Any, data: Path, locale: str) -> None:
    page = open_page(locale=locale)
    box = ask(page, QUESTION, 1)
    assert box.locator("textarea").is_hidden()
    box.locator("[data-verdict=wrong_clause]").click()
    page.keyboard.type(XSS)
    assert box.locator("[data-verdict=wrong_clause]").get_attribute("aria-pressed") == "true"
    ask(page, XSS, 2)
    assert box.locator("textarea").input_value() == XSS, "the next answer takes no half-written note away"
    box.locator(".pq-note-send").click()
    thanks = "已记录" if locale == "zh-CN" else "Noted"
    page.wait_for_function(f"document.querySelector('.pq-said').textContent.includes('{thanks}')")
    assert box.locator("textarea").is_hidden() and box.locator("[data-verdict=right]").is_disabled()
    kept = FeedbackStore(data).all()[-1]
    assert (kept.verdict, kept.note, kept.question) == (Verdict.WRONG_CLAUSE, XSS, QUESTION)
    assert kept.citations and kept.citations[0].quote in kept.citations[0].text
    assert page.evaluate("window.ran") is None
