"""How long building and opening the compendium's index takes: ``python -m eval.bench.index``."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeVar

from eval.bench.machine import describe_machine, spread, use_cores

BUILD_LIMIT = 20.0
"""Seconds that the whole command may take on two cores."""

OPEN_LIMIT = 300.0
"""Milliseconds that opening the index may take in a process that has its libraries loaded."""

Result = TypeVar("Result")


def main() -> int:
    """Measures and prints; returns 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    use_cores(arguments.cores)
    print(*describe_machine(), sep="\n")
    with TemporaryDirectory() as scratch:
        commands = [_build_by_command(Path(scratch) / f"command{n}") for n in range(arguments.runs)]
        print("policyqa index build, from an empty folder:", spread(commands, "s"))
        phases: dict[str, list[float]] = defaultdict(list)
        for n in range(arguments.runs):
            for name, seconds in _build_phases(Path(scratch) / f"index{n}").items():
                phases[name].append(seconds)
        for name, seconds_of in phases.items():
            print(f"  {name:14}", spread(seconds_of, "s", 3))
        opened = _open_times(Path(scratch) / "index0", arguments.runs)
        print("opening the index:", spread(opened, "ms", 1))
    kept = median(commands) <= BUILD_LIMIT and median(opened) <= OPEN_LIMIT
    print(f"limits: build {BUILD_LIMIT:.0f} s, open {OPEN_LIMIT:.0f} ms:", "kept" if kept else "NOT KEPT")
    return 0 if kept else 1


def _build_by_command(folder: Path) -> float:
    policyqa = Path(sys.executable).with_name("policyqa")
    command = [str(policyqa), "index", "build", "--index", str(folder)]
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def _build_phases(folder: Path) -> dict[str, float]:
    from corpus.collection import shipped_corpus
    from embeddings.build import build_index
    from embeddings.encoder import Encoder

    corpus, parsing = _timed(shipped_corpus)
    encoder, loading = _timed(Encoder.load)
    report = build_index(corpus, folder, encoder)
    again, _ = _timed(lambda: build_index(corpus, folder, encoder))
    return {
        "parse": parsing,
        "load model": loading,
        **report.seconds,
        "build again": sum(again.seconds.values()),
    }


def _open_times(folder: Path, runs: int) -> list[float]:
    from embeddings.index import Index

    Index.open(folder)  # loads the libraries
    return [_timed(lambda: Index.open(folder))[1] * 1000 for _ in range(runs)]


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    started = time.perf_counter()
    return work(), time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
