"""The road to a server, tested against a real one: ``transformers serve`` with the small trained model."""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event

import pytest
from enrichable import conversations

from corpus.errors import PolicyQAError
from rag.generators.language_model import Message
from rag.generators.openai_server import OpenAIServer, Server

KNOWN = conversations()
UNKNOWN = [Message("user", "从一数到一万。")]
KEY = "sk-hidden-0123456789"


@pytest.fixture
def model(model_server, language_model):
    return OpenAIServer.connect(Server.at(model_server), str(language_model))


def answer(model, messages):
    return "".join(model.generate(messages, 500)).strip()  # the server lets line breaks through before it


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        (" http://models.intranet/ ", "http://models.intranet/v1"),
        ("https://models.intranet/llm/v1/", "https://models.intranet/llm/v1"),
    ],
)
def test_an_address_is_taken_as_people_give_it(address, url):
    assert Server.at(address).url == url


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "", "ftp://models", "http://"])
def test_what_is_no_address_is_told(address):
    with pytest.raises(PolicyQAError, match="no address of a server"):
        Server.at(address)


def test_it_writes_what_the_model_knows_in_pieces(model):
    for messages, said in KNOWN:
        assert answer(model, messages) == said
    assert len(list(model.generate(KNOWN[0][0], 500))) > 5


def test_a_proxy_of_the_environment_is_not_asked(model, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert answer(model, KNOWN[2][0]) == KNOWN[2][1]


@pytest.mark.parametrize("way", ["cancel", "close"])
def test_breaking_off_ends_the_generation_on_the_server(model, way):
    started = time.perf_counter()
    assert "".join(model.generate(UNKNOWN, 3000))
    whole = time.perf_counter() - started
    cancel = Event()
    pieces = model.generate(UNKNOWN, 3000, cancel)
    next(pieces)
    started = time.perf_counter()
    if way == "cancel":
        cancel.set()
        assert list(pieces) == []
    else:
        pieces.close()
    assert time.perf_counter() - started < 1
    # The server takes one at a time: it would not answer before the first one's end.
    assert answer(model, KNOWN[2][0]) == KNOWN[2][1]
    assert time.perf_counter() - started < max(whole / 2, 1)


def test_a_server_that_is_not_there_is_told_at_once():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    model = OpenAIServer.connect(Server.at(f"http://127.0.0.1:{port}"), "any")
    for ask in (lambda: list(model.generate(UNKNOWN, 10)), Server.at(f"http://127.0.0.1:{port}").models):
        with pytest.raises(PolicyQAError, match=f"{port}/v1 does not answer"):
            ask()


def test_a_model_that_the_server_does_not_have_is_told(model_server):
    model = OpenAIServer.connect(Server.at(model_server), "nobody/no-such-model")
    with pytest.raises(PolicyQAError, match="refuses with status"):
        list(model.generate(UNKNOWN, 10))


@pytest.fixture
def other_server():
    """A web server that speaks another language, and one that asks for a key."""

    class Handler(BaseHTTPRequestHandler):
        def respond(self):
            wants_key = self.path.startswith("/keyed")
            body = (
                f'{{"error": {{"message": "bad key {self.headers["Authorization"]}"}}}}'
                if wants_key
                else "<html>"
            )
            self.send_response(401 if wants_key else 200)
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST = respond  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_another_kind_of_server_is_told(other_server):
    with pytest.raises(PolicyQAError, match="lists no models"):
        Server.at(other_server).models()


def test_the_key_is_sent_and_shown_nowhere(other_server):
    server = Server.at(f"{other_server}/keyed", KEY)
    asks = [
        server.check,
        server.models,
        lambda: list(OpenAIServer.connect(server, "any").generate(UNKNOWN, 10)),
    ]
    for ask in asks:
        with pytest.raises(PolicyQAError, match=r"401.*bad key Bearer ….*POLICYQA_MODEL_KEY") as caught:
            ask()
        assert KEY not in str(caught.value)
    assert KEY not in repr(server)


DELTA = b'data: {"choices": [{"delta": {"content": "\xe7\xbb\x99\xe4\xba\x88"}}]}\n\n'


@pytest.fixture
def failing_server():
    """A server that begins to stream and then fails, in the way that the path names."""
    heard, silent = [], Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(DELTA)
            self.wfile.flush()
            if self.path.startswith("/error"):
                self.wfile.write(b'data: {"error": {"message": "CUDA out of memory"}}\n\n')
            elif self.path.startswith("/nonsense"):
                self.wfile.write(b"data: <html>\n\n")
            elif self.path.startswith("/silent"):
                silent.wait(10)
            self.close_connection = True

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    silent.set()
    server.shutdown()


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("dies", "does not answer .*start it, or set POLICYQA_MODEL_URL"),
        ("error", "broke off: CUDA out of memory"),
        ("nonsense", "sends no such stream"),
        ("silent", "does not answer"),
    ],
)
def test_a_server_that_fails_while_it_writes_is_told(failing_server, monkeypatch, way, told):
    address, heard = failing_server
    monkeypatch.setattr("rag.generators.openai_server._SILENCE_SECONDS", 0.5)
    pieces = OpenAIServer(Server.at(f"{address}/{way}"), "any").generate(UNKNOWN, 77)
    assert next(pieces) == "给予"
    with pytest.raises(PolicyQAError, match=told):
        list(pieces)
    (request,) = heard
    assert (request["temperature"], request["max_tokens"], request["stream"]) == (0, 77, True)
    assert request["chat_template_kwargs"] == {"enable_thinking": False}
