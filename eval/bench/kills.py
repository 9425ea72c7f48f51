"""``kill -9`` under load: ``python -m eval.bench.kills --index var/index --kills 5``.

Each round a server with two answering processes is asked without pause, by its interface and in the chat, and
told what people think of it, while other processes make keys and change the index, adding and removing a
document or building everything anew. What changes the index is killed in its work, and a moment later the
whole server and what makes keys. The index must then be whole: one of the states that the changes lead
through, with every text of it. No acknowledged feedback, no answer shown in the chat and no key may be gone.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import httpx

from corpus.errors import PolicyQAError
from eval.bench.keeping import PERSON, SETTINGS, Kept
from eval.bench.machine import describe_machine
from eval.bench.serving import Server, serving
from eval.bench.swapping import QUESTION, States, Texts, expected_texts, read_texts
from eval.bench.ways import ByInterface
from eval.sets import set_files
from rag.batch import read_questions

_WORKERS = 2
_MOST_TURNS = 50  # of the document that comes and goes, in one round
_WRITERS = ("adding", "building")
_LONGEST = {"adding": 2.0, "building": 6.0}  # seconds after its first sign of work until it is killed
_GOES_ON = 1.0  # seconds for which the server is asked after that
_PATIENCE = 120.0


@dataclass(slots=True)
class Round:
    """What came of one round.

    Attributes:
        writer: what changed the index.
        at_work: whether it was killed in its work; else it had finished.
        generations: the index's before and after.
        answers: how many questions were answered.
        ready: seconds from the start after the kill to the first answer.
        faults: what was wrong.
    """

    writer: str
    at_work: bool = False
    generations: tuple[int, int] = (0, 0)
    answers: int = 0
    ready: float = 0
    faults: list[str] = field(default_factory=list)


class Trial:
    """One index and its data folder through all rounds."""

    def __init__(self, index: Path, folder: Path, questions: Sequence[str], askers: int, seed: int) -> None:
        """Begins.

        Args:
            index: the index's folder, to be changed.
            folder: for the server's data and log.
            questions: what is asked.
            askers: how many people.
            seed: of the moments at which is killed.
        """
        self._index, self._folder = index, folder
        self._questions, self._askers, self._rng = questions, askers, Random(seed)
        self._base = read_texts(index)[1]
        self._coming: Texts = {}  # of the document that comes and goes, as the last round left it
        self.kept = Kept(folder, list(questions))

    def carry_out(self, writer: str) -> Round:
        """One round: load, kills, and what is there afterwards."""
        done = Round(writer)
        states = self._states(writer)
        with serving(self._index, _WORKERS, self._folder / "log.jsonl", **SETTINGS) as server:
            asyncio.run(self._load_and_kill(server, states, done))
        after, texts = read_texts(self._index)
        done.generations = (min(states.changing), after)
        self._coming = {name: text for name, text in texts.items() if name not in self._base}
        done.faults += self._faults_on_disk(states, after, texts)
        began = time.monotonic()
        with serving(self._index, _WORKERS, self._folder / "log.jsonl", **SETTINGS) as server:
            asyncio.run(self._ask_again(server, states, done, began))
        return done

    def _states(self, writer: str) -> States:
        """The states that a round's changes may lead through."""
        first = read_texts(self._index)[0]
        states = States(self._base, {first: self._coming})
        if writer == "building":
            states.changing[first + 1] = self._coming
        else:
            for turn in range(_MOST_TURNS):
                states.changing[first + 2 * turn + 1] = expected_texts(turn)
                states.changing[first + 2 * turn + 2] = {}
        return states

    async def _load_and_kill(self, server: Server, states: States, done: Round) -> None:
        way, alive, turn = ByInterface(states), asyncio.Event(), itertools.count()
        alive.set()
        limits = httpx.Limits(max_connections=self._askers + 3)
        async with self._client(server, limits) as client:

            async def person(number: int) -> None:
                while alive.is_set():
                    k = next(turn)
                    question = QUESTION if k % 5 == 0 else self._questions[k % len(self._questions)]
                    try:
                        status = await way.ask(client, number, question)
                    except httpx.HTTPError as error:
                        if alive.is_set():
                            done.faults.append(f"no answer before the server was killed: {error!r}")
                        return
                    done.answers += status == httpx.codes.OK
                    if status != httpx.codes.OK:
                        done.faults.append(f"status {status}")

            people = [asyncio.ensure_future(person(number)) for number in range(self._askers)]
            keeping = (self.kept.give_feedback(client, alive), self.kept.talk(client, alive))
            people += map(asyncio.ensure_future, (*keeping, self.kept.make_keys(alive)))
            done.at_work = await self._write_and_kill(done.writer)
            await asyncio.sleep(_GOES_ON)
            alive.clear()
            await asyncio.to_thread(server.kill)
            await asyncio.gather(*people)
            done.faults += await way.faults(client)

    async def _write_and_kill(self, writer: str) -> bool:
        """Has the index changed and kills what changes it; returns whether it was at work."""
        command = [sys.executable, "-u", "-m"]
        if writer == "adding":
            command += ["eval.bench.swapping", str(self._index), str(_MOST_TURNS), "0"]
        else:
            command += ["app", "index", "build", "--index", str(self._index)]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        assert process.stdout is not None
        if writer == "adding":
            await process.stdout.readline()  # its model is read, the first addition done
        await asyncio.sleep(self._rng.uniform(0, _LONGEST[writer]))
        at_work = process.returncode is None
        if at_work:
            process.kill()
        await process.wait()
        return at_work

    def _faults_on_disk(self, states: States, generation: int, texts: Texts) -> list[str]:
        from embeddings.index import Index

        faults = [f"check: {fault}" for fault in Index.check(self._index)]
        if generation not in states.changing:
            faults.append(f"the index is of generation {generation}, which no change led to")
        elif dict(texts) != {**self._base, **states.changing[generation]}:
            faults.append(f"generation {generation} does not hold the texts that it should")
        return faults

    async def _ask_again(self, server: Server, states: States, done: Round, began: float) -> None:
        way = ByInterface(states)
        async with self._client(server, httpx.Limits()) as client:
            for question in (QUESTION, *self._questions[:5]):
                status = await way.ask(client, 0, question)
                if status != httpx.codes.OK:
                    done.faults.append(f"after the restart: status {status}")
                done.ready = done.ready or time.monotonic() - began
            done.faults += await way.faults(client)
            done.faults += await self.kept.faults(client)

    @staticmethod
    def _client(server: Server, limits: httpx.Limits) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=server.address, headers=PERSON, limits=limits, timeout=_PATIENCE, trust_env=False
        )


