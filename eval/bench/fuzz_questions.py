"""Fuzzed requests to every address that takes questions or the names of clauses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import quote

from eval.bench.fuzz_texts import odd_text, odd_value, written

_VERDICTS = ("right", "wrong_answer", "wrong_clause", "missing")
_ROLES = ("user", "assistant", "system", "developer", "tool")
_KINDS_OF_BODY = ("application/json",) * 30 + ("text/plain", "application/x-www-form-urlencoded", "")
_HUGE = (2**20 + 1, 10**12, 10**30)
_AS_IT_SHOULD_BE = 0.6  # of the fields of a request


@dataclass(frozen=True, slots=True)
class Sent:
    """A request.

    Attributes:
        kind: what it is counted under.
        method: HTTP's.
        path: the address below the server's, percent-encoded.
        body: what is sent.
        headers: further ones; a declared length takes the place of the true one.
    """

    kind: str
    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def fuzzed_question(rng: Random, questions: Sequence[str], ids: Sequence[str]) -> Sent:
    """One request.

    Args:
        rng: chooses.
        questions: real ones, which some are made of.
        ids: of clauses that exist.
    """
    if rng.random() < 0.2:
        return _clause(rng, questions, ids)
    kind, path, make = rng.choice(_BODIES)
    value: Any = make(rng, questions, ids)
    if rng.random() < 0.05:
        value = odd_value(rng, questions)
    elif rng.random() < 0.15:
        value[rng.choice([*value, "unknown"])] = odd_value(rng, questions)
    headers = {"Content-Type": rng.choice(_KINDS_OF_BODY)}
    if rng.random() < 0.02:
        headers["Content-Length"] = str(rng.choice(_HUGE))
    return Sent(kind, "POST", path, written(rng, value), headers)


def _clause(rng: Random, questions: Sequence[str], ids: Sequence[str]) -> Sent:
    name = rng.choice(ids)
    if rng.random() < 0.7:
        name = rng.choice(
            (odd_text(rng, questions)[:3_000], name + odd_text(rng, questions)[:20], f"../{name}")
        )
    path = quote(name, safe=rng.choice(("", "/")), errors="surrogatepass")
    if rng.random() < 0.1:
        path += rng.choice(("%", "%zz", "%00", "%2e%2e%2f" * 9, "//", "/."))
    if rng.random() < 0.3:
        path += f"?as_of={quote(str(odd_value(rng, questions, 3))[:200], errors='surrogatepass')}"
    return Sent("clauses", "GET", rng.choice(("api/v1/clauses/", "clause/")) + path)


def _limits(rng: Random, questions: Sequence[str], ids: Sequence[str]) -> dict[str, Any]:
    limits = {
        "zones": rng.choice((["武汉"], ["Wuhan", "德清"], [], [odd_text(rng, questions)[:100]])),
        "documents": [rng.choice(ids).split("/")[0]],
        "in_force_only": rng.random() < 0.5,
        "as_of": rng.choice((None, "2022-01-31", "0001-01-01", "9999-12-31", "2026-11-26")),
    }
    return {name: value for name, value in limits.items() if rng.random() < 0.4}


def _ask(rng: Random, questions: Sequence[str], ids: Sequence[str]) -> dict[str, Any]:
    body: dict[str, Any] = {"question": odd_text(rng, questions)}
    if rng.random() < 0.4:
        body["history"] = [_turn(rng, questions, ids) for _ in range(rng.choice((1, 1, 2, 50)))]
    if rng.random() < 0.4:
        body["filters"] = _limits(rng, questions, ids)
    if rng.random() < 0.3:
        body["language"] = rng.choice(("zh", "en", "fr"))
    if rng.random() < 0.3:
        body["stream"] = True
    return body


def _turn(rng: Random, questions: Sequence[str], ids: Sequence[str]) -> dict[str, Any]:
    cited = [rng.choice(ids) if rng.random() < _AS_IT_SHOULD_BE else odd_text(rng, questions)[:300]]
    said = odd_text(rng, questions)[:4_000] if rng.random() < 0.3 else ""
    return {"question": odd_text(rng, questions)[:2_000], "cited": cited, "standalone_question": said}


def _search(rng: Random, questions: Sequence[str], ids: Sequence[str]) -> dict[str, Any]:
    top = rng.choice((1, 10, 100, 101, 0, -1))
    return {"question": odd_text(rng, questions), "top": top, "filters": _limits(rng, questions, ids)}


def _chat(rng: Random, questions: Sequence[str], ids: Sequence[str]) -> dict[str, Any]:
    messages = []
    for _ in range(rng.choice((0, 1, 1, 3, 9, 101))):
        content: Any = odd_text(rng, questions)[:60_000]
        if rng.random() < 0.2:
            content = [{"type": rng.choice(("text", "image_url")), "text": content}]
        elif rng.random() < 0.2:
            content += f"\n[1] x http://host/clause/{rng.choice((rng.choice(ids), '%ED%A0%80%zz', content))}"
        messages.append({"role": rng.choice(_ROLES), "content": content})
    messages.append({"role": "user", "content": odd_text(rng, questions)})
    return {"model": "policyqa", "messages": messages, "stream": rng.random() < 0.3}


def _feedback(rng: Random, questions: Sequence[str], ids: Sequence[str]) -> dict[str, Any]:
    cited = {"clause_id": rng.choice(ids), "label": odd_text(rng, questions)[:1_000], "text": "x", "score": 1}
    return {
        "verdict": rng.choice(_VERDICTS),
        "question": odd_text(rng, questions),
        "answer": odd_text(rng, questions)[:20_000],
        "note": odd_text(rng, questions)[:2_000],
        "citations": [cited] * rng.choice((0, 1, 50, 51)),
        "index_generation": rng.choice((0, 1, 2**53, 2**53 + 1)),
    }


_Make = Callable[[Random, Sequence[str], Sequence[str]], dict[str, Any]]
_BODIES: tuple[tuple[str, str, _Make], ...] = (
    ("ask", "api/v1/ask", _ask),
    ("ask", "api/v1/ask", _ask),
    ("search", "api/v1/search", _search),
    ("chat completions", "v1/chat/completions", _chat),
    ("feedback", "api/v1/feedback", _feedback),
)
