"""The history over HTTP: of the person who asks for it, by single sign-on, and of nobody else."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from payloads import PAYLOADS
from running import policyqa
from served import DAY, settings_in
from starlette.requests import Request
from writable import RIGHT

from app.access.keys import Keys
from app.access.people import Person, Role
from app.allowance import Allowance
from app.asked import Asked
from app.chat import Chat
from app.conversation import Conversation
from app.history.personal import History
from app.history.store import FILE, HistoryStore
from app.i18n import messages
from app.server import create_app
from rag.engine import PolicyQA
from rag.generators.choice import EXTRACTIVE
from rag.types import Answer, Citation, Related

SSO = {"sso_header": "X-Remote-User", "trusted_proxies": ("127.0.0.1",)}
HISTORY = "/api/v1/history"


def request_of(name: str, by: str = "sso") -> Any:
    """A request to the chat that the gate has let through."""
    person = Person(name, Role.ASK, by)  # type: ignore[arg-type]
    scope = {"type": "http", "headers": [], "state": {"person": person}}
    return SimpleNamespace(request=Request(scope), session_hash=name)


def ask(chat: Chat, request: Any, question: str, talk: Conversation | None = None) -> Conversation:
    *_, last = chat._answer(question, talk or Conversation("zh"), [], False, request)
    conversation: Conversation = last[chat._conversation]
    return conversation


@pytest.fixture
def engine(policies_index: Path, tmp_path: Path) -> PolicyQA:
    return PolicyQA.from_path(shutil.copytree(policies_index, tmp_path / "index"))


@pytest.fixture
def app(engine: PolicyQA, tmp_path: Path) -> Any:
    Keys(tmp_path / "keys.json").add("bot", Role.ASK)
    return create_app(engine, settings_in(tmp_path, **SSO, allowed_origins=("https://portal.example",)), DAY)


@pytest.fixture
def chat(app: Any) -> Chat:
    found: Chat = app.state.work.chat
    return found


def client_of(app: Any, name: str) -> TestClient:
    return TestClient(app, client=("127.0.0.1", 5), headers={"X-Remote-User": name})


@pytest.fixture
def li(app: Any) -> Iterator[TestClient]:
    yield client_of(app, "li")


def test_what_was_asked_is_listed_read_and_deleted(
    app: Any, chat: Chat, li: TestClient, engine: PolicyQA
) -> None:
    assert li.get(HISTORY).json() == {"total": 0, "days": 90, "conversations": []}
    talk = ask(chat, request_of("li"), RIGHT)
    talk = ask(chat, request_of("li"), "贷款呢？", talk)
    other = ask(chat, request_of("li"), "火星签证费多少？")
    listed = li.get(HISTORY).json()
    assert [(one["id"], one["question"], one["questions"]) for one in listed["conversations"]] == [
        (other.id, "火星签证费多少？", 1),
        (talk.id, RIGHT, 2),
    ]
    assert len(li.get(HISTORY, params={"limit": 1, "offset": 1}).json()["conversations"]) == 1
    first, second = li.get(f"{HISTORY}/{talk.id}").json()["exchanges"]
    assert first["state"] == "done" and second["answer"]["standalone_question"] != "贷款呢？"
    for citation in first["answer"]["citations"]:
        assert citation["text"] == engine.clause(citation["clause_id"]).text and citation["label"]
        assert first["standing"][citation["clause_id"]] == "held"
    assert li.delete(f"{HISTORY}/{talk.id}").json() == {"deleted": 2}
    for gone in (li.get(f"{HISTORY}/{talk.id}"), li.delete(f"{HISTORY}/{talk.id}")):
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "not_found")
    assert li.delete(HISTORY).json() == {"deleted": 1} and li.get(HISTORY).json()["total"] == 0


def test_what_is_deleted_over_http_is_in_no_file_any_more(
    app: Any, chat: Chat, li: TestClient, tmp_path: Path
) -> None:
    def left() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE}*"))

    asked = [f"{RIGHT}{word}" for word in ("alphabeta", "gammadelta", "epsilonzeta")]
    one, *_ = [ask(chat, request_of("li"), question) for question in asked]
    ask(chat, request_of("wang"), f"{RIGHT}thetaiota")
    assert b"alphabeta" in left()
    assert li.delete(f"{HISTORY}/{one.id}").json() == {"deleted": 1}
    assert b"alphabeta" not in left() and b"gammadelta" in left()
    assert li.delete(HISTORY).json() == {"deleted": 2}
    assert not any(word in left() for word in (b"gammadelta", b"epsilonzeta")) and b"thetaiota" in left()
    shown = chat._reopened(one.id, Conversation("zh"), request_of("li"))
    assert list(shown) == [chat._status] and "没有这次对话" in shown[chat._status]


def test_another_person_gets_nothing_by_any_id(app: Any, chat: Chat, li: TestClient) -> None:
    mine = ask(chat, request_of("li"), RIGHT)
    wang = client_of(app, "wang")
    assert wang.get(HISTORY).json()["total"] == 0
    for response in (wang.get(f"{HISTORY}/{mine.id}"), wang.delete(f"{HISTORY}/{mine.id}")):
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")
    for guess in (
        mine.id.upper(),
        mine.exchanges[0].id,
        "%25",
        "_" * 32,
        "1",
        "..%2f..%2fkeys.json",
    ):
        for response in (wang.get(f"{HISTORY}/{guess}"), wang.delete(f"{HISTORY}/{guess}")):
            assert response.status_code in (404, 405) and RIGHT not in response.text, guess
    assert wang.delete(HISTORY).json() == {"deleted": 0}
    assert li.get(f"{HISTORY}/{mine.id}").status_code == 200
    shown = chat._reopened(mine.id, Conversation("zh"), request_of("wang"))
    assert RIGHT not in json.dumps([v for v in shown.values() if isinstance(v, str)], ensure_ascii=False)
    assert "没有这次对话" in shown[chat._status]
    assert ask(chat, request_of("wang"), RIGHT, mine).id == mine.id
    assert [len(client.get(f"{HISTORY}/{mine.id}").json()["exchanges"]) for client in (li, wang)] == [1, 1]


@pytest.mark.parametrize("by", ["address", "key"])
def test_of_an_address_or_a_key_nothing_is_kept(chat: Chat, tmp_path: Path, by: str) -> None:
    ask(chat, request_of("li", by), RIGHT)
    assert not (tmp_path / FILE).exists()
    assert (
        "pq-history" not in chat._opened("zh", "", "", Conversation(), request_of("li", by))[chat._masthead]
    )
    assert "pq-history" in chat._opened("zh", "", "", Conversation(), request_of("li"))[chat._masthead]


def test_a_name_that_a_person_claims_without_single_sign_on_keeps_nothing(
    engine: PolicyQA, tmp_path: Path
) -> None:
    app = create_app(engine, settings_in(tmp_path), DAY)
    client = TestClient(app, "http://localhost", client=("127.0.0.1", 5), headers={"X-Remote-User": "li"})
    assert client.post("/api/v1/ask", json={"question": RIGHT}).status_code == 200
    for path in (HISTORY, f"{HISTORY}/x"):
        for method in ("GET", "DELETE"):
            refused = client.request(method, path)
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    assert not list(tmp_path.glob(f"{FILE}*"))


def test_who_may_not_look_is_told_why(app: Any, engine: PolicyQA, tmp_path: Path) -> None:
    key = Keys(tmp_path / "keys.json").add("other", Role.ADMINISTER)
    bot = TestClient(app, client=("127.0.0.1", 5), headers={"Authorization": f"Bearer {key}"})
    stranger = TestClient(app, client=("10.9.9.9", 5), headers={"X-Remote-User": "li"})
    for path in (HISTORY, f"{HISTORY}/x"):
        for method in ("GET", "DELETE"):
            assert stranger.request(method, path).status_code == 401, "no proxy that is believed"
            refused = bot.request(method, path)
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    off = create_app(engine, settings_in(tmp_path, **SSO, history_days=0), DAY)
    told = client_of(off, "li").get(HISTORY)
    assert told.status_code == 404 and "history_days" in told.json()["error"]["message"]


def test_a_portals_page_neither_reads_nor_deletes_history(li: TestClient) -> None:
    origin = {"Origin": "https://portal.example"}
    assert "access-control-allow-origin" not in li.get(HISTORY, headers=origin).headers
    assert "access-control-allow-origin" in li.get("/api/v1/documents", headers=origin).headers
    preflight = {**origin, "Access-Control-Request-Method": "DELETE"}
    assert li.options(HISTORY, headers=preflight).status_code == 403
    refused = li.delete(HISTORY, headers=origin)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "cross_origin")


def test_a_start_deletes_what_is_too_old_and_all_where_none_is_to_be_kept(
    engine: PolicyQA, chat: Chat, tmp_path: Path
) -> None:
    ask(chat, request_of("li"), RIGHT)
    store = HistoryStore(tmp_path, 90)
    create_app(engine, settings_in(tmp_path, **SSO), DAY)
    assert store.figures().questions == 1
    create_app(engine, settings_in(tmp_path, **SSO, history_days=0), DAY)
    assert store.figures().questions == 0


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", "", html)).split())


def test_a_clause_that_is_gone_is_shown_as_it_was_saved(chat: Chat, engine: PolicyQA, li: TestClient) -> None:
    from embeddings.build import remove_documents

    talk = ask(chat, request_of("li"), RIGHT)
    live = chat._show_talk(talk)
    answer = talk.exchanges[0].answer
    assert answer is not None
    cited = answer.citations[0]
    remove_documents([cited.document], engine.folder)
    shown = chat._reopened(talk.id, Conversation("zh"), request_of("li"))
    assert cited.clause_id not in engine.clauses and shown[chat._transcript] == live[chat._transcript]
    gone, link = messages("zh")("saved_gone"), messages("zh")("open_clause")
    assert words_of(cited.text) in words_of(shown[chat._sources])
    assert words_of(shown[chat._sources]).replace(gone, link) == words_of(live[chat._sources])
    assert "clause/" not in shown[chat._sources]
    english = chat._reopened(talk.id, Conversation("en"), request_of("li"))
    assert "no longer holds this clause" in english[chat._sources]
    (kept,) = li.get(f"{HISTORY}/{talk.id}").json()["exchanges"]
    assert (
        kept["standing"][cited.clause_id] == "gone" and kept["answer"]["citations"][0]["text"] == cited.text
    )


def test_a_clause_that_is_worded_anew_is_shown_as_it_was_saved(tmp_path: Path) -> None:
    def build(amount: str) -> None:
        text = f"第一条 对养蜂企业给予最高{amount}万元补助：\n（一）有蜂房{amount}座；\n（二）有蜂农。"
        record = {"id": "bees", "title": "东海市养蜂政策", "text": text}
        (tmp_path / "source.jsonl").write_text(json.dumps(record), encoding="utf-8")
        built = policyqa(
            "index", "build", "--source", tmp_path / "source.jsonl", "--index", tmp_path / "index"
        )
        assert built.returncode == 0, built.stderr

    build("50")
    history = History(HistoryStore(tmp_path, 90), 90)
    engine = PolicyQA.from_path(tmp_path / "index")
    chat = Chat(engine, DAY, workers=1, max_waiting=1, history=history)
    talk = ask(chat, request_of("li"), "养蜂企业补助多少？")
    live = words_of(chat._show_talk(talk)[chat._sources])
    build("70")
    shown = words_of(chat._reopened(talk.id, Conversation("zh"), request_of("li"))[chat._sources])
    assert messages("zh")("saved_changed") in shown and "70" not in shown
    assert shown.replace(messages("zh")("saved_changed") + " ", "") == live and "有蜂房50座" in live


class Tags(HTMLParser):
    """The elements of a page with the names of their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attrs)))


