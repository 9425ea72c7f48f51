"""Running ``policyqa`` as a person does: in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STARTED = "the chat is at "


def policyqa(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=120, env=os.environ | settings
    )


@contextmanager
def serving(index: Path, *options: str) -> Iterator[str]:
    """``policyqa serve`` on a free port; yields its address."""
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
