"""A real browser in front of a real server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running import serving


@pytest.fixture(scope="session")
def address(compendium_index: Path) -> Iterator[str]:
    """The chat over the whole compendium, asked on a fixed day."""
    with serving(compendium_index, "--as-of", "2022-06-01") as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A Chromium of the system's, or of playwright's own."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = os.environ.get("POLICYQA_BROWSER") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_api.sync_playwright() as playwright:
        path = found or playwright.chromium.executable_path
        if not Path(path).exists():
            pytest.skip("there is no Chromium on this machine")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Opens pages that may ask nothing of any other host and must raise no script error."""
    foreign: list[str] = []
    errors: list[str] = []
    contexts: list[Any] = []

    def opened(locale: str = "zh-CN", width: int = 1280, height: int = 900, site: str = address) -> Any:
        context = chromium.new_context(locale=locale, viewport={"width": width, "height": height})
        contexts.append(context)

        def note(request: Any) -> None:
            if not request.url.startswith((site, "data:", "blob:")):
                foreign.append(request.url)

        def blocked(message: Any) -> None:
            if "Content Security Policy" in message.text:
                foreign.append(message.text)

        context.on("request", note)
        context.on("console", blocked)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        page = context.new_page()
        page.goto(site)
        page.wait_for_selector(".pq-masthead h1")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert foreign == [], "a page asked something of another host"
    assert errors == []
