"""Whatever is asked or sent, the server quotes its texts or says no, goes on and tells nothing of its inside.

``python -m eval.bench.fuzz --index var/index``: a real server of its own process, index, data and key. Every
case is made from the seed and its own name, so that ``--only "question 17"`` sends one again.
"""

from __future__ import annotations

import argparse
import http.client
import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import numpy as np

from corpus.errors import PolicyQAError
from eval.bench.fuzz_files import Files, fuzzed_upload, sound_files
from eval.bench.fuzz_questions import Sent, fuzzed_question
from eval.bench.fuzz_verdicts import judge
from eval.bench.machine import describe_machine
from eval.bench.serving import KEYS, Server, make_key, serving
from eval.bench.swapping import States, read_texts
from eval.sets import set_files
from rag.batch import read_questions

SLOWEST = 60.0
"""Seconds after which a question counts as hanging, on a busy machine too."""

SLOWEST_UPLOAD = 130.0
"""Seconds in which a file must be read or refused; the server itself gives up after 120."""

_AT_ONCE = 2  # of questions, and of files: more files the server turns away
_TELL_EVERY = 500
_SHOWN = 20
_SLOWEST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a case.

    Attributes:
        name: the case's.
        kind: what it is counted under.
        status: of the response; 0 stands for none.
        seconds: how long it took.
        faults: what is wrong with it.
    """

    name: str
    kind: str
    status: int
    seconds: float
    faults: tuple[str, ...]


def main() -> int:
    """Sends and prints; returns 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, required=True, help="an index; the run works on a copy")
    parser.add_argument("--count", type=int, default=10_000, help="how many cases, files among them")
    parser.add_argument("--uploads", type=int, default=2_000, help="how many of them are files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help='one case, such as "question 17" or "upload 3"')
    arguments = parser.parse_args()
    print(*describe_machine(), sep="\n")
    if arguments.only:
        names = [arguments.only]
    else:
        uploads = min(arguments.uploads, arguments.count)
        names = [f"question {k}" for k in range(arguments.count - uploads)]
        names += [f"upload {k}" for k in range(uploads)]
    try:
        with TemporaryDirectory() as scratch:
            told, faults = fuzz(arguments.index, Path(scratch), arguments.seed, names)
    except (PolicyQAError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return report(told, faults)


def fuzz(index: Path, scratch: Path, seed: int, names: Sequence[str]) -> tuple[list[Told], list[str]]:
    """Sends cases to a server.

    Args:
        index: what it answers from; the run works on a copy.
        scratch: an empty folder.
        seed: what all is made from.
        names: of the cases.

    Returns:
        What came of each case, and what is wrong with the server afterwards.
    """
    log = scratch / "server" / "log.jsonl"
    log.parent.mkdir()
    shutil.copytree(index, scratch / "index")
    key = make_key(log.parent / KEYS)
    generation, texts = read_texts(scratch / "index")
    with serving(scratch / "index", 1, log) as server:
        sender = Sender(server, key, States(texts, {generation: {}}))
        before = sender.documents()
        told = list(_progress(sender, seed, names))
        faults = [] if server.process.poll() is None else ["the server has died"]
        if not faults and sender.documents() != before:
            faults.append("other documents are answered from than before")
    faults += [f"logged: {line[:2_000]}" for line in log.read_text().splitlines() if _is_error(line)]
    if (log.parent / "audit.jsonl").exists():
        faults.append("somebody has changed what is answered from: there is a record")
    return told, faults


def _progress(sender: Sender, seed: int, names: Sequence[str]) -> Iterator[Told]:
    questions = [one.question for path in set_files("dev") for one in read_questions(path) if one.first]
    files = sound_files() if any(name.startswith("upload") for name in names) else {}
    ids = sender.ids()

    def carry_out(name: str) -> Told:
        return sender.send(name, make(name, seed, questions, ids, files))

    began, count = time.monotonic(), 0
    # Each kind has threads of its own, so that questions are asked while files are read.
    parts = [[name for name in names if name.startswith(kind)] for kind in ("question", "upload")]
    with ThreadPoolExecutor(_AT_ONCE) as asking, ThreadPoolExecutor(_AT_ONCE) as sending:
        for results in [
            pool.map(carry_out, part) for pool, part in zip((asking, sending), parts, strict=True)
        ]:
            for told in results:
                count += 1
                for fault in told.faults:
                    print(f"{told.name}: {fault}", file=sys.stderr, flush=True)
                if count % _TELL_EVERY == 0:
                    rate = count / (time.monotonic() - began)
                    print(f"{count} of {len(names)}, {rate:.1f} a second", file=sys.stderr, flush=True)
                yield told


def make(name: str, seed: int, questions: Sequence[str], ids: Sequence[str], files: Files) -> Sent:
    """A case by its name."""
    rng = Random(f"{seed} {name}")
    if name.startswith("upload"):
        return fuzzed_upload(rng, files, questions)
    return fuzzed_question(rng, questions, ids)


class Sender:
    """Sends cases to one server, each by a connection of its own."""

    def __init__(self, server: Server, key: str, states: States) -> None:
        self._states = states
        self._key = {"Authorization": f"Bearer {key}", "Connection": "close"}
        self._host = urlsplit(server.address).netloc

    def documents(self) -> str:
        """What is answered from, as the server says."""
        status, text = self._exchange(Sent("", "GET", "api/v1/admin/documents"), SLOWEST_UPLOAD)
        if status != http.client.OK:
            raise PolicyQAError(f"the server does not tell its documents: {status} {text[:200]}")
        return text

    def ids(self) -> list[str]:
        """Some documents' first clauses."""
        documents = [row["id"] for row in json.loads(self.documents())]
        return [f"{name}/{k}" for name in documents for k in (1, 2, 5)]

    def send(self, name: str, sent: Sent) -> Told:
        """Sends a case and judges what comes back."""
        slowest = SLOWEST_UPLOAD if sent.kind.startswith("upload") else SLOWEST
        began = time.perf_counter()
        try:
            status, text = self._exchange(sent, 2 * slowest)
            faults = list(judge(sent, status, text, self._states))
        except TimeoutError:
            status, faults = 0, []  # told below
        except (http.client.HTTPException, OSError) as error:
            # Whoever announces another length than they send may be left without a word.
            status = 0
            faults = [] if "Content-Length" in sent.headers else [f"the connection was dropped: {error!r}"]
        seconds = time.perf_counter() - began
        if seconds > slowest:
            faults.append(f"took {seconds:.1f} s, more than {slowest:.0f} s")
        return Told(name, sent.kind, status, seconds, tuple(faults))

    def _exchange(self, sent: Sent, timeout: float) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self._host, timeout=timeout)
        try:
            headers = {"Content-Length": str(len(sent.body)), **self._key, **sent.headers}
            # A request may be turned away before all of it was sent; the response says why.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request(sent.method, f"/{sent.path}", sent.body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")
        finally:
            connection.close()


def _is_error(line: str) -> bool:
    try:
        return bool(json.loads(line)["level"] != "warning")
    except (ValueError, KeyError, TypeError):
        return True


def report(told: Sequence[Told], faults: Sequence[str]) -> int:
    """Prints a table; returns 1 where something is wrong."""
    print(
        "".join(
            f"{head:>10}"
            for head in ("cases", "2xx", "4xx", "dropped", "p50, s", "p99, s", "longest", "failed")
        )
    )
    uploads = [one for one in told if one.kind.startswith("upload")]
    questions = [one for one in told if not one.kind.startswith("upload")]
    for kind in sorted({one.kind for one in told}):
        _print_row(kind, [one for one in told if one.kind == kind])
    _print_row("all questions", questions)
    _print_row("all files", uploads)
    _print_row("all", told)
    wrong = [one for one in told if one.faults]
    shown = [f"{one.name}: {fault}" for one in wrong for fault in one.faults] + list(faults)
    print(*shown[:_SHOWN], sep="\n", end="\n" if shown else "")
    slowest = sorted(told, key=lambda one: -one.seconds)[:_SLOWEST_SHOWN]
    print("slowest:", ", ".join(f"{one.name} {one.seconds:.1f} s" for one in slowest))
    print(f"{len(wrong)} cases failed, {len(faults)} faults of the server")
    return 1 if shown else 0


def _print_row(name: str, group: Sequence[Told]) -> None:
    if not group:
        return
    counts = [len(group), *(sum(one.status // 100 == hundred for one in group) for hundred in (2, 4, 0))]
    seconds = np.percentile([one.seconds for one in group], (50, 99, 100))
    cells = [
        *map(str, counts),
        *(f"{one:.3f}" for one in seconds),
        str(sum(bool(one.faults) for one in group)),
    ]
    print("".join(f"{cell:>10}" for cell in cells), "", name)


if __name__ == "__main__":
    sys.exit(main())
