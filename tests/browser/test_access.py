"""The chat in a real browser where a key is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from served import served, settings_in

from app.access.keys import Keys
from app.access.people import Role
from rag.engine import PolicyQA


def test_with_a_key_as_the_password_the_chat_answers(
    chromium: Any, compendium: PolicyQA, tmp_path: Path
) -> None:
    key = Keys(tmp_path / "keys.json").add("me", Role.ASK)
    with served(compendium, settings_in(tmp_path)) as address:
        context = chromium.new_context(
            locale="zh-CN", http_credentials={"username": "me", "password": key, "origin": address}
        )
        refused: list[str] = []
        context.on("response", lambda r: refused.append(r.url) if r.status in (401, 403) else None)
        page = context.new_page()
        page.goto(address)
        page.fill("#pq-box textarea", "黄埔区固定资产投资奖励多少？")
        page.press("#pq-box textarea", "Enter")
        page.wait_for_selector('[data-state="done"]')
        assert "500万元" in page.inner_text("#pq-transcript")
        page.goto(address + "/" + page.get_attribute("a[href*='clause/']", "href").lstrip("./"))
        page.wait_for_selector("#cited")
        assert context.cookies() == []
        assert [url for url in refused if url.rstrip("/") != address] == []
        context.close()
