"""The chat in a page of another site, in a real Chromium."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any

import httpx
import pytest
import uvicorn
from running import STARTED
from starlette.requests import Request
from starlette.responses import StreamingResponse

from app.server import create_app
from app.serving import listen, url_of
from app.settings import Settings
from rag.engine import PolicyQA

QUESTION = "我们在黄埔区建了人工智能项目，固定资产投资1亿，能拿多少奖励？"
PAYLOAD = "\"'><img src=x onerror=window.attacked=1><script>window.attacked=1</script>"
SCRIPT = Path(__file__).parents[2] / "app" / "static" / "embed.js"
DONE = ".pq-turn[data-state=done]"

Opener = Callable[..., Any]


@dataclass(frozen=True)
class Sites:
    """The chat, and the portal of another site that may embed it."""

    chat: str
    portal: str


@pytest.fixture(scope="module")
def sites(compendium_index: Path) -> Iterator[Sites]:
    """``policyqa serve --demo-portal``, in a process of its own."""
    command = [sys.executable, "-m", "app", "serve", "--port", "0", "--demo-portal"]
    command += ["--index", str(compendium_index), "--as-of", "2022-06-01"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    ) as run:
        try:
            assert run.stdout is not None and run.stderr is not None
            portal = run.stderr.readline().split(" is at ")[1].split()[0]
            yield Sites(run.stdout.readline().partition(STARTED)[2].split()[0], portal)
        finally:
            run.terminate()
            run.communicate(timeout=20)


@contextmanager
def page_server(body: str) -> Iterator[str]:
    """A site of its own with one page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!doctype html><html lang=en><title>x</title><body>{body}".encode())

        def log_message(self, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()


@contextmanager
def running(app: Any, sock: socket) -> Iterator[None]:
    """An application served from a thread."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, args=([sock],), daemon=True)
    thread.start()
    yield
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def visit(chromium: Any, sites: Sites) -> Iterator[Opener]:
    """Opens pages whose frames may ask nothing of any third host, set no cookie and raise no script error."""
    foreign: list[str] = []
    errors: list[str] = []
    contexts: list[Any] = []

    def opened(path: str = "", locale: str = "zh-CN", site: str = sites.portal, **options: Any) -> Any:
        size = {"width": options.pop("width", 1280), "height": options.pop("height", 900)}
        own = (options.pop("chat", sites.chat), site, "data:", "blob:")
        context = chromium.new_context(locale=locale, viewport=size, **options)
        contexts.append(context)
        context.on("request", lambda r: None if r.url.startswith(own) else foreign.append(r.url))
        context.on("weberror", lambda error: errors.append(str(error.error)))
        page = context.new_page()
        page.goto(site + path)
        return page

    yield opened
    for context in contexts:
        assert context.cookies() == []
        context.close()
    assert foreign == [] and errors == []


def frame_of(page: Any, at: int = 0) -> Any:
    """The chat's frame in a page, once one can ask in it."""
    deadline = time.monotonic() + 20
    while not (found := [f for f in page.frames if "/embed?" in f.url or f.url.endswith("/embed")][at:]):
        assert time.monotonic() < deadline, "no frame"
        page.wait_for_timeout(50)
    found[0].wait_for_selector("#pq-box textarea")
    found[0].wait_for_selector(".pq-masthead h1")
    return found[0]


def open_by_keyboard(page: Any) -> Any:
    """Goes through the page with Tab alone until the launcher has the focus, and presses it."""
    for _ in range(20):
        page.keyboard.press("Tab")
        # The launcher lies in a closed shadow tree: from outside, its host has the focus.
        if page.evaluate("document.activeElement.matches('body > div[lang]')"):
            break
    else:
        pytest.fail("the launcher cannot be reached")
    page.keyboard.press("Enter")
    return frame_of(page)


def test_the_script_is_small() -> None:
    assert len(SCRIPT.read_bytes()) < 10_000


@pytest.mark.parametrize(("locale", "title"), [("zh-CN", "政策助手"), ("en-US", "Policy assistant")])
def test_a_person_asks_by_keyboard_alone_and_opens_the_clause(
    visit: Opener, sites: Sites, locale: str, title: str
) -> None:
    page = visit(locale=locale)
    frame = open_by_keyboard(page)
    assert frame.inner_text(".pq-masthead h1") == title
    page.wait_for_function("document.activeElement.matches('body > div[lang]')")
    frame.wait_for_function("document.activeElement.matches('#pq-box textarea') && document.hasFocus()")
    frame.wait_for_function("document.querySelector('#pq-box textarea').value.length > 20")
    frame.wait_for_selector("#pq-zones .token")
    page.keyboard.press("Enter")
    frame.wait_for_selector(DONE)
    assert re.search(r"1000\s*万元", frame.inner_text(".pq-answer"))
    assert "广州" in frame.inner_text(".pq-turn .pq-limits")
    frame.locator(".pq-cite").first.focus()
    page.keyboard.press("Enter")
    assert (
        "第六条" in frame.inner_text(".pq-chosen h3") and frame.locator(".pq-chosen .pq-badge").count() == 1
    )
    with page.expect_popup() as opened:
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    clause = opened.value
    clause.wait_for_selector("#cited mark")
    assert clause.url.startswith(f"{sites.chat}clause/")


def test_a_question_stands_in_the_frame_at_once_and_its_answer_follows(visit: Opener) -> None:
    page = visit("inline")
    frame = frame_of(page)
    frame.evaluate(
        """() => { window.seen = []; new MutationObserver(() => {
          const state = document.querySelector('.pq-turn')?.dataset.state;
          if (state && window.seen.at(-1) !== state) window.seen.push(state);
        }).observe(document.body, { childList: true, subtree: true }); }"""
    )
    frame.fill("#pq-box textarea", QUESTION)
    frame.press("#pq-box textarea", "Enter")
    frame.wait_for_selector(DONE)
    assert frame.evaluate("window.seen") == ["pending", "done"]


def test_escape_closes_the_panel_and_gives_the_focus_back(visit: Opener) -> None:
    page = visit()
    frame = open_by_keyboard(page)
    frame.wait_for_function("document.hasFocus() && document.activeElement.matches('#pq-box textarea')")
    page.keyboard.press("Escape")
    frame.wait_for_function("!document.hasFocus()", polling=50)  # what is not shown draws no frames
    assert page.evaluate("document.activeElement.matches('body > div[lang]')")
    page.keyboard.press("Enter")
    frame.wait_for_function("document.hasFocus()")
    assert frame_of(page) == frame, "the conversation is still there"


def test_the_focus_stays_in_the_panel(visit: Opener) -> None:
    page = visit()
    frame = open_by_keyboard(page)
    frame.wait_for_function("document.hasFocus()")
    for key in ["Tab"] * 90 + ["Shift+Tab"] * 8:
        page.keyboard.press(key)
        assert page.evaluate("!document.activeElement.closest('header, main, footer')")


def test_a_frame_in_the_text_does_not_take_the_focus(visit: Opener) -> None:
    for path in ("inline", "frame"):
        page = visit(path)
        frame_of(page)
        page.wait_for_timeout(300)
        assert page.evaluate("document.activeElement === document.body")


# axe cannot look into a closed shadow tree.
OPEN_SHADOW = """const { attachShadow } = Element.prototype;
Element.prototype.attachShadow = function () { return attachShadow.call(this, { mode: "open" }); };"""


def serious(axe: Any, where: Any) -> list[Any]:
    response = axe.run(where, options={"iframes": False}).response
    assert len(response["passes"]) > 10, "axe has looked at the page"
    return [
        (v["impact"], v["id"], [(node["html"][:120], node["failureSummary"]) for node in v["nodes"]])
        for v in response["violations"]
        if v["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("path", ["", "inline", "frame"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit: Opener, sites: Sites, path: str, scheme: str) -> None:
    found: list[Any] = []
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = visit("nothing", color_scheme=scheme)
    page.context.add_init_script(OPEN_SHADOW)
    page.goto(f"{sites.portal}{path}")
    if path:
        frame = frame_of(page)
    else:
        found += serious(axe.Axe(), page)
        frame = open_by_keyboard(page)
    frame.fill("#pq-box textarea", QUESTION)
    frame.press("#pq-box textarea", "Enter")
    frame.wait_for_selector(DONE)
    page.wait_for_timeout(500)
    # axe reaches into frames only where it is loaded in each: here, one after the other.
    for where in (page, frame):
        found += serious(axe.Axe(), where)
    assert found == []


def test_a_phone_gets_the_whole_screen(visit: Opener) -> None:
    page = visit(width=390, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    frame = open_by_keyboard(page)
    box = frame.frame_element().bounding_box()
    assert box["x"] == 0 and box["width"] == 390 and box["y"] + box["height"] == 844
    assert frame.evaluate("document.documentElement.scrollWidth") == 390


def test_nothing_moves_for_who_wants_no_motion(visit: Opener) -> None:
    page = visit(reduced_motion="reduce")
    frame = open_by_keyboard(page)
    element = frame.frame_element()
    assert element.evaluate("e => getComputedStyle(e.closest('dialog')).animationName") == "none"


def test_an_origin_that_is_not_listed_gets_no_chat(visit: Opener, sites: Sites) -> None:
    body = f'<iframe src="{sites.chat}embed"></iframe><script src="{sites.chat}embed.js"></script>'
    with page_server(body) as other:
        page = visit(site=other)
        page.wait_for_timeout(1500)
        framed = next(f for f in page.frames if f != page.main_frame)
        assert framed.url.startswith("chrome-error:") and framed.query_selector("#pq-box") is None
        readable = f"fetch('{sites.chat}healthz').then(() => 'read', () => 'blocked')"
        assert page.evaluate(readable) == "blocked"
    page = visit()
    policy_allows = page.request.get(f"{sites.chat}healthz", headers={"origin": sites.portal.rstrip("/")})
    assert policy_allows.headers["access-control-allow-origin"] == sites.portal.rstrip("/")


@pytest.fixture(scope="module")
def hostile(compendium_index: Path) -> Iterator[str]:
    """A listed site whose attributes try to run scripts, with several chats on its page."""
    sock = listen("127.0.0.1", 0)
    chat, bad = url_of(sock), escape(PAYLOAD, quote=True)
    names = ("title", "question", "zone", "lang", "theme", "color", "position", "height")
    attributes = " ".join(f'data-{name}="{bad}"' for name in names)
    script = f'<script src="{chat}embed.js"'
    body = (
        "<p id=before>before</p><div id=place></div><script>window.before = Object.keys(window);</script>"
        f"{script} {attributes}></script>{script} data-mode=inline {attributes}></script>"
        f'{script} data-target="#place" data-title="Third" data-theme="dark" data-lang=en></script>'
        f'{script} data-target="{bad}"></script><script>window.after = Object.keys(window);</script>'
    )
    with page_server(body) as site:
        settings = Settings(allowed_origins=(site.rstrip("/"),))
        with running(create_app(PolicyQA.from_path(compendium_index), settings), sock):
            yield site


def test_hostile_attributes_never_run_and_no_global_name_is_left(chromium: Any, hostile: str) -> None:
    page = chromium.new_context(locale="en-US").new_page()
    page.goto(hostile)
    frames = [frame_of(page, at) for at in (0, 1)]
    assert (
        page.evaluate("[before.sort().join(), after.filter((n) => n !== 'before').sort().join()]")
        == [page.evaluate("before.sort().join()")] * 2
    )
    for _ in range(4):
        page.keyboard.press("Tab")
    for frame in frames:
        frame.wait_for_timeout(300)
        assert frame.evaluate("window.attacked") is None
        assert frame.locator("img[src=x]").count() == 0
    titles = {frame.inner_text(".pq-masthead h1") for frame in frames}
    assert titles == {PAYLOAD[:80].strip(), "Third"}
    asked = next(f for f in frames if "Third" not in f.inner_text(".pq-masthead h1"))
    assert asked.input_value("#pq-box textarea") == PAYLOAD
    assert asked.locator("#pq-zones .token").count() == 0, "no such zone"
    asked.press("#pq-box textarea", "Enter")
    asked.wait_for_selector(DONE)
    assert PAYLOAD in asked.inner_text(".pq-question")
    assert next(f for f in frames if f != asked).evaluate("document.body.classList.contains('dark')")
    page.wait_for_timeout(300)
    for frame in (*frames, page):
        assert frame.evaluate("window.attacked") is None
    page.context.close()


NO_STORAGE = """for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {
  get() { throw new DOMException("third-party storage is blocked", "SecurityError"); } });
Object.defineProperty(document, "cookie", { get: () => "", set: () => {} });"""


def test_neither_cookies_nor_storage_are_needed(visit: Opener, sites: Sites) -> None:
    page = visit("nothing")
    page.context.add_init_script(NO_STORAGE)
    page.goto(f"{sites.portal}inline")
    frame = frame_of(page)
    frame.fill("#pq-box textarea", QUESTION)
    frame.press("#pq-box textarea", "Enter")
    frame.wait_for_selector(DONE)
    assert frame.locator(".pq-cite").count() > 0


def stripping_proxy(upstream: str, prefix: str) -> Any:
    """A proxy that shows a server below a path and takes the path off, as nginx does."""

    async def proxy(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        path = request.url.path
        if not path.startswith(prefix):
            await StreamingResponse(iter([b"not below the path"]), 404)(scope, receive, send)
            return
        headers = {k: v for k, v in request.headers.items() if k != "accept-encoding"}
        headers |= {"x-forwarded-host": request.headers["host"], "x-forwarded-proto": "http"}
        async with httpx.AsyncClient(timeout=60) as client:
            address = upstream + path.removeprefix(prefix)
            sent = client.build_request(
                request.method,
                address,
                params=request.url.query,
                headers=headers,
                content=await request.body(),
            )
            answer = await client.send(sent, stream=True)
            await StreamingResponse(answer.aiter_raw(), answer.status_code, dict(answer.headers))(
                scope, receive, send
            )

    return proxy


def test_it_works_below_a_path_of_a_proxy(visit: Opener, compendium_index: Path) -> None:
    inner, outer = listen("127.0.0.1", 0), listen("127.0.0.1", 0)
    public = f"{url_of(outer)}policy/"
    with page_server(f'<script src="{public}embed.js" data-mode="inline" data-lang="zh"></script>') as site:
        settings = Settings(public_url=public, allowed_origins=(site.rstrip("/"),))
        app = create_app(PolicyQA.from_path(compendium_index), settings)
        proxy = stripping_proxy(url_of(inner), "/policy/")
        with running(app, inner), running(proxy, outer):
            page = visit(site=site, chat=public)
            frame = frame_of(page)
            assert frame.url.startswith(f"{public}embed?")
            frame.fill("#pq-box textarea", QUESTION)
            frame.press("#pq-box textarea", "Enter")
            frame.wait_for_selector(DONE)
            frame.click(".pq-cite >> nth=0")
            with page.expect_popup() as opened:
                frame.click(".pq-chosen .pq-open a")
            opened.value.wait_for_selector("#cited mark")
            assert opened.value.url.startswith(f"{public}clause/")
