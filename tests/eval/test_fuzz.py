"""The fuzzer finds what it is made to find, and finds nothing in the server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eval.bench import fuzz
from eval.bench.fuzz_files import fuzzed_upload, sound_files
from eval.bench.fuzz_questions import Sent
from eval.bench.ways import _difference


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
    (told,) = fuzz.judge(Sent("ask", "POST", "api/v1/ask", b"{}"), status, text)
    assert fault in told


def test_what_was_sent_may_be_said_back() -> None:
    sent = Sent("clauses", "GET", "clause/%2Fhome%2Fpqa%2Fx", b"")
    assert list(fuzz.judge(sent, 404, "<p>/home/pqa/x</p>, see /clause/wuhan-2020-measures/5")) == []


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


def test_a_short_run_finds_nothing(
    policies_index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fuzz", "--index", str(policies_index), "--count", "200", "--uploads", "8", "--seed", "3"]
    monkeypatch.setattr("sys.argv", arguments)
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(fuzz.main).result() == 0, capsys.readouterr()
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