def main() -> int:
    """Kills and prints; returns 1 where something was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=5, help="rounds; each kills a writer and a server")
    parser.add_argument("--askers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--index", type=Path, required=True, help="an index; the run works on a copy")
    arguments = parser.parse_args()
    print(*describe_machine(), sep="\n")
    asked = [one.question for path in set_files("dev") for one in read_questions(path) if one.first]
    try:
        with TemporaryDirectory() as scratch:
            index, folder = Path(scratch) / "index", Path(scratch) / "server"
            folder.mkdir()
            shutil.copytree(arguments.index, index)
            trial = Trial(index, folder, asked, arguments.askers, arguments.seed)
            rounds = []
            for writer in itertools.islice(itertools.cycle(_WRITERS), arguments.kills):
                rounds.append(trial.carry_out(writer))
                _print_round(len(rounds), rounds[-1])
    except (PolicyQAError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    at_work = sum(one.at_work for one in rounds)
    answers, faults = sum(one.answers for one in rounds), sum(len(one.faults) for one in rounds)
    print(f"{2 * len(rounds)} kills, {at_work} of {len(rounds)} writers in their work")
    kept = trial.kept
    print(
        f"{answers} answers by the interface, {faults} faults; acknowledged and looked for after each kill:"
    )
    print(
        f"{kept.questions} answers in the chat, {len(kept.feedback)} pieces of feedback, "
        f"{len(kept.keys)} keys"
    )
    return 1 if faults else 0


def _print_round(number: int, one: Round) -> None:
    state = "killed in its work" if one.at_work else "had finished"
    before, after = one.generations
    print(
        f"round {number}: {one.writer}, {state}; generation {before} before, {after} after; "
        f"{one.answers} answers; {len(one.faults)} faults; whole again after {one.ready:.1f} s"
    )
    print(*one.faults[:5], sep="\n", end="\n" if one.faults else "", flush=True)


if __name__ == "__main__":
    sys.exit(main())
