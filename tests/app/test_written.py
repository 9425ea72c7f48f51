"""Answers that a language model writes, from the command line and in the chat."""

import json
import time
from datetime import date
from threading import Event, Thread
from types import SimpleNamespace

import pytest
from running import policyqa
from writable import AS_OF, OBEYS, RIGHT, Recorder, with_model

from app.chat import Chat
from app.conversation import Conversation
from app.i18n import messages
from app.markdown import answer_markdown
from rag.engine import PolicyQA
from rag.generators.choice import Choice

FULL = "对研发飞碟的企业，按研发投入的20%给予补助，最高300万元。"
PROSE = "研发飞碟的企业获得研发投入20%的补助。"
DAY = ("--as-of", "2022-06-01")


def ask(index, *arguments, **settings):
    ran = policyqa("ask", *arguments, "--index", index, *DAY, **settings)
    assert ran.returncode == 0, ran.stderr
    return ran


def test_the_terminal_says_what_is_verified_and_who_wrote(policies_index, writing_model):
    ran = ask(policies_index, RIGHT, POLICYQA_MODEL=str(writing_model))
    assert f"{PROSE} [1] (未经核实)" in ran.stdout and f"条款原句： “{FULL}”" in ran.stdout
    assert f"由 {writing_model.name} 撰写，逐句与条款核对 (as set)" in ran.stdout
    assert f"{writing_model} writes the answers (as set; CPU, float32)" in ran.stderr


def test_rows_say_what_is_verified_and_who_wrote_and_why(policies_index, writing_model, tmp_path):
    questions, output = tmp_path / "q.jsonl", tmp_path / "a.jsonl"
    asked = [{"id": "1", "question": RIGHT}, {"id": "2", "question": OBEYS}]
    questions.write_text("\n".join(map(json.dumps, asked)))
    ask(policies_index, "--questions", questions, "--output", output, POLICYQA_MODEL=str(writing_model))
    written, fallen = map(json.loads, output.read_text().splitlines())
    assert (written["generator"], written["because"], written["instead"]) == (
        str(writing_model),
        "as set",
        "",
    )
    assert [(s["verified"], s["own"]) for s in written["statements"]] == [(True, ""), (False, FULL)]
    assert (fallen["generator"], fallen["instead"]) == ("extractive", "unproven")


def test_without_a_model_a_row_is_what_it_always_was(policies_index, writing_model):
    def row(*arguments, **settings):
        row = json.loads(ask(policies_index, RIGHT, "--json", *arguments, **settings).stdout)
        return {name: value for name, value in row.items() if not name.endswith("_ms")}

    plain = row()
    assert "because" not in plain and "statements" not in plain and plain["generator"] == "extractive"
    assert row("--generator", "extractive", POLICYQA_MODEL=str(writing_model)) == plain


def test_a_model_that_cannot_be_used_is_told_in_one_line(policies_index, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    broken = {"POLICYQA_MODEL": str(tmp_path)}
    ran = ask(policies_index, RIGHT, **broken)
    assert FULL in ran.stdout and "incomplete" in ran.stderr and len(ran.stderr.splitlines()) == 1
    ran = policyqa("ask", RIGHT, "--generator", "transformers", "--index", policies_index, **broken)
    assert ran.returncode == 2 and "incomplete" in ran.stderr and len(ran.stderr.splitlines()) == 1
    ran = policyqa("ask", RIGHT, "--generator", "openai", "--index", policies_index)
    assert ran.returncode == 2 and "POLICYQA_MODEL_URL" in ran.stderr


WRITTEN = Choice("transformers", "small", "best", "the best language model in place")


def chat_with(index, model):
    return Chat(with_model(index, model), date(2022, 6, 1), 1, 1, WRITTEN)


def test_the_chat_marks_what_is_verified_and_says_who_writes(policies_index):
    chat = chat_with(policies_index, Recorder([f"{FULL}[1]\n{PROSE}[1]\n"]))
    updates = list(chat._answer(RIGHT, Conversation("zh"), [], False))
    page = updates[-1][chat._transcript]
    assert page.count('class="pq-verified"') == 1 and page.count('class="pq-unverified"') == 1
    assert f"<b>条款原句：</b> {FULL}" in page and "由 recorder 撰写" in page
    shown = chat._opened("zh", "", "", Conversation())
    assert "撰写：small（本机现有最合适的模型）" in shown[chat._footer]
    assert "由本机语言模型撰写" in shown[chat._greeting]


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (Choice("extractive", "", "none", ""), "摘录条款原句，未用语言模型（本机没有语言模型）"),
        (Choice("extractive", "", "fault", "/srv/secret is gone"), "（所设模型无法使用）"),
        (Choice("transformers", "/srv/secret/<b>", "set", ""), "撰写：&lt;b&gt;（按设置）"),
    ],
)
def test_the_footer_says_why_there_is_no_model(policies_index, choice, told):
    chat = Chat(PolicyQA.from_path(policies_index), None, 1, 1, choice)
    footer = chat._opened("zh", "", "", Conversation())[chat._footer]
    assert told in footer and "secret" not in footer


@pytest.mark.parametrize("way", ["_stopped", "_left"])
def test_who_stops_or_leaves_frees_the_model(policies_index, way):
    stopped, begun = Event(), Event()

    class Endless(Recorder):
        def generate(self, messages, max_tokens, cancel=None):
            try:
                begun.set()
                while not cancel.wait(0.02):
                    yield "给"
            finally:
                stopped.set()

    chat = chat_with(policies_index, Endless())
    mine, other = SimpleNamespace(session_hash="mine"), SimpleNamespace(session_hash="other")
    updates = []
    answering = chat._answer(RIGHT, Conversation("zh"), [], False, mine)
    asking = Thread(target=lambda: updates.extend(answering))
    asking.start()
    assert begun.wait(5)
    chat._stopped(other)
    assert not stopped.wait(0.3)
    started = time.perf_counter()
    getattr(chat, way)(mine)
    assert stopped.wait(1) and time.perf_counter() - started < 1
    asking.join(5)
    assert 'data-state="stopped"' in updates[-1][chat._transcript]
    assert all('data-state="done"' not in u.get(chat._transcript, "") for u in updates)


def test_a_copy_carries_what_is_not_verified(policies_index):
    answer = with_model(policies_index, Recorder([f"{PROSE}[1]\n"])).ask(RIGHT, filters=AS_OF)
    copied = answer_markdown(RIGHT, answer, messages("zh"))
    assert f"{PROSE} [1]\n\n> **未经核实** 条款原句： {FULL}" in copied and "由 recorder 撰写" in copied
