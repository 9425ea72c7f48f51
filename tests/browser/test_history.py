"""What a person asked before, in a real Chromium behind the portal's single sign-on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import Event, Timer
from typing import Any

import httpx
import pytest
from payloads import PAYLOADS, hostile
from running import STARTED
from served import served, settings_in
from writable import RIGHT

from app.conversation import Exchange, stamp
from app.feedback.store import FeedbackStore
from app.history.store import HistoryStore
from rag.engine import PolicyQA
from rag.types import Answer

HEADER = "X-Remote-User"
FOLLOW_UP = "贷款呢？"
OTHER = "参加展会的展位费补助多少？"
BEES = "新建蜂场补助多少？"
LISTED = ".pq-history-list li"
SHOWS = "text => document.querySelector('.pq-question')?.innerText.includes(text)"
Opener = Callable[..., Any]


class Held(PolicyQA):
    """An engine whose answers can be held up."""

    @cached_property
    def going(self) -> Event:
        """Is set while answers go on."""
        going = Event()
        going.set()
        return going

    def stream(self, *arguments: Any, **options: Any) -> Iterator[Answer]:
        assert self.going.wait(30)
        return super().stream(*arguments, **options)


@dataclass(frozen=True)
class Site:
    """A server of this process behind single sign-on, where its data lies, and what answers."""

    address: str
    data: Path
    going: Event


@pytest.fixture(scope="module")
def site(policies_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for all: a second Gradio in a process does not always load after the first."""
    data = tmp_path_factory.mktemp("history")
    engine = Held.from_path(shutil.copytree(policies_index, data / "index"))
    settings = settings_in(data, sso_header=HEADER, trusted_proxies=("127.0.0.1",), asks_at_once=0)
    with served(engine, settings) as address:
        yield Site(address, data, engine.going)


