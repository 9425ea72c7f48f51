from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient
from served import client_of

from app.server import create_app
from app.settings import Settings
from corpus.types import ClauseKind

if TYPE_CHECKING:
    from rag.engine import PolicyQA


@pytest.fixture(scope="module")
def client(compendium: PolicyQA) -> Iterator[TestClient]:
    with client_of(create_app(compendium, Settings(), date(2022, 6, 1))) as client:
        yield client


def test_it_says_that_it_is_well(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_every_clause_and_document_has_a_page(client: TestClient, compendium: PolicyQA) -> None:
    clauses = list(compendium.clauses.values())
    for clause in clauses[::97]:
        page = client.get(f"/clause/{clause.id}")
        assert page.status_code == 200
        assert page.text.count('id="cited"') == 1, clause.id
    for document in compendium.documents:
        assert client.get(f"/clause/{document}").status_code == 200


def test_a_paragraph_is_shown_within_its_clause(client: TestClient, compendium: PolicyQA) -> None:
    unit = next(c for c in compendium.clauses.values() if c.kind is ClauseKind.PARAGRAPH)
    page = client.get(f"/clause/{unit.id}", params={"quote": unit.text[:20]}).text
    assert page.count("cited-line") == 1
    assert "<mark>" in page


def test_a_page_speaks_the_browsers_language(client: TestClient, compendium: PolicyQA) -> None:
    path = f"/clause/{next(iter(compendium.clauses))}"
    assert "Contents" in client.get(path, headers={"accept-language": "en-GB"}).text
    assert "目录" in client.get(path, headers={"accept-language": "zh-CN"}).text
    assert "Contents" in client.get(path, params={"lang": "en"}, headers={"accept-language": "zh"}).text


def test_unknown_clauses_are_not_found_and_their_ids_are_escaped(client: TestClient) -> None:
    page = client.get("/clause/no/<script>alert(1)</script>")
    assert page.status_code == 404
    assert "<script>alert" not in page.text
    assert client.get("/clause/../../etc/passwd").status_code == 404


def test_a_quote_that_is_not_in_the_clause_changes_nothing(client: TestClient, compendium: PolicyQA) -> None:
    path = f"/clause/{next(iter(compendium.clauses))}"
    page = client.get(path, params={"quote": "<b>这些字不在条款里</b>"})
    assert "<mark>" not in page.text and "这些字不在条款里" not in page.text
    assert client.get(path, params={"quote": "长" * 5_000}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/healthz", "/clause/nothing", "/ui/chat.js", "/config"])
def test_every_answer_keeps_the_browser_on_this_machine(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy and "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_clause_pages_allow_no_inline_script(client: TestClient, compendium: PolicyQA) -> None:
    policy = client.get(f"/clause/{next(iter(compendium.clauses))}").headers["content-security-policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy


def test_other_sites_are_not_let_in(client: TestClient) -> None:
    answer = client.get("/config", headers={"origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_files_are_not_taken(client: TestClient) -> None:
    answer = client.post("/gradio_api/upload", files={"files": ("big.bin", b"x" * 100_000)})
    assert answer.status_code == 413


def test_the_page_names_no_other_host(client: TestClient) -> None:
    page = client.get("/")
    assert page.text.count("<meta") > 1
    assert 'property="og:' not in page.text and 'name="twitter:' not in page.text
    hosts = set(re.findall(r"https?://([^/\"'\s<>]+)", page.text))
    assert hosts <= {"localhost"}
    assert int(page.headers["content-length"]) == len(page.content)


def test_links_can_be_checked_without_reading_the_page(client: TestClient) -> None:
    assert client.head("/clause/huangpu-rules/6").status_code == 200
    assert client.head("/clause/nothing").status_code == 404
    assert client.head("/healthz").status_code == 200


def test_what_is_far_too_large_is_turned_away(client: TestClient) -> None:
    address = "/gradio_api/queue/join"
    assert client.post(address, content=b"x" * (2 << 20)).status_code == 413
    assert client.post(address, content=(b"x" * 4096 for _ in range(1024))).status_code == 413
    assert client.post(address, content=b"{}").status_code == 422


def test_the_memory_for_conversations_is_bounded(compendium: PolicyQA) -> None:
    app = create_app(compendium, Settings())
    (chat,) = (route.app for route in app.routes if hasattr(getattr(route, "app", None), "state_holder"))
    assert chat.state_holder.capacity <= 1000
