"""What people say of answers outlives the index, the process and the chat's page."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from running import policyqa
from served import DAY, client_of, settings_in

from app.feedback.candidates import to_candidates
from app.feedback.store import FILE, Cited, Feedback, FeedbackStore, Verdict
from app.server import create_app
from corpus.collection import shipped_corpus
from corpus.errors import PolicyQAError
from eval.validation import check_files
from rag.engine import PolicyQA

QUESTION = "我们在黄埔区建了人工智能项目，固定资产投资1亿，能拿多少奖励？"
NOTHING = "收录的文件里对火星移民的签证费有什么规定？"
CITED = Cited("x/1", "《办法》第一条", "第一条 补助<b>10</b>万元。", "补助10万元")


def test_what_is_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "data")
    assert store.all() == []
    given = [
        Feedback(
            Verdict.WRONG_CLAUSE, "问题", "回答[1]", "<script>alert(1)</script>", "", False, (CITED,), 7, "li"
        ),
        Feedback(Verdict.MISSING, "q", "a", refused=True),
    ]
    for one in given:
        store.add(one)
    assert FeedbackStore(tmp_path / "data").all() == given
    assert stat.S_IMODE((tmp_path / "data" / FILE).stat().st_mode) == 0o600


def test_old_feedback_is_forgotten_where_a_limit_is_set(tmp_path: Path) -> None:
    old = (datetime.now(UTC) - timedelta(days=31)).isoformat(timespec="seconds")
    FeedbackStore(tmp_path).add(Feedback(Verdict.RIGHT, "alt", "a", at=old))
    assert [one.question for one in FeedbackStore(tmp_path, 0).all()] == ["alt"]
    FeedbackStore(tmp_path, 30).add(Feedback(Verdict.RIGHT, "neu", "a"))
    assert [one.question for one in FeedbackStore(tmp_path).all()] == ["neu"]


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(PolicyQAError, match="cannot be used"):
        FeedbackStore(tmp_path).all()


def test_nothing_that_was_acknowledged_is_lost_by_a_kill(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from app.feedback.store import *\n"
        "store = FeedbackStore(Path(sys.argv[1]))\n"
        "for n in range(10_000):\n"
        "    store.add(Feedback(Verdict.RIGHT, str(n), 'a')); print(n, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(20):
            told = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        told = (process.stdout.read().split() or [told])[-1]
    kept = [one.question for one in FeedbackStore(tmp_path).all()]
    assert kept == [str(n) for n in range(len(kept))] and len(kept) > int(told)


def answer_and_say(client: TestClient, question: str, verdict: str, note: str = "") -> None:
    answer = client.post("/api/v1/ask", json={"question": question}).json()
    fields = ("question", "standalone_question", "citations", "index_generation")
    said = {name: answer[name] for name in fields} | {
        "answer": answer["text"], "refused": answer["refusal"] is not None, "verdict": verdict, "note": note
    }  # fmt: skip
    response = client.post("/api/v1/feedback", json=said)
    assert response.status_code == 200, response.text


def test_what_is_said_over_http_becomes_questions_that_the_check_lets_pass(
    compendium: PolicyQA, tmp_path: Path
) -> None:
    client = client_of(create_app(compendium, settings_in(tmp_path), DAY))
    answer_and_say(client, QUESTION, "right")
    answer_and_say(client, NOTHING, "right")
    answer_and_say(client, "武汉的人工智能应用示范场景能资助多少？", "wrong_clause", "第七条不对")
    kept = FeedbackStore(tmp_path).all()
    assert [one.verdict for one in kept] == ["right", "right", "wrong_clause"]
    assert kept[0].citations[0].text == compendium.clause(kept[0].citations[0].clause_id).text

    file = tmp_path / "candidates.jsonl"
    ran = policyqa("feedback", "export", file, POLICYQA_DATA=str(tmp_path))
    assert ran.returncode == 0 and "3 candidates" in ran.stderr
    right, refused, wrong = map(json.loads, file.read_text().splitlines())
    assert right["evidence"] and refused["kind"] == "absent" and not wrong["evidence"]
    faults = check_files([file], shipped_corpus())
    assert faults == [f"{file.name} line 3 {wrong['id']}: kind 'direct' does not go with no evidence"]


def test_the_list_shows_what_was_said(tmp_path: Path) -> None:
    FeedbackStore(tmp_path).add(
        Feedback(Verdict.MISSING, "问题？", "a", "少了\x1b[31m条件", citations=(CITED,))
    )
    listed = policyqa("feedback", "list", POLICYQA_DATA=str(tmp_path)).stdout
    assert "问题？" in listed and "missing" in listed and "\x1b" not in listed
    row = json.loads(policyqa("feedback", "list", "--json", POLICYQA_DATA=str(tmp_path)).stdout)
    assert row["citations"][0]["label"] == CITED.label


def test_the_last_word_on_a_question_counts_and_other_documents_are_left_out() -> None:
    found = [
        Feedback(Verdict.RIGHT, "问题一？", "a", refused=True),
        Feedback(Verdict.MISSING, "问题一？", "a", refused=True),
        Feedback(Verdict.RIGHT, "问题二？", "a", citations=(CITED,)),
    ]
    candidates = to_candidates(found, shipped_corpus())
    assert [row["kind"] for row in candidates.rows] == ["direct"]
    assert (candidates.open, candidates.foreign) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [{"verdict": "good"}, {"note": "x" * 2001}, {"question": ""}, {"index_generation": -1}, {"more": 1}],
)
def test_what_is_no_feedback_is_refused(
    compendium: PolicyQA, tmp_path: Path, wrong: dict[str, object]
) -> None:
    client = client_of(create_app(compendium, settings_in(tmp_path), DAY))
    response = client.post("/api/v1/feedback", json={"verdict": "right", "question": "q"} | wrong)
    assert response.status_code == 422 and not (tmp_path / FILE).exists()
