"""The chat as a person meets it, in a real Chromium."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running import policyqa, serving

QUESTION = "我们在黄埔区建了人工智能项目，固定资产投资1亿，能拿多少奖励？"
ENGLISH = (
    "We built an AI project in Huangpu with fixed assets of 100 million yuan. How much reward can we get?"
)
NOTHING = "收录的文件里对火星移民的签证费有什么规定？"

Opener = Callable[..., Any]

RECORD_GROWTH = """() => {
  window.seen = [];
  new MutationObserver(() => {
    const count = document.querySelectorAll('.pq-statement').length;
    if (window.seen.at(-1) !== count) window.seen.push(count);
  }).observe(document.body, { childList: true, subtree: true });
}"""


def ask(page: Any, question: str, turn: int = 1) -> None:
    page.fill("#pq-box textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_selector(f'.pq-turn[data-turn="{turn}"]:not([data-state=pending])')
    assert page.get_attribute(f'.pq-turn[data-turn="{turn}"]', "data-state") == "done", page.inner_text(
        ".pq-failed"
    )


def in_view(page: Any, selector: str) -> bool:
    return page.locator(selector).first.evaluate(
        "e => { const r = e.getBoundingClientRect(); return r.bottom > 0 && r.top < innerHeight; }"
    )


def test_an_answer_without_a_model_comes_whole_and_leads_to_its_clause(open_page: Opener) -> None:
    page = open_page()
    page.evaluate(RECORD_GROWTH)
    ask(page, QUESTION)
    assert page.evaluate("window.seen")[-2:] == [0, 2], "both statements at once"
    assert "1000万元" in page.inner_text(".pq-statement >> nth=0")

    page.click(".pq-cite >> nth=0")
    card = page.locator(".pq-source.pq-chosen")
    assert "第六条" in card.locator("h3").inner_text()
    quote = card.locator("mark").inner_text()
    with page.expect_popup() as opened:
        card.locator(".pq-open a").click()
    clause = opened.value
    clause.wait_for_load_state()
    assert "/clause/" in clause.url
    assert "".join(clause.locator("#cited mark").all_inner_texts()) == quote
    assert in_view(clause, "#cited mark")
    assert clause.locator("h1").inner_text() == "广州市黄埔区 广州开发区加快人工智能产业发展实施意见细则"
    assert clause.locator(".contents .here").count() == 1


def test_the_page_opens_where_its_script_comes_late(chromium: Any, address: str) -> None:
    page = chromium.new_page(locale="en-US")
    page.route("**/ui/chat.js", lambda route: (time.sleep(1.5), route.continue_()))
    page.goto(address)
    page.wait_for_selector("#pq-send:has-text('Ask')", timeout=15_000)
    assert "33 documents" in page.inner_text(".pq-masthead")
    page.close()


def test_the_page_speaks_the_browsers_language_and_can_be_switched(open_page: Opener) -> None:
    page = open_page(locale="en-US")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "33 documents" in page.inner_text(".pq-masthead")
    assert "January 2022" in page.inner_text(".pq-masthead")
    ask(page, ENGLISH)
    assert re.search(r"1000\s*万元", page.inner_text(".pq-answer"))
    page.click("#pq-switch")
    page.wait_for_selector("html[lang=zh-CN]")
    assert page.inner_text("#pq-send") == "提问"
    assert "33 份文件" in page.inner_text(".pq-masthead")
    assert page.locator(".pq-statement").count() > 0, "the conversation stays"
    page.reload()
    page.wait_for_selector("html[lang=zh-CN]")


def test_a_phone_needs_no_sideways_scrolling(open_page: Opener) -> None:
    page = open_page(width=390, height=844)
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) == 390
    ask(page, QUESTION)
    assert page.evaluate(width) == 390
    assert page.locator("#pq-panel").bounding_box()["y"] > page.locator("#pq-entry").bounding_box()["y"]
    page.click(".pq-cite >> nth=0")
    page.wait_for_function("document.querySelector('.pq-chosen').getBoundingClientRect().top < innerHeight")
    page.goto(page.url + page.locator(".pq-open a").first.get_attribute("href"))
    assert page.evaluate(width) == 390


def test_a_question_without_evidence_is_refused_with_hints_that_are_no_citations(open_page: Opener) -> None:
    page = open_page()
    ask(page, NOTHING)
    assert page.locator(".pq-refusal").count() == 1
    assert page.locator(".pq-statement").count() == 0
    assert page.locator(".pq-cite").count() == 0


def test_an_earlier_answer_keeps_its_sources(open_page: Opener) -> None:
    page = open_page()
    ask(page, QUESTION)
    ask(page, "天津对流片有补贴吗？", turn=2)
    groups = page.locator(".pq-group")
    assert [groups.nth(k).is_visible() for k in range(2)] == [False, True]
    assert in_view(page, '.pq-turn[data-turn="2"] .pq-question')
    page.click('.pq-turn[data-turn="1"] .pq-cite >> nth=0')
    assert [groups.nth(k).is_visible() for k in range(2)] == [True, False]
    assert "黄埔" in page.inner_text(".pq-chosen h3")


def test_everything_can_be_reached_by_keyboard(open_page: Opener) -> None:
    page = open_page()
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    ask(page, QUESTION)
    page.locator(".pq-cite").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.classList.contains('pq-source')")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.classList.contains('pq-cite')"), "and back to the answer"


def test_a_question_that_cannot_be_asked_stays_in_its_box(open_page: Opener) -> None:
    page = open_page()
    page.fill("#pq-box textarea", "问" * 20_000)
    page.keyboard.press("Enter")
    page.wait_for_selector(".pq-notice")
    assert "20,000" in page.inner_text(".pq-notice")
    assert len(page.input_value("#pq-box textarea")) == 20_000
    page.fill("#pq-box textarea", "   ")
    page.keyboard.press("Enter")
    page.wait_for_function("!document.querySelector('.pq-notice').textContent.includes('20,000')")
    assert page.locator(".pq-turn").count() == 0


def test_copy_and_export_carry_quotes_and_links(open_page: Opener, address: str) -> None:
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    page.click(".pq-copy")
    page.wait_for_function("document.querySelector('.pq-copy').textContent === '已复制'")
    copied = page.evaluate("navigator.clipboard.readText()")
    with page.expect_download() as download:
        page.click("#pq-export")
    exported = Path(download.value.path()).read_text(encoding="utf-8")
    for text in (copied, exported):
        assert QUESTION in text
        assert f"]({address}clause/" in text
        assert "> 对新建立的人工智能产业项目" in text


def test_clear_and_examples(open_page: Opener) -> None:
    page = open_page()
    page.click(".pq-example >> nth=0")
    page.wait_for_selector('.pq-turn[data-turn="1"][data-state=done]')
    assert not page.locator("#pq-welcome").is_visible()
    page.click("#pq-clear")
    page.wait_for_selector("#pq-welcome", state="visible")
    assert page.locator(".pq-turn").count() == 0


PAYLOAD = '<img src=x onerror="window.attacked=1"><script>window.attacked=1</script>'


@pytest.fixture(scope="module")
def hostile_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The chat over a document whose title and clauses try to run scripts."""
    folder = tmp_path_factory.mktemp("hostile")
    source = folder / "source.jsonl"
    articles = [
        f"第{n}条 对飞碟研发企业给予{k}00万元补助{PAYLOAD}。" for k, n in enumerate("一二三四五六七八", 1)
    ]
    record = {"id": "hostile", "title": f"飞碟补助办法{PAYLOAD}", "text": "\n".join(articles)}
    source.write_text(json.dumps(record), encoding="utf-8")
    built = policyqa("index", "build", "--source", source, "--index", folder / "index")
    assert built.returncode == 0, built.stderr
    with serving(folder / "index") as address:
        yield address


