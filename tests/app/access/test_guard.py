"""The gate: nothing is open but what must be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import policyqa
from served import client_of, settings_in
from starlette.routing import Mount, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from app.access.guard import OPEN_PATHS
from app.access.keys import Keys
from app.access.people import Role
from app.server import create_app
from rag.engine import PolicyQA

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")


def addresses(routes: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every address that an application serves, what is mounted and included in it too."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from addresses(route.original_router.routes, prefix)
        elif isinstance(route, Mount):
            yield prefix + route.path + "/", route
            yield from addresses(route.routes, prefix + route.path)
        else:
            yield re.sub(r"\{[^}]*\}", "x", prefix + route.path), route


@pytest.fixture(scope="module")
def guarded(compendium: PolicyQA, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("access")
    Keys(folder / "keys.json").add("somebody", Role.ASK)
    return create_app(compendium, settings_in(folder, mcp=True))


def test_no_address_is_open_but_health(guarded: Any) -> None:
    found = dict(addresses(guarded.routes))
    assert {"/", "/api/v1/ask", "/gradio_api/queue/join", "/gradio_api/upload", "/theme.css"} <= found.keys()
    assert any(path.startswith("/gradio_api/mcp") for path in found) and len(found) > 60
    client = client_of(guarded)
    open_to_all = set()
    for path, route in found.items():
        assert not isinstance(route, WebSocketRoute), path
        for method in METHODS:
            if client.request(method, path, follow_redirects=False).status_code != 401:
                open_to_all.add(path)
    assert open_to_all == OPEN_PATHS == {"/healthz", "/readyz"}


def test_no_way_of_writing_an_address_gets_past(guarded: Any) -> None:
    client = client_of(guarded)
    for path in (
        "/healthz/",
        "//healthz",
        "/healthz/../config",
        "/HEALTHZ",
        "/healthz%2f..%2fconfig",
        "/healthz;x",
    ):
        assert client.get(path, follow_redirects=False).status_code == 401, path
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/queue/join"):
        pass


def test_what_is_open_tells_nothing(guarded: Any) -> None:
    client = client_of(guarded)
    assert client.get("/healthz").json() == client.get("/readyz").json() == {"status": "ok"}
    assert client.post("/healthz").json()["error"]["code"] == "method_not_allowed"


def test_a_browser_asks_for_a_key_and_is_let_in_with_it(compendium: PolicyQA, tmp_path: Path) -> None:
    key = Keys(tmp_path / "keys.json").add("me", Role.ASK)
    client = client_of(create_app(compendium, settings_in(tmp_path)))
    refused = client.get("/")
    assert refused.status_code == 401 and refused.headers["www-authenticate"].startswith("Basic")
    assert refused.headers["x-request-id"] == refused.json()["error"]["request_id"]
    page = client.get("/", headers={"accept": "text/html,*/*", "accept-language": "zh-CN"})
    assert page.status_code == 401 and "请先登录" in page.text and "访问密钥" in page.text
    assert client.get("/", auth=("me", key)).status_code == 200
    assert client.get("/config", headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_administration_needs_the_role(compendium: PolicyQA, tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.json")
    asks, administers = keys.add("bot", Role.ASK), keys.add("boss", Role.ADMINISTER)
    client = client_of(create_app(compendium, settings_in(tmp_path)))
    for path in ("/admin", "/admin/x", "/api/v1/admin/documents"):
        refused = client.get(path, headers={"Authorization": f"Bearer {asks}"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
        assert client.get(path, headers={"Authorization": f"Bearer {administers}"}).status_code != 403
    assert client.get("/administrators", headers={"Authorization": f"Bearer {asks}"}).status_code != 403


def test_pages_of_other_origins_cannot_act_for_a_person(compendium: PolicyQA, tmp_path: Path) -> None:
    settings = settings_in(tmp_path, allowed_origins=("https://portal.example",))
    client = client_of(create_app(compendium, settings))
    asked = {"question": "补助多少？"}
    for origin in ("https://evil.example", "null", "http://localhost:81"):
        refused = client.post("/api/v1/ask", json=asked, headers={"Origin": origin})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "cross_origin"), origin
        assert client.post("/gradio_api/queue/join", json={}, headers={"Origin": origin}).status_code == 403
    for origin in ("http://localhost", "https://portal.example"):
        assert client.post("/api/v1/ask", json=asked, headers={"Origin": origin}).status_code == 200


def test_a_page_that_binds_its_own_name_to_this_machine_is_told_no(
    compendium: PolicyQA, tmp_path: Path
) -> None:
    client = client_of(create_app(compendium, settings_in(tmp_path)))
    rebound = {"Host": "evil.example:7860", "Origin": "http://evil.example:7860"}
    for method, path in (("POST", "/api/v1/ask"), ("GET", "/config"), ("GET", "/api/v1/documents")):
        refused = client.request(method, path, json={"question": "补助多少？"}, headers=rebound)
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (403, "unknown_host"), path
        assert "'evil.example'" in error["message"] and "public_url" in error["message"]
        assert "www-authenticate" not in refused.headers
    browser = {"Host": "<b>evil", "Accept": "text/html", "Accept-Language": "zh"}
    page = client.get("/", headers=browser)
    assert page.status_code == 403 and "“&lt;b&gt;evil”" in page.text and "POLICYQA_PUBLIC_URL" in page.text
    assert client.get("/healthz", headers=rebound).status_code == 200


@pytest.mark.parametrize("values", [{"open": True}, {"public_url": "https://Policy.example:8443/chat/"}])
def test_what_is_set_lets_another_name_in(compendium: PolicyQA, tmp_path: Path, values: Any) -> None:
    client = client_of(create_app(compendium, settings_in(tmp_path, **values)))
    assert client.get("/api/v1/documents", headers={"Host": "policy.example"}).status_code == 200
    assert client.get("/admin", headers={"Host": "policy.example"}).status_code == 403


def test_other_machines_are_let_in_by_a_clear_decision_only(tmp_path: Path, compendium_index: Path) -> None:
    keys = tmp_path / "keys.json"
    options = ("serve", "--host", "0.0.0.0", "--port", "0", "--index", compendium_index)
    refused = policyqa(*options, POLICYQA_KEYS=str(keys))
    assert refused.returncode == 2 and len(refused.stderr.strip().splitlines()) == 1
    assert "--open" in refused.stderr and "keys add" in refused.stderr
    Keys(keys).add("bot", Role.ASK)
    Keys(keys).revoke("bot")
    assert "keys add" in policyqa(*options, POLICYQA_KEYS=str(keys)).stderr
    half = policyqa(*options, POLICYQA_KEYS=str(keys), POLICYQA_SSO_HEADER="X-Remote-User")
    assert half.returncode == 2 and "trusted_proxies" in half.stderr