def steeped(answer: Answer, text: str) -> Answer:
    """An answer all of whose texts hold another one."""

    def citation(one: Citation) -> Citation:
        names = ("label", "title", "zone", "text", "validity", "lead_in", "gist")
        texts = {name: getattr(one, name) + text for name in names}
        return replace(one, **texts, path=tuple(heading + text for heading in one.path))

    cited = tuple(map(citation, answer.citations))
    return replace(
        answer,
        standalone_question=text,
        statements=tuple(replace(one, text=one.text + text) for one in answer.statements),
        citations=cited,
        related=(Related("contact", text, replace(cited[0], clause_id=f"{text}/1")),),
    )


def test_nothing_that_was_kept_becomes_markup(app: Any, chat: Chat, tmp_path: Path) -> None:
    talk, client = ask(chat, request_of("wang"), RIGHT), client_of(app, "li")
    (asked,) = talk.exchanges
    assert asked.answer is not None

    def reopened(text: str) -> tuple[list[Tags], str]:
        kept = replace(asked, id=text, question=text, answer=steeped(asked.answer, text), error=text)
        HistoryStore(tmp_path, 90).add("li", text, kept)
        shown = chat._reopened(text, Conversation("zh"), request_of("li"))
        pages = [shown[part] for part in (chat._transcript, chat._sources, chat._status)]
        return [Tags(page) for page in pages], unescape("".join(pages))

    harmless, _ = reopened("无害")
    for payload in PAYLOADS:
        tags, page = reopened(payload)
        assert [one.found for one in tags] == [one.found for one in harmless] and payload in page
    response = client.get(HISTORY)
    assert {one["question"] for one in response.json()["conversations"]} == {"无害", *PAYLOADS}
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_conversation_that_was_opened_goes_on(chat: Chat, li: TestClient) -> None:
    talk = ask(chat, request_of("li"), RIGHT)
    opened = chat._reopened(talk.id, Conversation("zh"), request_of("li"))[chat._conversation]
    ask(chat, request_of("li"), "贷款呢？", opened)
    exchanges = li.get(f"{HISTORY}/{talk.id}").json()["exchanges"]
    assert [one["question"] for one in exchanges] == [RIGHT, "贷款呢？"]
    assert "飞碟" in exchanges[1]["answer"]["standalone_question"], "completed from the question before"
    cleared = chat._cleared(opened)[chat._conversation]
    assert ask(chat, request_of("li"), RIGHT, cleared).id != talk.id