@pytest.fixture
def sign_in(chromium: Any, site: Site) -> Iterator[Opener]:
    """Opens the chat as somebody; no page may raise an error, break its policy or ask another host."""
    faults: list[str] = []
    contexts: list[Any] = []

    def opened(person: str, locale: str = "zh-CN", **options: Any) -> Any:
        context = chromium.new_context(locale=locale, extra_http_headers={HEADER: person}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.on("request", lambda r: None if r.url.startswith(site.address) else faults.append(r.url))
        page.goto(site.address)
        page.wait_for_selector(".pq-masthead h1")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def ask(page: Any, question: str, turn: int = 1) -> None:
    page.fill("#pq-box textarea", question)
    page.keyboard.press("Enter")
    page.wait_for_selector(f'.pq-turn[data-turn="{turn}"][data-state=done]')


def begin_anew(page: Any) -> None:
    page.click("#pq-clear")
    page.wait_for_selector("#pq-welcome", state="visible")


def list_of(page: Any, count: int) -> Any:
    page.click(".pq-history-open")
    return wait_for(page, count)


def wait_for(page: Any, count: int) -> Any:
    page.wait_for_function(f"document.querySelectorAll('{LISTED}').length === {count}")
    return page.locator(LISTED)


@pytest.mark.parametrize(
    ("locale", "name", "about"), [("zh-CN", "历史", "保存 90 天"), ("en-US", "History", "kept for 90 days")]
)
def test_conversations_are_listed_opened_gone_on_with_and_deleted(
    sign_in: Opener, site: Site, locale: str, name: str, about: str
) -> None:
    page = sign_in(f"li {locale}", locale)
    ask(page, RIGHT)
    shown = page.inner_text(".pq-answer"), page.inner_text("#pq-panel")
    begin_anew(page)
    ask(page, OTHER)
    page.reload()
    page.wait_for_selector(".pq-masthead h1")
    assert page.inner_text(".pq-history-open") == name
    rows = list_of(page, 2)
    assert about in page.inner_text(".pq-history")
    assert [row.split("\n")[0] for row in rows.all_inner_texts()] == [OTHER, RIGHT]

    rows.nth(1).locator(".pq-history-one").click()
    page.wait_for_selector('.pq-turn[data-state="done"]')
    assert page.locator("dialog[open]").count() == 0
    assert (page.inner_text(".pq-answer"), page.inner_text("#pq-panel")) == shown
    ask(page, FOLLOW_UP, turn=2)
    assert "飞碟" in page.inner_text('.pq-turn[data-turn="2"] .pq-understood')

    rows = list_of(page, 2)
    assert rows.first.inner_text().startswith(RIGHT), "the one that went on last"
    rows.first.locator(".pq-history-delete").click()
    rows.first.locator(".pq-history-no").click()
    assert page.evaluate("document.activeElement.className") == "pq-history-delete"
    rows.first.locator(".pq-history-delete").click()
    rows.first.locator(".pq-history-yes").click()
    assert wait_for(page, 1).first.inner_text().startswith(OTHER)
    page.click(".pq-history-all")
    assert HistoryStore(site.data, 90).listed(f"li {locale}", 9)[0] == 1, "not before it is confirmed"
    page.click(".pq-history-end .pq-history-yes")
    wait_for(page, 0)
    assert page.locator(".pq-history-all").is_hidden() and page.inner_text(".pq-history-said")
    assert HistoryStore(site.data, 90).listed(f"li {locale}", 9)[0] == 0


def test_the_list_names_the_day_on_which_a_conversation_went_on_last(sign_in: Opener, site: Site) -> None:
    days = [stamp(datetime.now(UTC) - timedelta(days=ago)) for ago in (20, 5)]
    for at in days:
        HistoryStore(site.data, 90).add("wu", "a", Exchange(RIGHT, state="stopped", at=at))
    page = sign_in("wu")
    shown = list_of(page, 1).first.inner_text()
    first, last = [
        page.evaluate("at => new Date(at).toLocaleDateString('zh-CN', { dateStyle: 'medium' })", at)
        for at in days
    ]
    assert last in shown and first not in shown and "2 个问题" in shown


def test_another_person_sees_an_empty_list_and_opens_nothing(sign_in: Opener) -> None:
    mine, other = sign_in("zhang"), sign_in("zhao")
    ask(mine, RIGHT)
    list_of(mine, 1)
    got = mine.evaluate("fetch('api/v1/history').then((r) => r.json())")["conversations"][0]["id"]
    list_of(other, 0)
    other.wait_for_function("document.querySelector('.pq-history-said').textContent === '还没有历史记录。'")
    other.keyboard.press("Escape")
    other.evaluate("id => { policyqa.chosen = id; document.querySelector('#pq-reopen').click(); }", got)
    other.wait_for_selector(".pq-notice")
    assert other.locator(".pq-turn").count() == 0 and RIGHT not in other.content()


@pytest.mark.parametrize(
    ("locale", "busy"),
    [("zh-CN", "正在写回答：请等它写完"), ("en-US", "An answer is being written. Wait for it")],
)
def test_no_other_conversation_is_opened_while_an_answer_is_written(
    sign_in: Opener, site: Site, locale: str, busy: str
) -> None:
    page = sign_in(f"qian {locale}", locale)
    ask(page, RIGHT)
    begin_anew(page)
    site.going.clear()
    try:
        page.fill("#pq-box textarea", OTHER)
        page.keyboard.press("Enter")
        page.wait_for_selector(".pq-turn[data-state=pending]")
        list_of(page, 1).locator(".pq-history-one").click()
        assert busy in page.inner_text(".pq-history-said")
        # Not by another way past the list either: the button that opens it does nothing.
        page.evaluate("document.querySelector('#pq-reopen').click()")
        page.wait_for_timeout(200)
        assert page.inner_text(".pq-question") == OTHER
    finally:
        site.going.set()
    page.wait_for_selector(".pq-turn[data-state=done]", state="attached")
    page.locator(f"{LISTED} .pq-history-one").click()
    page.wait_for_function(SHOWS, arg=RIGHT)
    rows = list_of(page, 2)
    assert [row.split("\n")[0] for row in rows.all_inner_texts()] == [OTHER, RIGHT]


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_nothing_that_was_kept_runs_and_what_is_gone_can_still_be_read(
    sign_in: Opener, site: Site, tmp_path: Path, locale: str
) -> None:
    from corpus.collection import load_sources
    from embeddings.build import add_documents, remove_documents
    from embeddings.encoder import Encoder

    for number, payload in enumerate(PAYLOADS):
        (tmp_path / f"{number}.txt").write_text(hostile(payload), encoding="utf-8")
    corpus = load_sources([tmp_path])
    add_documents(corpus, site.data / "index", Encoder.load())
    page = sign_in(f"wang {locale}", locale)
    for payload in PAYLOADS:
        ask(page, f"{BEES}{payload}")
        assert page.locator(".pq-source").count()
        begin_anew(page)
    remove_documents([document.id for document in corpus.documents], site.data / "index")
    gone = "现在没有这一条款" if locale == "zh-CN" else "no longer holds this clause"
    for number, payload in enumerate(reversed(PAYLOADS)):
        row = list_of(page, len(PAYLOADS)).nth(number)
        assert " ".join(f"{BEES}{payload}".split()) in row.inner_text()
        row.locator(".pq-history-delete").click()
        row.locator(".pq-history-no").click()
        row.locator(".pq-history-one").click()
        page.wait_for_function(SHOWS, arg=payload)
        panel = page.inner_text("#pq-panel")
        assert gone in panel and "50万元" in panel and page.locator(".pq-open").count() == 0
        assert page.locator("#pq-panel :is(img, svg, iframe), .pq-turns :is(img, svg, iframe)").count() == 0
        assert page.locator(".pq-history :is(img, svg, iframe, a)").count() == 0
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None


def serious(found: Any) -> list[str]:
    """What axe has found that keeps people out."""
    return [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")]


def lose_clauses(store: HistoryStore, person: str) -> None:
    """Has a person's one question cite clauses that are in no collection."""
    (listed,) = store.listed(person, 9)[1]
    (kept,) = store.read(person, listed.id)
    assert kept.answer is not None
    cited = tuple(replace(citation, clause_id="lost/1") for citation in kept.answer.citations)
    store.delete(person, listed.id)
    store.add(person, listed.id, replace(kept, answer=replace(kept.answer, citations=cited)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_is_for_keyboards_screen_readers_and_telephones(
    sign_in: Opener, site: Site, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = sign_in(f"liu {scheme}", "en-US", color_scheme=scheme, viewport={"width": 375, "height": 740})
    ask(page, "How much subsidy for the research and development of flying saucers? " * 3)
    boxes = [page.locator(name).bounding_box() for name in (".pq-history-open", "#pq-switch")]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"], "neither lies on the other"
    page.focus(".pq-history-open")
    page.keyboard.press("Enter")
    wait_for(page, 1)
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    page.click(".pq-history-all")
    assert page.evaluate("document.activeElement.className") == "pq-history-no"
    found = axe.run(page, context=".pq-history").response
    assert len(found["passes"]) > 5, "axe has looked at the list"
    assert serious(found) == []
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate("document.activeElement.className") == "pq-history-open"
    list_of(page, 1)
    assert page.locator(".pq-history-sure").count() == 0, "half a confirmation is none"
    page.keyboard.press("Escape")

    lose_clauses(HistoryStore(site.data, 90), f"liu {scheme}")
    list_of(page, 1).first.locator(".pq-history-one").click()
    page.wait_for_selector(".pq-saved", state="attached")
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    found = axe.run(page).response
    assert len(found["passes"]) > 10 and serious(found) == []


def test_escape_closes_the_list_before_it_closes_the_panel_of_a_portal(sign_in: Opener) -> None:
    page = sign_in("sun")
    page.evaluate(
        "window.told = []; addEventListener('message', (event) => told.push(event.data.policyqa));"
        "document.body.append(Object.assign(document.createElement('iframe'), { src: 'embed' }))"
    )
    page.wait_for_function("told.includes('ready')")
    frame = page.frames[-1]
    frame.click(".pq-history-open")
    frame.wait_for_selector(".pq-history-said:text('还没有')")
    page.keyboard.press("Escape")
    page.wait_for_timeout(200)
    assert frame.locator("dialog[open]").count() == 0 and "close" not in page.evaluate("told")
    page.keyboard.press("Escape")
    page.wait_for_function("told.includes('close')")


def start(index: Path, data: Path) -> tuple[subprocess.Popen[str], str]:
    """``policyqa serve`` behind single sign-on, in a process of its own."""
    places = {
        "POLICYQA_DATA": str(data),
        "POLICYQA_KEYS": str(data / "keys.json"),
        "POLICYQA_SSO_HEADER": HEADER,
        "POLICYQA_TRUSTED_PROXIES": "127.0.0.1",
        "POLICYQA_ASKS_PER_MINUTE": "0",
    }
    command = [sys.executable, "-m", "app", "serve", "--index", str(index), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | places)
    assert process.stdout is not None
    return process, process.stdout.readline().partition(STARTED)[2].split()[0]


def test_nothing_that_was_shown_or_said_is_lost_when_the_server_is_killed(
    chromium: Any, policies_index: Path, tmp_path: Path
) -> None:
    process, address = start(policies_index, tmp_path)
    context = chromium.new_context(locale="zh-CN", extra_http_headers={HEADER: "li"})
    page = context.new_page()
    said = 0
    try:
        page.goto(address)
        page.wait_for_selector(".pq-masthead h1")
        ask(page, RIGHT)
        page.click(".pq-feedback [data-verdict=right]")
        page.click(".pq-note-send")
        page.wait_for_selector(".pq-said:text('已记录')")
        said = 1
        # The server dies at some moment of asking without pause; what the page shows stays in the page.
        killing = Timer(4, process.send_signal, [signal.SIGKILL])
        killing.start()
        for turn in range(2, 1_000):
            page.fill("#pq-box textarea", f"{RIGHT}{turn}")
            page.keyboard.press("Enter")
            done = f"document.querySelector('.pq-turn[data-turn=\"{turn}\"][data-state=done]') !== null"
            while process.poll() is None and not page.evaluate(done):
                page.wait_for_timeout(5)
            if process.poll() is not None:
                break
        killing.join()
        page.wait_for_timeout(300)
        shown = page.locator(".pq-turn[data-state=done] .pq-question").all_inner_texts()
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -signal.SIGKILL and len(shown) > 3
    process, address = start(policies_index, tmp_path)
    try:
        client = httpx.Client(base_url=address, headers={HEADER: "li"}, trust_env=False)
        (listed,) = client.get("api/v1/history").json()["conversations"]
        kept = client.get(f"api/v1/history/{listed['id']}").json()["exchanges"]
        # One more may have been kept when the server died before it could be shown.
        assert [one["question"] for one in kept][: len(shown)] == shown and len(kept) - len(shown) in (0, 1)
        assert all(one["state"] == "done" and one["answer"]["citations"] for one in kept)
        page.goto(address)
        list_of(page, 1).first.locator(".pq-history-one").click()
        page.wait_for_selector(f'.pq-turn[data-turn="{len(kept)}"]')
    finally:
        context.close()
        process.terminate()
        process.wait(30)
    assert len(FeedbackStore(tmp_path).all()) == said == 1
