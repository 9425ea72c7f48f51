from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient
from served import client_of

from app.embedding.portal import create_portal, portal_words
from app.server import create_app
from app.settings import Settings

if TYPE_CHECKING:
    from rag.engine import PolicyQA

PORTAL = "https://portal.example:8443"
OTHER = "https://portal.example"


@pytest.fixture(scope="module")
def client(compendium: PolicyQA) -> Iterator[TestClient]:
    """A server that lists one origin and lies below a path of a proxy."""
    settings = Settings(allowed_origins=(PORTAL,), public_url="https://intranet.example/policy/")
    with client_of(create_app(compendium, settings, date(2022, 6, 1))) as client:
        yield client


@pytest.fixture(scope="module")
def closed(compendium: PolicyQA) -> Iterator[TestClient]:
    """A server as it is by default."""
    with client_of(create_app(compendium, Settings())) as client:
        yield client


def ancestors(client: TestClient, path: str) -> str:
    policy = client.get(path).headers["content-security-policy"]
    return policy.partition("frame-ancestors ")[2]


def test_listed_origins_may_frame_the_chat_made_for_it_and_nothing_else(
    client: TestClient, closed: TestClient
) -> None:
    assert ancestors(client, "/embed") == f"'self' {PORTAL}"
    for path in ("/", "/clause/huangpu-rules/6", "/healthz", "/embed.js"):
        assert ancestors(client, path) == "'self'"
    assert ancestors(closed, "/embed") == "'self'"


@pytest.mark.parametrize("path", ["/embed", "/embed.js"])
def test_the_frame_and_the_script_carry_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "set-cookie" not in headers


def test_a_listed_origin_may_call_the_api(client: TestClient) -> None:
    preflight = {"origin": PORTAL, "access-control-request-method": "POST"}
    allowed = client.options("/api/v1/ask", headers=preflight)
    assert allowed.status_code == 204
    assert "POST" in allowed.headers["access-control-allow-methods"]
    for answer in (
        allowed,
        client.post("/api/v1/ask", json={"question": "你好"}, headers={"origin": PORTAL}),
    ):
        assert answer.is_success
        assert answer.headers["access-control-allow-origin"] == PORTAL
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "origin" in answer.headers["vary"].lower()


@pytest.mark.parametrize(
    "origin", [OTHER, "null", PORTAL + ".evil.example", PORTAL.upper(), "https://evil.example"]
)
@pytest.mark.parametrize("path", ["/api/v1/ask", "/config", "/gradio_api/queue/join", "/embed"])
def test_no_other_origin_is_let_in(client: TestClient, origin: str, path: str) -> None:
    preflight = {"origin": origin, "access-control-request-method": "POST"}
    for answer in (
        client.options(path, headers=preflight),
        client.get(path, headers={"origin": origin}),
        client.post(path, json={}, headers={"origin": origin}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_only_listed_origins_may_change_anything(client: TestClient) -> None:
    answer = client.post("/gradio_api/queue/join", json={}, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("prefix", ["", "/policy"])
def test_everything_is_found_below_a_proxys_path(client: TestClient, prefix: str) -> None:
    """Whether the proxy takes the path off or leaves it on."""
    for path in (
        "/",
        "/embed",
        "/embed.js",
        "/ui/frame.js",
        "/clause/huangpu-rules/6",
        "/healthz",
        "/config",
    ):
        assert client.get(prefix + path).status_code == 200, path
    assert ancestors(client, f"{prefix}/embed") == f"'self' {PORTAL}"
    forwarded = {
        "host": "intranet.example",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "intranet.example",
    }
    for path in ("/", "/embed"):
        assert '"root":"https://intranet.example/policy"' in client.get(prefix + path, headers=forwarded).text
    assert (
        client.get(f"{prefix}/clause/huangpu-rules/6")
        .headers["content-security-policy"]
        .startswith("default-src 'none'")
    )


def test_the_portal_speaks_both_languages_with_the_same_words() -> None:
    chat = "http://127.0.0.1:7860/"
    assert portal_words("zh")._words.keys() == portal_words("en")._words.keys()
    with TestClient(create_portal(chat)) as portal:
        for path in ("/", "/inline", "/frame"):
            for language in ("zh", "en"):
                page = portal.get(path, params={"lang": language})
                assert f'src="{chat}embed' in page.text
                assert "unsafe" not in page.headers["content-security-policy"]
