"""A mirror of the hub on this machine that serves one model folder, as far as fetching it goes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

NAME = "someone/small-model"
REVISION = "a" * 40


class Mirror:
    """What a mirror holds, and what it has been asked for.

    Attributes:
        breaks_at: bytes of the weights after which the connection breaks; 0 for never.
        damaged: whether the weights come with another content than told.
    """

    def __init__(self, folder: Path) -> None:
        self.files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        self.files["extra.onnx"] = b"not wanted"
        self.breaks_at = 0
        self.damaged = False
        self.ranges: list[str] = []
        self.sent: list[str] = []

    def digest(self, name: str) -> dict[str, object]:
        data = self.files[name]
        if name.endswith(".safetensors"):
            sha = hashlib.sha256(data).hexdigest()
            return {"oid": "b" * 40, "lfs": {"oid": sha, "sha256": sha, "size": len(data), "pointerSize": 1}}
        blob = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
        return {"oid": blob, "blobId": blob}

    def info(self) -> dict[str, object]:
        siblings = [
            {"rfilename": name, "size": len(data)} | self.digest(name) for name, data in self.files.items()
        ]
        return {
            "id": NAME,
            "sha": REVISION,
            "tags": ["license:apache-2.0"],
            "siblings": siblings,
            "private": False,
        }

    def tree(self) -> list[dict[str, object]]:
        return [
            {"type": "file", "path": name, "size": len(data)} | self.digest(name)
            for name, data in self.files.items()
        ]


def _handler(mirror: Mirror) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._serve(False)

        def do_GET(self) -> None:
            self._serve(True)

        def _serve(self, body: bool) -> None:
            path = self.path.partition("?")[0]
            if path.startswith(f"/api/models/{NAME}/tree/"):
                self._json(mirror.tree())
            elif path.startswith(f"/api/models/{NAME}"):
                self._json(mirror.info())
            elif path.startswith(f"/{NAME}/resolve/") and path.rpartition("/")[2] in mirror.files:
                self._file(path.rpartition("/")[2], body)
            else:
                self.send_response(404)
                self.send_header("X-Error-Code", "RepoNotFound")
                self.send_header("Content-Length", "0")
                self.end_headers()

        def _json(self, value: object) -> None:
            data = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _file(self, name: str, body: bool) -> None:
            data, digest = mirror.files[name], mirror.digest(name)
            start = 0
            if wanted := self.headers.get("Range"):
                start = int(wanted.removeprefix("bytes=").partition("-")[0])
                if body:
                    mirror.ranges.append(wanted)
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            lfs = digest.get("lfs")
            self.send_header("ETag", f'"{lfs["oid"] if isinstance(lfs, dict) else digest["oid"]}"')
            self.send_header("X-Repo-Commit", REVISION)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            if not body:
                return
            mirror.sent.append(name)
            weights = name.endswith(".safetensors")
            if weights and mirror.damaged:
                data = data[:-1] + bytes([data[-1] ^ 1])
            if weights and mirror.breaks_at and start < mirror.breaks_at:
                self.wfile.write(data[start : mirror.breaks_at])
                self.wfile.flush()
                self.close_connection = True
                self.connection.close()
                return
            self.wfile.write(data[start:])

    return Handler


@contextmanager
def mirroring(folder: Path) -> Iterator[tuple[str, Mirror]]:
    """Serves a model folder as ``NAME``; yields the mirror's address and the mirror."""
    mirror = Mirror(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(mirror))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", mirror
    finally:
        server.shutdown()
        server.server_close()
