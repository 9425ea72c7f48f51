"""Running ``policyqa`` as a person does."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from app.cli import main
from app.settings import load_settings

STARTED = "the chat is at "


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    returncode: int
    stdout: str
    stderr: str


def policyqa(*arguments: str | Path, **settings: str) -> Ran:
    """Runs a command to its end, in this process."""
    out, err = io.StringIO(), io.StringIO()
    argv = ["policyqa", *map(str, arguments)]
    load_settings.cache_clear()
    with (
        patch.object(sys, "argv", argv),
        patch.dict(os.environ, settings),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
    load_settings.cache_clear()
    return Ran(status, out.getvalue(), err.getvalue())


def bench(main: Callable[[], int], *arguments: str | Path) -> int:
    """Runs a benchmark as its command would, and returns its exit status."""
    # In a thread of its own, for a browser test of the same session keeps a loop running here.
    with patch.object(sys, "argv", ["bench", *map(str, arguments)]), ThreadPoolExecutor(1) as thread:
        return thread.submit(main).result()


@contextmanager
def serving(index: Path, *options: str) -> Iterator[str]:
    """``policyqa serve`` on a free port, in a process of its own; yields its address."""
    command = [sys.executable, "-m", "app", "serve", "--index", str(index), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            line = process.stdout.readline()
            assert STARTED in line, process.stderr.read()
            yield line.partition(STARTED)[2].split()[0]
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.communicate(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
