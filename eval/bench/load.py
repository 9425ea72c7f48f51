"""Many people asking at once: ``python -m eval.bench.load --index var/index --seconds 120 --swap 20``.

With ``--through gradio --askers 20`` they ask in the chat.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import shutil
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx
import numpy as np

from corpus.errors import PolicyQAError
from eval.bench.machine import describe_machine
from eval.bench.serving import family, memory_of, processor_of, serving
from eval.bench.swapping import QUESTION, States, expected_texts, read_texts
from eval.bench.ways import ByInterface, ThroughGradio, Way
from eval.sets import set_files
from rag.batch import read_questions

P95_LIMIT = 2.0
"""Seconds in which 95 of 100 questions must be answered."""

GROWTH_LIMIT = 0.05
"""Share by which the memory may grow after the warm-up."""

_EVERY = 10  # of so many questions one is for the document that comes and goes
_SAMPLE_SECONDS = 1.0
_WARM_SWAPS = 5
_SHARE = 0.1  # of the samples of memory, at the beginning and at the end, that are compared


@dataclass(slots=True)
class Load:
    """What was measured.

    Attributes:
        seconds: of each answer, in the order they came.
        statuses: how many responses had which status; 0 stands for none at all.
        faults: what was wrong with answers.
        memory: bytes of the server's processes, sample by sample.
        processor: seconds of the processor: of the serving process, of the answering ones, of the askers.
    """

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    processor: tuple[float, float, float] = (0, 0, 0)

    @property
    def errors(self) -> int:
        """How many questions were not answered."""
        return sum(count for status, count in self.statuses.items() if status != httpx.codes.OK)

    @property
    def growth(self) -> float:
        """By which share the memory has grown from the beginning to the end."""
        few = max(int(len(self.memory) * _SHARE), 1)
        return median(self.memory[-few:]) / median(self.memory[:few]) - 1


Open = Callable[[httpx.AsyncClient], Awaitable[Way]]


async def ask(
    address: str,
    pid: int,
    questions: Sequence[str],
    askers: int,
    seconds: float,
    open_way: Open,
    swapping: Awaitable[None],
) -> Load:
    """Has people ask without pause, and keeps what comes back.

    Args:
        address: the server's.
        pid: its process.
        questions: what is asked, in turn.
        askers: how many people.
        seconds: for how long.
        open_way: gives the way by which they ask.
        swapping: what changes the index meanwhile.
    """
    load, until, turn = Load(), time.monotonic() + seconds, itertools.count()

    async def person(client: httpx.AsyncClient, way: Way, number: int) -> None:
        while time.monotonic() < until:
            k = next(turn)
            question = QUESTION if k % _EVERY == 0 else questions[k % len(questions)]
            began = time.perf_counter()
            try:
                status = await way.ask(client, number, question)
            except httpx.HTTPError as error:
                load.statuses[0] += 1
                load.faults.append(repr(error))
                continue
            load.seconds.append(time.perf_counter() - began)
            load.statuses[status] += 1

    async def watch() -> None:
        while time.monotonic() < until:
            with suppress(OSError):  # a process has just gone
                load.memory.append(memory_of(family(pid)))
            await asyncio.sleep(_SAMPLE_SECONDS)

    limits = httpx.Limits(max_connections=askers, max_keepalive_connections=askers)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=120, trust_env=False) as client:
        way, before = await open_way(client), _processor(pid)
        people = [person(client, way, number) for number in range(askers)]
        await asyncio.gather(watch(), swapping, *people)
        used = [after - start for after, start in zip(_processor(pid), before, strict=True)]
        load.processor = (used[0], used[1], used[2])
        load.faults += await way.faults(client)
    return load


def _processor(pid: int) -> tuple[float, float, float]:
    """Seconds of the processor used so far: see ``Load``."""
    return processor_of([pid]), processor_of(family(pid)[1:]), time.process_time()


async def swap(index: Path, times: int, seconds: float, states: States) -> None:
    """Adds and removes a document, evenly over some seconds, in a process of its own."""
    if not times:
        return
    pause = max(seconds / (2 * times + 1) - 1, 0.2)
    command = (sys.executable, "-m", "eval.bench.swapping", str(index), str(times), str(pause))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    generation = max(states.changing)
    turn = 0
    async for line in process.stdout:
        generation += 1
        added = line.strip() == b"added"
        states.changing[generation] = expected_texts(turn) if added else {}
        turn += not added
    if await process.wait():
        raise PolicyQAError("the index could not be changed during the run")


def main() -> int:
    """Measures and prints; returns 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--through", choices=("interface", "gradio"), default="interface")
    parser.add_argument("--askers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--warm-up", type=float, default=30)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--swap", type=int, default=0, help="how often a document is added and removed")
    parser.add_argument("--index", type=Path, required=True, help="an index; the run works on a copy")
    parser.add_argument("--questions", type=Path, nargs="+", default=set_files("dev"))
    arguments = parser.parse_args()
    if arguments.through == "gradio" and arguments.swap:
        parser.error("--swap: what the chat shows does not name the state of the index; leave it out")
    print(*describe_machine(), sep="\n")
    try:
        asked = [one.question for path in arguments.questions for one in read_questions(path) if one.first]
        with TemporaryDirectory() as scratch:
            index, log = Path(scratch) / "index", Path(scratch) / "log.jsonl"
            shutil.copytree(arguments.index, index)
            load = measure(index, log, asked, arguments)
            logged = log.read_text().splitlines()
    except (PolicyQAError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return report(load, logged, arguments.seconds)


def measure(index: Path, log: Path, asked: Sequence[str], arguments: argparse.Namespace) -> Load:
    """Warms a server up, then measures it."""
    generation, base = read_texts(index)
    states = States(base, {generation: {}})

    async def by_interface(_: httpx.AsyncClient) -> Way:
        return ByInterface(states)

    way = ThroughGradio.open if arguments.through == "gradio" else by_interface
    with serving(index, arguments.workers, log) as server:

        def run(seconds: float, times: int) -> Load:
            swapping = swap(index, times, seconds, states)
            return asyncio.run(
                ask(server.address, server.pid, asked, arguments.askers, seconds, way, swapping)
            )

        # The first new states cost memory that later ones use again: they belong to the warm-up.
        run(arguments.warm_up, min(arguments.swap, _WARM_SWAPS))
        return run(arguments.seconds, arguments.swap)


def report(load: Load, logged: Sequence[str], seconds: float) -> int:
    """Prints what was measured; returns 1 where a limit is not kept."""
    p50, p95, p99 = (float(np.percentile(load.seconds, share)) for share in (50, 95, 99))
    first, last = load.memory[0] / 2**20, load.memory[-1] / 2**20
    print(f"answers      {len(load.seconds)}, {len(load.seconds) / seconds:.1f} a second")
    print(f"statuses     {', '.join(f'{s}: {n}' for s, n in sorted(load.statuses.items()))}")
    print(f"seconds      p50 {p50:.3f}, p95 {p95:.3f}, p99 {p99:.3f}, longest {max(load.seconds):.3f}")
    each = [1000 * seconds / len(load.seconds) for seconds in load.processor]
    print("processor    ms an answer: {:.1f} serving, {:.1f} answering, {:.1f} asking".format(*each))
    print(f"memory       {first:.0f} MiB after the warm-up, {last:.0f} MiB at the end, {load.growth:+.1%}")
    print(f"wrong        {len(load.faults)} answers")
    print(f"logged       {len(logged)} lines")
    print(*load.faults[:5], *logged[:5], sep="\n", end="\n" if load.faults or logged else "")
    kept = {
        "no error": not load.errors,
        f"p95 ≤ {P95_LIMIT:.0f} s": p95 <= P95_LIMIT,
        f"memory ≤ {GROWTH_LIMIT:.0%}": load.growth <= GROWTH_LIMIT,
        "no wrong answer": not load.faults,
    }
    print("limits:", ", ".join(f"{name} {'kept' if held else 'NOT KEPT'}" for name, held in kept.items()))
    return 0 if all(kept.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
