"""What the chat shows, event by event, without a browser."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from gradio.routes import App as GradioApp
from running import policyqa
from served import client_of

from app.allowance import Allowance
from app.asked import Asked
from app.chat import Chat
from app.conversation import Conversation
from app.i18n import messages
from app.metrics import Metrics
from app.server import create_app
from app.settings import Settings
from rag.engine import PolicyQA
from rag.generators.choice import EXTRACTIVE
from rag.types import Answer, Filters, Turn

QUESTION = "我们在黄埔区建了人工智能项目，固定资产投资1亿，能拿多少奖励？"
DAY = date(2022, 6, 1)
WRITING = replace(EXTRACTIVE, kind="transformers")


def chat_over(engine: PolicyQA) -> Chat:
    return Chat(engine, DAY, workers=1, max_waiting=1)


@pytest.fixture(scope="module")
def chat(compendium: PolicyQA) -> Chat:
    return chat_over(compendium)


def asked(chat: Chat, question: str, talk: Conversation | None = None, **limits: Any) -> list[dict[Any, Any]]:
    limits = {"zones": [], "in_force": False} | limits
    return list(chat._answer(question, talk or Conversation("zh"), **limits))


def test_an_answer_that_a_model_writes_grows_and_ends_done(compendium: PolicyQA) -> None:
    chat = Chat(compendium, DAY, workers=1, max_waiting=1, choice=WRITING)
    pages = [update[chat._transcript] for update in asked(chat, QUESTION)]
    counts = [page.count("pq-statement") for page in pages]
    assert counts[0] == 0 and counts == sorted(counts) and counts[-1] > 1
    assert 'data-state="pending"' in pages[-2] and 'data-state="done"' in pages[-1]


def test_an_answer_that_is_there_at_once_is_shown_at_once(chat: Chat) -> None:
    pages = [update[chat._transcript] for update in asked(chat, QUESTION)]
    assert pages[-1].count("pq-statement") > 1 and len(pages) == 2


def test_no_answer_is_said_to_cite_nothing_before_it_is_there(chat: Chat) -> None:
    pending, done = [update[chat._sources] for update in asked(chat, "你好")]
    said = messages("zh")("sources_none")
    assert said not in pending and said in done


def test_a_follow_up_is_completed_from_the_conversation(chat: Chat) -> None:
    talk = asked(chat, "武汉的人工智能应用示范场景能资助多少？")[-1][chat._conversation]
    page = asked(chat, "向哪个部门申请？", talk)[-1][chat._transcript]
    assert "理解为" in page and page.count('pq-turn"') == 2


def test_filters_limit_the_answer_and_are_shown(chat: Chat, compendium: PolicyQA) -> None:
    shanghai = next(d.zone for d in compendium.documents.values() if d.zone.startswith("上海"))
    update = asked(chat, "人工智能企业有什么支持？", zones=[shanghai], in_force=True)[-1]
    assert "筛选： 上海 · 只看现行有效的政策" in update[chat._transcript]
    talk = update[chat._conversation]
    assert {c.zone for c in talk.exchanges[-1].answer.citations} <= {shanghai}


class Broken(PolicyQA):
    def stream(
        self, question: str, history: Sequence[Turn] = (), filters: Filters | None = None
    ) -> Iterator[Answer]:
        raise RuntimeError("/etc/secret")


def test_an_inner_error_is_told_in_plain_words(compendium: PolicyQA) -> None:
    broken = copy.copy(compendium)
    broken.__class__ = Broken
    chat = chat_over(broken)
    update = asked(chat, QUESTION)[-1]
    assert "内部错误" in update[chat._transcript]
    assert "secret" not in update[chat._transcript]
    assert update[chat._conversation].exchanges[-1].state == "failed"


def test_what_cannot_be_asked_changes_nothing_but_the_notice(chat: Chat) -> None:
    for question in ("", "  ？！", "问" * 20_000):
        (update,) = asked(chat, question)
        assert list(update) == [chat._status]
        assert "pq-notice" in update[chat._status]


def test_additions_to_the_index_show_without_a_restart(compendium_index: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    shutil.copytree(compendium_index, index)
    chat = chat_over(PolicyQA.from_path(index))
    own = tmp_path / "飞碟补助办法.txt"
    own.write_text("飞碟补助办法\n\n第一条 对飞碟研发企业给予最高777万元补助。\n", encoding="utf-8")
    added = policyqa("documents", "add", own, "--index", index, POLICYQA_DATA=str(tmp_path))
    assert added.returncode == 0
    assert "777万元" in asked(chat, "飞碟研发企业补助多少？")[-1][chat._transcript]
    page = chat._opened("en", "", "", Conversation())
    assert "34 documents" in page[chat._masthead] and "飞碟补助办法" in page[chat._sources]


def test_who_asks_too_often_is_told_when_to_ask_again(compendium: PolicyQA) -> None:
    metrics = Metrics()
    chat = Chat(compendium, DAY, 1, 1, WRITING, Asked(Allowance(2, 1), metrics))
    assert "500万元" in asked(chat, QUESTION)[-1][chat._transcript]
    growing = chat._answer(QUESTION, Conversation("zh"), [], False)
    next(growing), next(growing)
    assert "1 秒后再问" in asked(chat, QUESTION)[-1][chat._transcript]
    growing.close()
    refused = asked(chat, QUESTION)[-1]
    assert "秒后再问" in refused[chat._transcript] and refused[chat._send]["visible"]
    counted = metrics.text().decode()
    for outcome, count in (("finished", 1), ("left", 1), ("too_many_requests", 2)):
        assert f'policyqa_answers_total{{interface="chat",outcome="{outcome}"}} {count}.0' in counted


def test_a_session_holds_no_more_after_many_answers_than_after_one(compendium: PolicyQA) -> None:
    app = create_app(compendium, Settings())
    gradio = next(route.app for route in app.routes if isinstance(getattr(route, "app", None), GradioApp))
    counts = []
    with client_of(app) as client:
        config = client.get("/config").json()
        box = next(p["id"] for p in config["components"] if p["props"].get("elem_id") == "pq-box")
        send = next(d["id"] for d in config["dependencies"] if [box, "submit"] in d["targets"])
        for _ in range(3):
            body = {"data": [QUESTION, None, None, False], "fn_index": send, "session_hash": "s"}
            assert client.post("/gradio_api/queue/join", json=body).is_success
            assert "process_completed" in client.get("/gradio_api/queue/data?session_hash=s").text
            counts.append(len(gradio.state_holder["s"].blocks_config.blocks))
    assert len(set(counts)) == 1
