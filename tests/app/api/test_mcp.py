"""The Model Context Protocol, by its own client."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from served import DAY, served, settings_in

from app.access.keys import Keys
from app.access.people import Role
from rag.engine import PolicyQA
from rag.types import Filters

WUHAN = "武汉的人工智能应用示范场景能资助多少？"


def test_a_model_asks_searches_and_reads(compendium: PolicyQA, tmp_path: Path) -> None:
    key = Keys(tmp_path / "keys.json").add("agent", Role.ASK)

    async def talk(address: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {key}"}
        async with (
            httpx.AsyncClient(headers=headers, trust_env=False, timeout=20) as client,
            streamable_http_client(f"{address}/gradio_api/mcp/", http_client=client) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
            said = {}
            for name, arguments in [
                ("ask_policy", {"question": WUHAN, "zone": "Wuhan"}),
                ("search_clauses", {"question": WUHAN}),
                ("read_clause", {"clause_id": "wuhan-2020-measures/7"}),
                ("read_clause", {"clause_id": "nobody"}),
                ("ask_policy", {"question": WUHAN, "as_of": "soon"}),
                ("ask_policy", {"question": WUHAN, "zone": "Atlantis"}),
                ("ask_policy", {"question": WUHAN, "zone": "Hefei"}),
                ("ask_policy", {"question": WUHAN, "zone": "Tianjin"}),
            ]:
                result = await session.call_tool(name, arguments)
                said[name, tuple(arguments.values())] = (result.isError, result.content[0].text)
            return {"tools": {tool.name: tool for tool in tools}, "said": said}

    with served(compendium, settings_in(tmp_path, mcp=True, asks_per_minute=4)) as address:
        heard = asyncio.run(talk(address))
        assert httpx.post(f"{address}/gradio_api/mcp/", json={}, trust_env=False).status_code == 401
    assert heard["tools"]["ask_policy"].inputSchema["properties"].keys() == {"question", "zone", "as_of"}
    assert heard["tools"].keys() == {"ask_policy", "search_clauses", "read_clause"}
    assert "citations" in heard["tools"]["ask_policy"].description
    said = heard["said"]
    failed, text = said["ask_policy", (WUHAN, "Wuhan")]
    answer = json.loads(text)
    expected = compendium.ask(WUHAN, filters=Filters(as_of=DAY))
    assert not failed and answer["text"] == expected.text
    assert [c["clause_id"] for c in answer["citations"]] == [c.clause_id for c in expected.citations]
    assert "wuhan-2020-measures/7" in said["search_clauses", (WUHAN,)][1]
    assert (
        compendium.clause("wuhan-2020-measures/7").text[:40]
        in said["read_clause", ("wuhan-2020-measures/7",)][1]
    )
    failures = [
        said["read_clause", ("nobody",)],
        said["ask_policy", (WUHAN, "soon")],
        said["ask_policy", (WUHAN, "Atlantis")],
        said["ask_policy", (WUHAN, "Tianjin")],
    ]
    assert "4 questions a minute" in failures[-1][1]
    for failed, text in failures:
        assert failed and "Traceback" not in text and "/" not in text.replace("nobody", "")


def test_it_is_off_unless_switched_on(compendium: PolicyQA, tmp_path: Path) -> None:
    with served(compendium, settings_in(tmp_path)) as address:
        assert httpx.post(f"{address}/gradio_api/mcp/", json={}, trust_env=False).status_code in (404, 405)
        info = httpx.get(f"{address}/gradio_api/info", trust_env=False).json()
    assert not info["named_endpoints"]


@pytest.mark.parametrize("missing", ["mcp"])
def test_a_missing_package_is_named(
    compendium: PolicyQA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    import sys

    from app.server import create_app
    from corpus.errors import PolicyQAError

    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(PolicyQAError, match=r"policyqa\[mcp\]"):
        create_app(compendium, settings_in(tmp_path, mcp=True))
