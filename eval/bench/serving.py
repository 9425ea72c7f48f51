"""A server of its own process, what it uses, and how it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import PolicyQAError

KEYS = "keys.json"
"""Where a server's keys lie, beside its log."""

_PAGE = os.sysconf("SC_PAGE_SIZE")
_LIMITS = {"ASKS_PER_MINUTE": "0", "ASKS_AT_ONCE": "0", "MAX_WAITING": "1000", "GENERATOR": "extractive"}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Attributes:
        process: the serving process; what answers is below it, all in one group of processes.
        address: where it answers, with a slash at the end.
    """

    process: subprocess.Popen[str]
    address: str

    @property
    def pid(self) -> int:
        """The serving process's id."""
        return self.process.pid

    def kill(self) -> None:
        """Kills all of its processes at once, as a machine that goes off would."""
        os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(60)


@contextmanager
def serving(index: Path, workers: int, log: Path, **settings: str) -> Iterator[Server]:
    """Serves an index on a free port, without limits for one address; keys and data lie beside the log.

    Args:
        index: the index's folder.
        workers: how many processes answer.
        log: where the server's log goes.
        settings: settings by name, over those that are usual here.

    Raises:
        PolicyQAError: the server does not start.
    """
    command = [sys.executable, "-m", "app", "serve", "--index", str(index), "--port", "0"]
    command += ["--workers", str(workers)]
    places = {"KEYS": str(log.parent / KEYS), "DATA": str(log.parent)}
    variables = {f"POLICYQA_{name}": value for name, value in (places | _LIMITS | settings).items()}
    with (
        log.open("w") as err,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            env=os.environ | variables,
            start_new_session=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            words = process.stdout.readline().split()
            address = next((word for word in words if word.startswith("http")), "")
            if not address:
                raise PolicyQAError(f"the server does not start: {log.read_text().strip()}")
            yield Server(process, address.rstrip("/") + "/")
        finally:
            process.terminate()
            process.wait(60)


def make_key(keys: Path) -> str:
    """Makes an administrator's key; returns its text.

    Args:
        keys: the file of the keys.
    """
    command = [sys.executable, "-m", "app", "keys", "add", "bench", "--role", "administer"]
    variables = os.environ | {"POLICYQA_KEYS": str(keys)}
    made = subprocess.run(command, check=True, capture_output=True, text=True, env=variables)
    return made.stdout.strip()


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    return found


def memory_of(pids: Sequence[int]) -> int:
    """Resident bytes of processes; what they share counts for each."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids) * _PAGE


def processor_of(pids: Sequence[int]) -> float:
    """Seconds of the processor that processes have used."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(row[11]) + int(row[12]) for row in fields) / os.sysconf("SC_CLK_TCK")
