"""What is wrong with a response to a fuzzed request."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from eval.bench.fuzz_questions import Sent
from eval.bench.fuzz_texts import INJECTIONS
from eval.bench.swapping import States

_TRACEBACK = re.compile(r"Traceback \(most recent|File \\?\"[^\"]+\\?\", line \d+")
_PATH = re.compile(
    r"(?<![\w/.:<])/(?:bin|etc|home|lib|mnt|opt|private|proc|root|srv|tmp|usr|var|Users|work)/[\w.-]+"
)
_REPR = re.compile(
    r"\b[A-Z]\w+(?:Error|Exception|Warning)\b(?:\(|: )|<class '|<\w[\w.]* object at 0x|\bNoneType\b"
)
_EVENT = re.compile(r"^event: (\w+)\ndata: (.*)$", re.MULTILINE)
_DATA = re.compile(r"^data: (\{.*\})$", re.MULTILINE)


def judge(sent: Sent, status: int, text: str, states: States) -> Iterator[str]:
    """What is wrong with a response.

    Args:
        sent: the case; what it says itself may be said back.
        status: the response's.
        text: its body.
        states: what the index holds.
    """
    if status >= http.client.INTERNAL_SERVER_ERROR:
        yield f"status {status}: {text[:200]}"
    own = " ".join((unquote(sent.path), sent.body.decode("utf-8", "replace"), *INJECTIONS))
    for name, pattern in (("a traceback", _TRACEBACK), ("a path", _PATH), ("an exception", _REPR)):
        for found in pattern.finditer(text):
            if found[0] not in own:
                around = text[max(found.start() - 60, 0) : found.end() + 60]
                yield f"status {status} tells {name}: {around!r}"
                break
    if status == http.client.OK and sent.kind == "ask":
        yield from _judge_answer(text, states)
    elif status == http.client.OK and sent.kind == "chat completions":
        yield from _judge_message(text, states)


def _judge_answer(text: str, states: States) -> Iterator[str]:
    """What is wrong with what ``/api/v1/ask`` says: a whole answer, or the events of one that grows."""
    events = _EVENT.findall(text) or [("answer", text)]
    name, data = events[-1]
    if name != "answer":
        yield f"the stream ends with {name}: {data[:200]}"
        return
    answer = json.loads(data)
    if sum(bool(answer[said]) for said in ("statements", "refusal", "reply")) != 1:
        yield f"neither an answer nor a refusal nor a greeting, or more than one: {data[:200]}"
    for statement in answer["statements"]:
        if not statement["citations"] or max(statement["citations"]) > len(answer["citations"]):
            yield f"a statement without its clause: {statement['text'][:200]!r}"
    if any(not all(citation["quotes"]) or not citation["quotes"] for citation in answer["citations"]):
        yield f"a citation without a quote: {data[:200]}"
    nearest = answer["refusal"]["nearest"] if answer["refusal"] else []
    yield from states.faults({**answer, "citations": [*answer["citations"], *nearest]})


def _judge_message(text: str, states: States) -> Iterator[str]:
    """What is wrong with what ``/v1/chat/completions`` says: a message, or the pieces of one."""
    messages = [json.loads(data) for data in _DATA.findall(text)] or [json.loads(text)]
    for message in messages:
        if "error" in message:
            yield f"the stream ends with {message}"
        for choice in message.get("choices", ()):
            said: Mapping[str, Any] = choice.get("message", choice.get("delta", {}))
            for cited in (annotation["url_citation"] for annotation in said.get("annotations", ())):
                if not cited["quote"] or cited["quote"] not in states.base.get(cited["clause_id"], ""):
                    yield f"{cited['clause_id']} does not hold its quote {cited['quote'][:200]!r}"