class Broken(PolicyQA):
    def stream(self, *arguments: Any, **options: Any) -> Any:
        raise RuntimeError("/etc/secret")


def test_what_was_stopped_or_failed_is_kept_so_and_what_was_turned_away_is_not(
    engine: PolicyQA, tmp_path: Path
) -> None:
    history = History(HistoryStore(tmp_path, 90), 90)
    writing = replace(EXTRACTIVE, kind="transformers")
    chat = Chat(engine, DAY, 1, 1, writing, Asked(Allowance(2, 1)), history)
    growing = chat._answer(RIGHT, Conversation("zh"), [], False, request_of("li"))
    assert next(growing)[chat._reopen]["interactive"] is False, "another conversation waits for the answer"
    pending = next(growing)[chat._conversation]
    chat._stopped(request_of("li"))
    *_, ended = growing
    assert ended[chat._reopen]["interactive"] is True
    broken = copy.copy(engine)
    broken.__class__ = Broken
    chat._engine = broken
    failed = ask(chat, request_of("li"), RIGHT)
    turned_away = ask(chat, request_of("li"), RIGHT)
    assert turned_away.exchanges[-1].state == "failed"
    store = HistoryStore(tmp_path, 90)
    assert [one.id for one in store.listed("li", 9)[1]] == [failed.id, pending.id]
    (stopped,) = store.read("li", pending.id)
    assert stopped.state == "stopped" and stopped.answer is not None
    assert store.read("li", failed.id)[0].error == messages("zh")("error_unexpected")


def test_an_answer_is_given_where_it_cannot_be_kept(engine: PolicyQA, tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    history = History(HistoryStore(tmp_path, 90), 90)
    chat = Chat(engine, DAY, workers=1, max_waiting=1, history=history)
    *_, last = chat._answer(RIGHT, Conversation("zh"), [], False, request_of("li"))
    assert 'data-state="done"' in last[chat._transcript] and "没能存入历史记录" in last[chat._status]
