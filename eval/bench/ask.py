"""How long answers take: ``python -m eval.bench.ask --questions FILE...``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory

import numpy as np

from corpus.errors import PolicyQAError
from eval.bench.machine import describe_machine, spread, use_cores
from rag.batch import Asked, read_questions
from rag.engine import PolicyQA
from rag.types import Filters, Turn

LIMIT = 150.0
"""Milliseconds that 95 of 100 answers may take on two cores."""

AS_OF = date(2022, 1, 31)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one answer took, in milliseconds of the clock and of the processor."""

    id: str
    wall: float
    cpu: float


def time_answers(engine: PolicyQA, asked: Sequence[Asked]) -> list[Timing]:
    """Answers questions one after the other, dialogues turn by turn."""
    timings, history = [], list[Turn]()
    for one in asked:
        if one.first:
            history = []
        wall, cpu = time.perf_counter(), time.process_time()
        answer = engine.ask(one.question, history, Filters(as_of=AS_OF))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        history.append(Turn(one.question, answer))
        timings.append(Timing(one.id, wall * 1000, cpu * 1000))
    return timings


def main() -> int:
    """Measures and prints; returns 1 where the limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, nargs="+", required=True)
    parser.add_argument("--index", type=Path, help="an index; else the compendium's is built for the run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    use_cores(arguments.cores)
    print(*describe_machine(), sep="\n")
    try:
        asked = [one for path in arguments.questions for one in read_questions(path)]
        with TemporaryDirectory() as scratch:
            folder = arguments.index or _build(Path(scratch) / "index")
            started = time.perf_counter()
            engine = PolicyQA.from_path(folder)
            engine.ask(asked[0].question)
            print(f"open and answer once: {time.perf_counter() - started:.2f} s")
            runs = [time_answers(engine, asked) for _ in range(arguments.runs)]
    except PolicyQAError as error:
        print(error, file=sys.stderr)
        return 2
    return _report(runs)


def _build(folder: Path) -> Path:
    from corpus.collection import shipped_corpus
    from embeddings.build import build_index
    from embeddings.encoder import Encoder

    build_index(shipped_corpus(), folder, Encoder.load())
    return folder


def _report(runs: Sequence[Sequence[Timing]]) -> int:
    print(f"{len(runs[0])} questions and turns")
    for share in (50, 95, 100):
        wall = [float(np.percentile([timing.wall for timing in run], share)) for run in runs]
        cpu = [float(np.percentile([timing.cpu for timing in run], share)) for run in runs]
        print(f"  p{share:<4}", spread(wall, "ms", 1), "  processor", spread(cpu, "ms", 1))
    print("  mean processor time", spread([fmean(t.cpu for t in run) for run in runs], "ms", 1))
    slowest = sorted(runs[-1], key=lambda timing: -timing.wall)[:3]
    print("  slowest", ", ".join(f"{timing.id} {timing.wall:.0f} ms" for timing in slowest))
    p95 = median(float(np.percentile([timing.wall for timing in run], 95)) for run in runs)
    print(f"limit: p95 {LIMIT:.0f} ms:", "kept" if p95 <= LIMIT else "NOT KEPT")
    return 0 if p95 <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
