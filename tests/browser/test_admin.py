"""The administrators' page in a real Chromium, with hostile files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from payloads import PAYLOADS, hostile
from served import served, settings_in

from app.documents.progress import Changes
from rag.engine import PolicyQA


@pytest.fixture
def address(policies_index: Path, tmp_path: Path) -> Iterator[str]:
    engine = PolicyQA.from_path(shutil.copytree(policies_index, tmp_path / "index"))
    with served(engine, settings_in(tmp_path)) as address:
        yield address


def opened(chromium: Any, address: str, locale: str, **options: Any) -> tuple[Any, list[str]]:
    page = chromium.new_context(locale=locale, **options).new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on(
        "request", lambda request: None if request.url.startswith(address) else faults.append(request.url)
    )
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{address}/admin")
    page.wait_for_selector("#documents tr")
    return page, faults


def wait_for_rows(page: Any, count: int) -> None:
    page.wait_for_selector(f"#documents tr:nth-child({count}):last-child")


@pytest.mark.parametrize(("locale", "title"), [("zh-CN", "文件管理"), ("en-US", "Documents")])
def test_a_file_is_dropped_looked_at_published_and_taken_back(
    chromium: Any, address: str, locale: str, title: str
) -> None:
    page, faults = opened(chromium, address, locale)
    assert page.inner_text("h1") == title
    before = page.locator("#documents tr").count()
    transfer = page.evaluate_handle(
        "text => { const d = new DataTransfer(); d.items.add(new File([text], '蜂.txt')); return d; }",
        hostile(""),
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})
    page.wait_for_selector(".draft tbody tr")
    assert page.locator(".draft tbody tr").count() == 2
    page.click(".draft .publish")
    wait_for_rows(page, before + 1)
    page.wait_for_selector(".draft", state="detached")
    page.wait_for_selector("#audit tr:first-child td:text-is('add')")
    page.click("#rollback")
    wait_for_rows(page, before)
    page.set_input_files("#file", [{"name": "x.pdf", "mimeType": "", "buffer": b"%PDF-1.4"}])
    page.wait_for_selector("#status.failed")
    assert "x.pdf" in page.inner_text("#status")
    assert [fault for fault in faults if "422" not in fault] == []


def test_nothing_in_a_file_its_name_or_title_runs(chromium: Any, address: str) -> None:
    page, faults = opened(chromium, address, "en-US")
    for number, payload in enumerate(PAYLOADS):
        name = f"{payload.replace('/', '')} {number}.txt"
        page.set_input_files(
            "#file", [{"name": name, "mimeType": "text/plain", "buffer": hostile(payload).encode()}]
        )
        page.wait_for_selector(".draft tbody tr")
        assert "养蜂政策" in page.inner_text(".draft h3")
        page.click(".draft .publish")
        page.wait_for_selector(".draft", state="detached")
    assert page.locator("#documents img, #documents svg, #audit img, main iframe").count() == 0
    assert page.evaluate("window.ran") is None
    links = page.locator("#documents a").evaluate_all("links => links.map(a => a.href)")
    assert all(link.startswith(f"{address}/clause/") for link in links)
    for link in links[-len(PAYLOADS) :]:
        page.goto(link)
        assert page.evaluate("window.ran") is None
    page.goto(f"{address}/?lang=en")
    page.wait_for_selector(".pq-masthead h1")
    page.fill("#pq-box textarea", "新建蜂场补助多少？")
    page.keyboard.press("Enter")
    page.wait_for_selector('.pq-turn[data-state="done"]')
    page.wait_for_selector(".pq-source")
    assert "50万元" in page.inner_text(".pq-turns")
    assert page.evaluate("window.ran") is None
    assert [fault for fault in faults if "favicon" not in fault] == []


def test_the_page_fits_a_telephone_and_takes_files_by_keyboard(chromium: Any, address: str) -> None:
    page, _ = opened(chromium, address, "zh-CN", viewport={"width": 375, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "file", "files can be chosen by keyboard"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_while_a_change_is_under_way(
    chromium: Any, address: str, tmp_path: Path, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page, faults = opened(chromium, address, "zh-CN", color_scheme=scheme)
    page.set_input_files(
        "#file", [{"name": "蜂.txt", "mimeType": "text/plain", "buffer": hostile("").encode()}]
    )
    page.wait_for_selector(".draft tbody tr")
    with Changes(tmp_path / "index").telling("wang.fang", "build") as tell:
        tell(30, 100)
        page.wait_for_selector("#change:not([hidden])")
        assert page.inner_text("#change-text") == "重建索引（wang.fang）：已向量化 30 / 100 个片段"
        found = axe.run(page).response
    assert len(found["passes"]) > 10, "axe has looked at the page"
    assert [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")] == []
    page.wait_for_selector("#change-text:has-text('已完成')")
    assert page.is_hidden("#change-bar") and faults == []
