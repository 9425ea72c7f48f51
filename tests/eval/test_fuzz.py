"""The fuzzer finds what it is made to find, and finds nothing in the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from running import bench

from eval.bench import fuzz
from eval.bench.fuzz_files import fuzzed_upload, sound_files
from eval.bench.fuzz_questions import Sent
from eval.bench.fuzz_verdicts import judge
from eval.bench.swapping import States
from eval.bench.ways import _difference

STATES = States({"a/1": "最高资助50万元。"}, {1: {}})
NOTHING: dict[str, Any] = {
    "question": "武汉？",
    "index_generation": 1,
    "statements": [],
    "citations": [],
    "related": [],
    "refusal": None,
    "reply": "",
}
CITED = {"clause_id": "a/1", "text": "最高资助50万元。", "quotes": ["50万元"]}
ANSWERED = NOTHING | {"statements": [{"text": "50万元", "citations": [1]}], "citations": [CITED]}
REFUSED = NOTHING | {"refusal": {"reason": "没有", "nearest": [CITED]}}


def said(quote: str) -> dict[str, Any]:
    cited = {"clause_id": "a/1", "quote": quote}
    return {"message": {"annotations": [{"type": "url_citation", "url_citation": cited}]}}


@pytest.mark.parametrize(
    ("status", "text", "fault"),
    [
        (500, "{}", "status 500"),
        (503, '{"error": {"code": "busy"}}', "status 503"),
        (200, "Traceback (most recent call last):", "a traceback"),
        (422, 'File "engine.py", line 7', "a traceback"),
        (422, "cannot open /home/pqa/var/index/manifest.json", "a path"),
        (422, "KeyError('๕')", "an exception"),
        (422, "<app.api.desk.Desk object at 0x7f>", "an exception"),
    ],
)
def test_what_is_wrong_is_found(status: int, text: str, fault: str) -> None:
    (told,) = judge(Sent("search", "POST", "api/v1/search", b"{}"), status, text, STATES)
    assert fault in told


def test_what_was_sent_may_be_said_back() -> None:
    sent = Sent("clauses", "GET", "clause/%2Fhome%2Fpqa%2Fx", b"")
    assert list(judge(sent, 404, "<p>/home/pqa/x</p>, see /clause/wuhan-2020-measures/5", STATES)) == []


@pytest.mark.parametrize(
    ("kind", "text", "fault"),
    [
        ("ask", json.dumps(ANSWERED), ""),
        ("ask", json.dumps(REFUSED), ""),
        ("ask", json.dumps(NOTHING | {"reply": "您好"}), ""),
        ("ask", json.dumps(NOTHING), "neither an answer nor a refusal"),
        ("ask", json.dumps(ANSWERED | {"reply": "您好"}), "more than one"),
        (
            "ask",
            json.dumps(ANSWERED | {"statements": [{"text": "x", "citations": []}]}),
            "without its clause",
        ),
        ("ask", json.dumps(ANSWERED | {"citations": [CITED | {"quotes": ["60万元"]}]}), "hold its quote"),
        ("ask", json.dumps(ANSWERED | {"citations": [CITED | {"quotes": []}]}), "without a quote"),
        ("ask", json.dumps(ANSWERED | {"citations": [CITED | {"text": "50万元"}]}), "cited as"),
        ("ask", f"event: partial\ndata: {{}}\n\nevent: answer\ndata: {json.dumps(ANSWERED)}\n\n", ""),
        ("ask", 'event: partial\ndata: {}\n\nevent: error\ndata: {"error": {}}\n\n', "ends with error"),
        ("chat completions", json.dumps({"choices": [said("50万元")]}), ""),
        ("chat completions", json.dumps({"choices": [said("60万元")]}), "does not hold its quote"),
        (
            "chat completions",
            f"data: {json.dumps({'choices': [said('')]})}\n\ndata: [DONE]\n\n",
            "hold its quote",
        ),
        ("chat completions", 'data: {"error": {"code": "internal_error"}}\n\n', "ends with"),
    ],
)
def test_an_answer_that_is_not_of_the_texts_is_found(kind: str, text: str, fault: str) -> None:
    faults = list(judge(Sent(kind, "POST", "x", b"{}"), 200, text, STATES))
    assert len(faults) == bool(fault) and all(fault in one for one in faults)


def test_cases_are_made_again_from_their_names() -> None:
    files, names = {"txt": [b"a" * 99]}, ("question 7", "question 8")
    first, again = ([fuzz.make(name, 1, ["武汉？"], ["a/1"], files) for name in names] for _ in range(2))
    assert first == again and first[0] != first[1]
    assert first[0] != fuzz.make("question 7", 2, ["武汉？"], ["a/1"], files)


def test_every_change_of_every_format_can_be_made() -> None:
    from random import Random

    files = sound_files()
    sent = [fuzzed_upload(Random(k), files, ["武汉？"]) for k in range(400)]
    assert len({one.body for one in sent}) > 300
    assert {f"upload {suffix}" for suffix in ("pdf", "docx", "html", "md", "txt")} <= {s.kind for s in sent}


def test_a_short_run_finds_nothing(policies_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--index", policies_index, "--count", "200", "--uploads", "8", "--seed", "3")
    assert bench(fuzz.main, *arguments) == 0, capsys.readouterr()
    printed = capsys.readouterr().out
    assert "0 cases failed, 0 faults of the server" in printed and "all questions" in printed


@pytest.mark.parametrize(
    ("shown", "said", "right"),
    [
        ("武汉&lt;补贴&gt;？", "最高<b>50万元[1]", True),
        ("成都？", "最高50万元[1]", False),
        ("武汉&lt;补贴&gt;？", "最高60万元[1]", False),
    ],
)
def test_an_answer_shown_to_another_question_is_found(shown: str, said: str, right: bool) -> None:
    transcript = f'<h2 class="pq-question">{shown}</h2>'
    status = f'<p role="status" class="pq-unseen">{said.replace("<b>", "&lt;b&gt;")}</p>'
    answer = {"text": said if right else "最高50万元[1]"}
    assert (_difference("武汉<补贴>？", transcript, status, answer) == "") is right
