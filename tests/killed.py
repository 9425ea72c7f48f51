"""Processes that are made to be killed at any moment: how they are started and how they end.

``Writer`` kills what ``work_until_killed`` starts, in a script of this folder.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).resolve().parent


def work_until_killed(work: Callable[..., None]) -> None:
    """Works for every line on the standard input, in a process of its own that never ends by itself.

    Prints the process's id, and ``ended`` when it has been killed.

    Args:
        work: called with the words of the line.
    """
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                work(*line.split())
            finally:
                os._exit(1)
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("ended", flush=True)


class Writer:
    """A script of this folder whose work can be begun and killed again and again."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin and process.stdout
        self._input, self._output = process.stdin, process.stdout

    @contextmanager
    def at_work(self, *words: object) -> Iterator[None]:
        """Has it work until the block ends; then kills."""
        self._input.write(" ".join(map(str, words)) + "\n")
        self._input.flush()
        pid = int(self._output.readline())
        try:
            yield
        finally:
            os.kill(pid, signal.SIGKILL)
            assert self._output.readline() == "ended\n"


@contextmanager
def start_writer(script: str, *arguments: Path) -> Iterator[Writer]:
    """Starts a script of this folder that calls ``work_until_killed``."""
    # Not from the folder of tests: its folders must not stand for the packages of the same names.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    command = [sys.executable, "-P", str(TESTS / script), *map(str, arguments)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield Writer(process)
