"""The programming interface: answers, streams, searches, documents, and one form of failure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from served import DAY, client_of, settings_in

from app.server import create_app
from rag.engine import PolicyQA
from rag.types import Filters, Turn

QUESTION = "我们在黄埔区建了人工智能项目，固定资产投资1亿，能拿多少奖励？"
FOLLOW_UP = "向哪个部门申请？"
WUHAN = "武汉的人工智能应用示范场景能资助多少？"


@pytest.fixture(scope="module")
def client(compendium: PolicyQA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app = create_app(compendium, settings_in(tmp_path_factory.mktemp("api")), DAY)
    with client_of(app, raise_server_exceptions=False) as client:
        yield client


def asked(client: TestClient, **body: Any) -> dict[str, Any]:
    response = client.post("/api/v1/ask", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def events(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.strip().split("\n\n"):
        if not block.startswith(":"):
            name, data = block.split("\n")
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_an_answer_is_the_engines_with_its_clauses(client: TestClient, compendium: PolicyQA) -> None:
    answer, expected = asked(client, question=QUESTION), compendium.ask(QUESTION, filters=Filters(as_of=DAY))
    assert answer["text"] == expected.text
    assert [s["citations"] for s in answer["statements"]] == [list(s.citations) for s in expected.statements]
    assert answer["index_generation"] == compendium.generation
    for citation in answer["citations"]:
        assert citation["quote"] in citation["text"] == compendium.clause(citation["clause_id"]).text
        assert client.get("/" + citation["url"]).status_code == 200


def test_a_comparison_comes_with_its_rows(client: TestClient) -> None:
    answer = asked(client, question="武汉和杭州对AI平台购买设备各补几成、封顶多少？")
    assert answer["comparison"]["subject"] == "place"
    rows = answer["comparison"]["rows"]
    assert [row["name"] for row in rows] == ["武汉", "杭州"]
    for row in rows:
        assert row["amount"] and row["amount"] in answer["citations"][row["citation"] - 1]["text"]
    assert asked(client, question=QUESTION)["comparison"] is None


def test_a_stream_grows_and_ends_with_the_same_answer(client: TestClient) -> None:
    response = client.post("/api/v1/ask", json={"question": QUESTION, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    names, answers = zip(*events(response.text), strict=True)
    assert names == ("partial",) * (len(names) - 1) + ("answer",) and len(names) > 2
    counts = [len(answer["statements"]) for answer in answers]
    assert counts == sorted(counts)
    assert answers[-1]["text"] == asked(client, question=QUESTION)["text"]


def test_a_follow_up_leans_on_what_the_client_kept(client: TestClient, compendium: PolicyQA) -> None:
    first = asked(client, question=WUHAN)
    turn = {
        "question": WUHAN,
        "standalone_question": first["standalone_question"],
        "cited": [c["clause_id"] for c in first["citations"]],
    }
    answer = asked(client, question=FOLLOW_UP, history=[turn])
    day = Filters(as_of=DAY)
    expected = compendium.ask(FOLLOW_UP, [Turn(WUHAN, compendium.ask(WUHAN, filters=day))], day)
    assert (answer["text"], answer["standalone_question"]) == (expected.text, expected.standalone_question)
    assert asked(client, question=FOLLOW_UP)["text"] != answer["text"]
    gone = asked(client, question=FOLLOW_UP, history=[turn | {"cited": ["no/such/clause"]}])
    assert gone["standalone_question"] != FOLLOW_UP


def test_filters_limit_the_answer(client: TestClient) -> None:
    answer = asked(client, question="重点支持方向的AI项目最高支持多少？", filters={"zones": ["Shanghai"]})
    assert {c["zone"][:2] for c in answer["citations"]} == {"上海"}
    expired = asked(client, question=WUHAN, filters={"as_of": "2099-01-01"})
    held = asked(client, question=WUHAN, filters={"as_of": "2022-01-01"})
    assert expired["citations"][0]["validity"] != held["citations"][0]["validity"]


def test_the_answers_own_words_follow_the_language_asked_for(client: TestClient) -> None:
    answer = asked(client, question=WUHAN, language="en")
    assert answer["language"] == "en" and "RMB" in answer["text"]
    assert answer["citations"][0]["gist"]


def test_a_search_ranks_without_answering(client: TestClient, compendium: PolicyQA) -> None:
    found = client.post("/api/v1/search", json={"question": WUHAN, "top": 3}).json()["results"]
    expected = compendium.search(WUHAN, 3, Filters(as_of=DAY))
    assert [f["clause_id"] for f in found] == [c.clause_id for c in expected]
    assert all(f["label"].startswith("《") for f in found)


def test_clauses_and_documents(client: TestClient, compendium: PolicyQA) -> None:
    clause = client.get("/api/v1/clauses/wuhan-2020-measures/7").json()
    held = compendium.clause("wuhan-2020-measures/7")
    assert (clause["text"], clause["label"]) == (held.text, held.label)
    page = client.get("/api/v1/documents", params={"limit": 5, "offset": 30}).json()
    assert page["total"] == len(compendium.documents) and len(page["documents"]) == 3
    wuhan = client.get("/api/v1/documents", params={"zone": "武汉", "as_of": "2099-01-01"}).json()[
        "documents"
    ]
    assert wuhan and {d["zone"][:2] for d in wuhan} == {"武汉"}
    assert "expired" in {d["status"] for d in wuhan}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/api/v1/ask", {"question": ""}, 422, "invalid_request"),
        ("POST", "/api/v1/ask", {"question": " ？！"}, 422, "invalid_request"),
        ("POST", "/api/v1/ask", {"question": "问" * 2001}, 422, "invalid_request"),
        (
            "POST",
            "/api/v1/ask",
            {"question": "补助？", "filters": {"zones": ["Atlantis"]}},
            422,
            "invalid_request",
        ),
        ("POST", "/api/v1/ask", {"question": "补助？", "filters": {"as_of": "soon"}}, 422, "invalid_request"),
        ("POST", "/api/v1/ask", {"question": "补助？", "langauge": "en"}, 422, "invalid_request"),
        ("POST", "/api/v1/ask", {"question": "", "stream": True}, 422, "invalid_request"),
        ("POST", "/api/v1/ask", {"question": "？", "stream": True}, 422, "invalid_request"),
        ("POST", "/api/v1/search", {"question": "补助？", "top": 10_000}, 422, "invalid_request"),
        ("GET", "/api/v1/clauses/nobody/1", None, 404, "not_found"),
        ("GET", "/api/v1/documents?zone=Atlantis", None, 422, "invalid_request"),
        ("GET", "/api/v1/nothing", None, 404, "not_found"),
        ("GET", "/v1/nothing", None, 404, "not_found"),
        ("DELETE", "/api/v1/documents", None, 405, "method_not_allowed"),
        ("GET", "/v1/chat/completions", None, 405, "method_not_allowed"),
        ("POST", "/v1/chat/completions", {"messages": []}, 422, "invalid_request"),
    ],
)
def test_every_failure_has_one_form(
    client: TestClient, method: str, path: str, body: Any, status: int, code: str
) -> None:
    response = client.request(method, path, json=body, headers={"X-Request-ID": "my-id_7.1"})
    assert response.status_code == status, response.text
    assert response.json().keys() == {"error"}
    error = response.json()["error"]
    assert (error["code"], error["request_id"]) == (code, "my-id_7.1") and error["message"]
    assert response.headers["x-request-id"] == "my-id_7.1"


def test_bodies_that_are_no_json_or_far_too_large(client: TestClient) -> None:
    for content in (b"{", b"\xff\xfe", b"[" * 50_000, b'"x"', b"null"):
        response = client.post("/api/v1/ask", content=content, headers={"content-type": "application/json"})
        assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid_request")
    large = client.post("/api/v1/ask", json={"question": "x" * (2 << 20)})
    assert (large.status_code, large.json()["error"]["code"]) == (413, "too_large")


def test_an_id_that_is_none_is_replaced(client: TestClient) -> None:
    for given in ("", "x" * 65, "a b", 'a"b', "<script>"):
        assert client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"] != given


class Broken(PolicyQA):
    def stream(self, *arguments: Any) -> Iterator[Any]:
        raise RuntimeError("/etc/secret")

    search = stream  # type: ignore[assignment]


@pytest.mark.parametrize("stream", [False, True])
def test_an_inner_error_tells_nothing_of_the_inside(
    compendium_index: Path, tmp_path: Path, stream: bool, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Broken.from_path(compendium_index), settings_in(tmp_path), DAY)
    client = client_of(app, raise_server_exceptions=False)
    response = client.post("/api/v1/ask", json={"question": QUESTION, "stream": stream})
    assert response.status_code == 500 and response.json()["error"]["code"] == "internal_error"
    assert "secret" not in response.text and "Traceback" not in response.text
    assert "secret" in caplog.text  # for whoever runs the server


def test_openapi_has_examples_and_the_form_of_failures(client: TestClient) -> None:
    schema = client.get("/api/openapi.json").json()
    assert {"/api/v1/ask", "/v1/chat/completions", "/healthz", "/metrics"} <= schema["paths"].keys()
    ask = schema["paths"]["/api/v1/ask"]["post"]
    assert ask["requestBody"]["content"]["application/json"]["examples"]
    assert {"401", "422", "429", "503"} <= ask["responses"].keys()
    for example in ask["requestBody"]["content"]["application/json"]["examples"].values():
        assert asked(client, **example["value"])["citations"]


def test_metrics_count_by_template_and_outcome(client: TestClient) -> None:
    asked(client, question=QUESTION)
    client.get("/api/v1/clauses/made-up-address")
    text = client.get("/metrics").text
    assert 'policyqa_answers_total{interface="api",outcome="answered"}' in text
    assert 'route="/api/v1/clauses/{clause_id:path}"' in text and "made-up-address" not in text
    assert "policyqa_index_generation 1.0" in text


def test_the_call_that_the_documentation_shows_is_answered(client: TestClient) -> None:
    page = Path(__file__).parents[3] / "docs" / "api.md"
    (body,) = re.findall(r"-d '(\{.*\})'", page.read_text(encoding="utf-8"))
    assert asked(client, **json.loads(body))["citations"]
