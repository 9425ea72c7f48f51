"""A language model behind an OpenAI-style server: vLLM, Ollama, llama.cpp, transformers serve."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from corpus.errors import PolicyQAError
from rag.generators.language_model import Message

if TYPE_CHECKING:
    import httpx

_CONNECT_SECONDS = 5.0
_SILENCE_SECONDS = 300.0  # a server may load its model first, and others may wait before us
_LIST_SECONDS = 3.0
_LOOK = 0.1  # seconds between two looks at whether to stop
_LONGEST_REASON = 200
_TAKEN_READING = 400.0  # tokens a second; a server does not tell
_ENDED = object()


@dataclass(frozen=True, slots=True)
class Server:
    """An address with what it takes to speak to it.

    Attributes:
        url: the address that ends in ``/v1``.
        key: what the server knows us by; empty where it asks for none.
    """

    url: str
    key: str = field(default="", repr=False)

    @classmethod
    def at(cls, address: str, key: str = "") -> Server:
        """The server at an address as people give it: with or without ``/v1``.

        Raises:
            PolicyQAError: it is no http or https address.
        """
        url = address.strip().rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise PolicyQAError(f"{address!r} is no address of a server, such as http://127.0.0.1:8000/v1")
        return cls(url if parts.path else f"{url}/v1", key.strip())

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def check(self) -> None:
        """Checks that somebody answers and lets us in. Not every server can list its models.

        Raises:
            PolicyQAError: nobody answers, or the key is refused.
        """
        response = self._list()
        if response.status_code in (401, 403):
            raise self.refused(response.status_code, response.text)

    def models(self) -> tuple[str, ...]:
        """The names of the models that it serves.

        Raises:
            PolicyQAError: it cannot be reached or answers in another way.
        """
        response = self._list()
        if not response.is_success:
            raise self.refused(response.status_code, response.text)
        try:
            return tuple(str(row["id"]) for row in response.json()["data"])
        except (ValueError, KeyError, TypeError) as error:
            raise PolicyQAError(f"{self.url} lists no models as an OpenAI-style server does") from error

    def _list(self) -> httpx.Response:
        import httpx

        try:
            with httpx.Client(trust_env=False, verify=_trusted(self.url), timeout=_LIST_SECONDS) as client:
                return client.get(f"{self.url}/models", headers=self.headers)
        except httpx.HTTPError as error:
            raise self.failed(error) from error

    def failed(self, error: httpx.HTTPError) -> PolicyQAError:
        """The error of a server that does not answer."""
        reason = " ".join(str(error).split()) or type(error).__name__
        return PolicyQAError(
            f"The language-model server {self.url} does not answer ({reason}): "
            "start it, or set POLICYQA_MODEL_URL to another"
        )

    def refused(self, status: int, body: str) -> PolicyQAError:
        """The error of a server that answers with an error of its own."""
        hint = {401: "; is POLICYQA_MODEL_KEY right?", 404: "; is POLICYQA_MODEL one of its models?"}
        return PolicyQAError(
            f"The language-model server {self.url} refuses with status {status}: "
            f"{self._without_key(_reason(body))}{hint.get(status, '')}"
        )

    def _without_key(self, text: str) -> str:
        return text.replace(self.key, "…") if self.key else text


class OpenAIServer:
    """One model of a server. The server says how many may ask at a time."""

    def __init__(self, server: Server, model: str) -> None:
        """Names the parts.

        Args:
            server: where it is.
            model: the model's name there.
        """
        self._server = server
        self.name = model

    @classmethod
    def connect(cls, server: Server, model: str = "") -> OpenAIServer:
        """Asks a server for its models where none is named.

        Raises:
            PolicyQAError: it cannot be reached or names none.
        """
        if not model:
            names = server.models()
            if not names:
                raise PolicyQAError(f"The server {server.url} lists no model: set POLICYQA_MODEL")
            model = names[0]
        return cls(server, model)

    @property
    def setting(self) -> str:
        """Where it computes."""
        return f"server {self._server.url}"

    @property
    def reading(self) -> float:
        """Tokens a second that it is taken to read."""
        return _TAKEN_READING

    def ahead(self, cancel: Event) -> int:
        """The server keeps its own line and does not tell."""
        return 0

    def generate(
        self, messages: Sequence[Message], max_tokens: int, cancel: Event | None = None
    ) -> Generator[str, None, None]:
        """Writes the next message; see ``LanguageModel.generate``."""
        cancel = cancel or Event()
        request = {
            "model": self.name,
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
            "chat_template_kwargs": {"enable_thinking": False},
        }
        reading = _Reading(self._server, request)
        try:
            while not cancel.is_set():
                with suppress(Empty):
                    item = reading.received.get(timeout=_LOOK)
                    if item is _ENDED:
                        return
                    if isinstance(item, Exception):
                        raise item
                    yield str(item)
        finally:
            reading.stop()


class _Reading:
    """Reads a streamed response in a thread of its own, so that it can be broken off at any moment."""

    def __init__(self, server: Server, request: dict[str, Any]) -> None:
        self.received: Queue[object] = Queue()
        self._server = server
        self._request = request
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="language-model-server", daemon=True)
        self._task = self._loop.create_task(self._read())
        self._thread.start()

    def stop(self) -> None:
        """Closes the connection, by which the server knows that nobody reads on."""
        with suppress(RuntimeError):  # the loop is closed: everything has been read
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    def _run(self) -> None:
        try:
            with suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._task)
        finally:
            self._loop.close()

    async def _read(self) -> None:
        import httpx

        server = self._server
        timeout = httpx.Timeout(_SILENCE_SECONDS, connect=_CONNECT_SECONDS)
        try:
            # No proxy is asked, for no text may leave the machines that the person has named.
            async with (
                httpx.AsyncClient(trust_env=False, verify=_trusted(server.url), timeout=timeout) as client,
                client.stream(
                    "POST", f"{server.url}/chat/completions", json=self._request, headers=server.headers
                ) as response,
            ):
                if not response.is_success:
                    await response.aread()
                    raise server.refused(response.status_code, response.text)
                async for line in response.aiter_lines():
                    if piece := _piece(line):
                        self.received.put(piece)
            self.received.put(_ENDED)
        except httpx.HTTPError as error:
            self.received.put(server.failed(error))
        except Exception as error:  # whatever it is, the one who waits must hear of it
            self.received.put(error)


def _trusted(url: str) -> ssl.SSLContext | bool:
    """The certificates that this machine trusts; a portal's own authority is among them."""
    return ssl.create_default_context() if url.startswith("https") else True


def _piece(line: str) -> str:
    """The text that one line of an event stream brings.

    Raises:
        PolicyQAError: the line tells an error, or is none of such a stream.
    """
    field_name, _, value = line.partition(":")
    value = value.strip()
    if field_name != "data" or value == "[DONE]":
        return ""
    try:
        event = json.loads(value)
        if "error" in event:
            raise PolicyQAError(f"The language-model server broke off: {_reason(value)}")
        return "".join(str(choice["delta"].get("content") or "") for choice in event["choices"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PolicyQAError(
            f"The language-model server sends no such stream as OpenAI's: {_reason(value)}"
        ) from error


def _reason(body: str) -> str:
    """What a response says went wrong, on one short line."""
    try:
        told = json.loads(body)
        told = told.get("error", told.get("detail", told))
        told = told.get("message", told) if isinstance(told, dict) else told
    except (ValueError, AttributeError):
        told = body
    return " ".join(str(told).split())[:_LONGEST_REASON] or "no reason given"
