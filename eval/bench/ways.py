"""The ways by which people ask a server: its programming interface, and the chat through Gradio's queue."""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from typing import Any, Protocol

import httpx

from corpus.errors import PolicyQAError
from eval.bench.swapping import States

_DAY = {"as_of": "2022-01-31"}
_CITED = ("clause_id", "text", "quotes")
_BOX, _TRANSCRIPT, _STATUS, _CLEAR = "pq-box", "pq-transcript", "pq-status", "pq-clear"
_QUESTION = re.compile(r'<h2 class="pq-question">(.*?)</h2>', re.DOTALL)
_SAID = re.compile(r'<p role="status"[^>]*>(.*?)</p>', re.DOTALL)
_DONE = "process_completed"
_FAULT = "unexpected_error"


class Way(Protocol):
    """How people ask."""

    async def ask(self, client: httpx.AsyncClient, person: int, question: str) -> int:
        """Asks a question and waits for the whole answer; returns the status, 200 where there is one."""

    async def faults(self, client: httpx.AsyncClient) -> list[str]:
        """What was wrong with the answers since this was last asked, one line each."""


class ByInterface:
    """Asks ``/api/v1/ask``; answers are held against the states of the index that they name."""

    def __init__(self, states: States) -> None:
        self._states = states
        self._answers: list[dict[str, Any]] = []

    async def ask(self, client: httpx.AsyncClient, person: int, question: str) -> int:
        """See ``Way``."""
        response = await client.post("api/v1/ask", json={"question": question, "filters": _DAY})
        if response.is_success:
            self._answers.append(_essence(response.json()))
        return response.status_code

    async def faults(self, client: httpx.AsyncClient) -> list[str]:
        """See ``Way``."""
        answers, self._answers = self._answers, []
        return [fault for answer in answers for fault in self._states.faults(answer)]


def _essence(answer: dict[str, Any]) -> dict[str, Any]:
    """What of an answer is held against the index."""

    def cited(citation: dict[str, Any]) -> dict[str, Any]:
        return {name: citation[name] for name in _CITED}

    return {
        "question": answer["question"],
        "index_generation": answer["index_generation"],
        "citations": [cited(citation) for citation in answer["citations"]],
        "related": [{"citation": cited(related["citation"])} for related in answer["related"]],
    }


class ThroughGradio:
    """Asks in the chat as its page does: through Gradio's queue, each person in a session of their own.

    A conversation is cleared before the next question. What the page shows must be the question, and the
    answer that the programming interface gives to it.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        """Finds the chat's parts.

        Args:
            config: what the page's ``/config`` tells.
        """
        parts = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
        self._send = _event(config, parts[_BOX], "submit")
        self._clear = _event(config, parts[_CLEAR], "click")
        outputs = next(one["outputs"] for one in config["dependencies"] if one["id"] == self._send)
        self._transcript = outputs.index(parts[_TRANSCRIPT])
        self._status = outputs.index(parts[_STATUS])
        self._shown: Counter[tuple[str, str, str]] = Counter()

    @classmethod
    async def open(cls, client: httpx.AsyncClient) -> ThroughGradio:
        """The chat of a server."""
        return cls((await client.get("config")).raise_for_status().json())

    async def ask(self, client: httpx.AsyncClient, person: int, question: str) -> int:
        """See ``Way``."""
        session = {"session_hash": f"person{person}"}
        clear = {"data": [None], "fn_index": self._clear, **session}
        (await client.post("gradio_api/run/predict", json=clear)).raise_for_status()
        sent = {"data": [question, None, None, False], "fn_index": self._send, **session}
        joined = await client.post("gradio_api/queue/join", json=sent)
        if not joined.is_success:
            return joined.status_code
        status = httpx.codes.INTERNAL_SERVER_ERROR  # unless the answer is done
        async with client.stream("GET", "gradio_api/queue/data", params=session) as response:
            async for line in response.aiter_lines():
                message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                if message.get("msg") == _FAULT or (message.get("msg") == _DONE and not message["success"]):
                    return httpx.codes.INTERNAL_SERVER_ERROR
                if message.get("msg") == _DONE:
                    data = message["output"]["data"]
                    self._shown[question, data[self._transcript], data[self._status]] += 1
                    status = httpx.codes.OK
        return status

    async def faults(self, client: httpx.AsyncClient) -> list[str]:
        """See ``Way``."""
        shown, self._shown = self._shown, Counter()
        found, expected = [], {}
        for (question, transcript, status), times in shown.items():
            if question not in expected:
                response = await client.post("api/v1/ask", json={"question": question})
                expected[question] = response.raise_for_status().json()
            found += [_difference(question, transcript, status, expected[question])] * times
        return [fault for fault in found if fault]


def _event(config: dict[str, Any], part: int, trigger: str) -> int:
    """The number of what happens on a part of the page.

    Raises:
        PolicyQAError: nothing does.
    """
    for dependency in config["dependencies"]:
        if [part, trigger] in dependency["targets"]:
            return int(dependency["id"])
    raise PolicyQAError(f"the chat has nothing that happens on {trigger} of its part {part}")


def _difference(question: str, transcript: str, status: str, answer: dict[str, Any]) -> str:
    """What is wrong with an answer that the page shows; empty where it is right."""
    asked = [_plain(one) for one in _QUESTION.findall(transcript)]
    if asked != [question.strip()]:
        return f"{question!r} was asked, the page shows {asked!r}"
    said = " ".join(_plain(one) for one in _SAID.findall(status))
    if said.split() != answer["text"].split():
        return f"{question!r}: the page says {said!r}, the interface {answer['text']!r}"
    return ""


def _plain(markup: str) -> str:
    return html.unescape(markup).strip()