def test_texts_of_documents_questions_and_addresses_never_run(
    open_page: Opener, hostile_address: str
) -> None:
    page = open_page(site=hostile_address)
    ask(page, f"飞碟研发企业补助多少？{PAYLOAD}")
    assert PAYLOAD in page.inner_text(".pq-question")
    assert "<img src=x" in page.inner_text("#pq-panel")
    page.wait_for_timeout(200)
    assert page.evaluate("window.attacked") is None
    for path in ("clause/hostile/1", "clause/hostile", f"clause/{PAYLOAD}"):
        page.goto(f"{hostile_address}{path}?quote={PAYLOAD}&lang={PAYLOAD}")
        page.wait_for_timeout(100)
        assert page.evaluate("window.attacked") is None
        assert page.locator("main img, main script").count() == 0


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_a_comparison_is_a_table_and_on_a_phone_a_card_for_each_place(
    open_page: Opener, width: int, height: int
) -> None:
    page = open_page(width=width, height=height)
    ask(page, "武汉和杭州对AI平台购买设备各补几成、封顶多少？")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.get_by_role("rowheader").all_inner_texts() == ["武汉", "杭州"]
    assert page.get_by_role("columnheader").count() == 5, "read aloud even where they are not seen"
    row = page.get_by_role("row").filter(has_text="杭州")
    assert "3000 万元" in row.get_by_role("cell").first.inner_text()
    boxes = [row.get_by_role("cell").nth(n).bounding_box() for n in range(2)]
    assert (boxes[0]["y"] < boxes[1]["y"]) is (width == 390), "side by side where there is room"
    assert page.locator(".pq-statement").first.is_visible() is False

    row.locator(".pq-cite").click()
    card = page.locator(".pq-source.pq-chosen")
    assert "杭州市建设国家新一代人工智能创新发展试验区若干政策" in card.locator("h3").inner_text()
    assert "3000 万元" in "".join(card.locator("mark").all_inner_texts())
    card.locator("[data-back]").click()
    assert page.evaluate("document.activeElement.closest('tr') !== null"), "and back to its row"
    page.click(".pq-sentences summary")
    assert "武汉：" in page.locator(".pq-sentences .pq-statement").first.inner_text()
