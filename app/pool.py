"""Answering in several processes, for Python answers one question at a time in each."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TypeVar

from app.commands.options import open_cross_encoders
from corpus.errors import PolicyQAError
from rag.engine import CANDIDATES, PolicyQA, growing
from rag.types import Answer, Candidate, Filters, Language, Turn

_LOG = logging.getLogger(__name__)
_THREADS = "OMP_NUM_THREADS"
_TRIES = 2  # processes that may die of one question
_LOOK = 0.05  # seconds between two looks
T = TypeVar("T")


class PooledEngine(PolicyQA):
    """An engine that has other processes answer; each opens the index itself and notices when it changes.

    Where a language model writes, this process answers all the same: the model is what takes the time, and
    it is loaded once.
    """

    _processes: ProcessPoolExecutor
    _turns: ThreadPoolExecutor  # one for each process: who waits for one can still go

    def start(self, workers: int) -> None:
        """Starts the processes, and returns when questions are answered.

        Args:
            workers: how many.

        Raises:
            PolicyQAError: one could not open the index.
        """
        self._folder = self._snapshot.index.folder
        self._workers = workers
        self._starting = Lock()
        self._turns = ThreadPoolExecutor(workers, thread_name_prefix="turn")
        self._processes, ready = self._new_processes()
        try:
            for one in ready:
                one.result()
        except BrokenProcessPool:
            raise PolicyQAError("the answering processes could not be started") from None

    def close(self) -> None:
        """Ends the processes when their answers are finished."""
        self._turns.shutdown()
        self._processes.shutdown()

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        cancel: Event | None = None,
        language: Language | None = None,
    ) -> Iterator[Answer]:
        """Answers a question bit by bit; see ``PolicyQA.stream``."""
        if self.writer is not None:
            return super().stream(question, history, filters, cancel, language)
        try:
            return growing(self._run(_ask, question, tuple(history), filters, language, cancel=cancel))
        except CancelledError:
            return iter(())

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        language: Language | None = None,
    ) -> Answer:
        """Answers a question; see ``PolicyQA.ask``."""
        if self.writer is not None:
            return super().ask(question, history, filters, language)
        return self._run(_ask, question, tuple(history), filters, language)

    def search(
        self, question: str, top: int = CANDIDATES, filters: Filters | None = None
    ) -> tuple[Candidate, ...]:
        """Ranks clauses for a question; see ``PolicyQA.search``."""
        return self._run(_search, question, top, filters)

    def _run(self, task: Callable[..., T], *arguments: object, cancel: Event | None = None) -> T:
        """Has a process do something as soon as one is free.

        Raises:
            CancelledError: ``cancel`` was set before, and it was not begun.
            RequestFailedError: the process has died, and the new one too.
        """
        turn = self._turns.submit(self._carry_out, task, *arguments)
        while not wait([turn], None if cancel is None else _LOOK).done:
            if cancel is not None and cancel.is_set() and turn.cancel():
                break
        return turn.result()

    def _carry_out(self, task: Callable[..., T], *arguments: object) -> T:
        """Has a process do something; where one has died, with new ones, once."""
        from app.errors import Code, RequestFailedError

        for _attempt in range(_TRIES):
            processes = self._processes
            try:
                return processes.submit(task, *arguments).result()
            except BrokenProcessPool:
                _LOG.error("an answering process has died; new ones are started")
                with self._starting:
                    if self._processes is processes:
                        self._processes, _ = self._new_processes()
        raise RequestFailedError(
            Code.UNREADY, "The processes that answer have ended: ask again in a moment.", {"Retry-After": "5"}
        )

    def _new_processes(self) -> tuple[ProcessPoolExecutor, list[Future[int]]]:
        """New processes, all of them started, and what tells that they are ready."""
        processes = ProcessPoolExecutor(
            self._workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_open,
            initargs=(self._folder,),
        )
        with _one_thread_each():
            return processes, [processes.submit(os.getpid) for _ in range(self._workers)]


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Has processes that are started meanwhile compute in one thread: there are as many as cores."""
    before = os.environ.get(_THREADS)
    os.environ.setdefault(_THREADS, "1")
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_THREADS, None)


_engine: PolicyQA  # of an answering process


def _open(folder: Path) -> None:
    """Opens the index in a new process, which ends with the one that started it."""
    global _engine
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl+C is for the server
    Thread(target=_end_with_parent, daemon=True).start()
    _engine = PolicyQA.from_path(folder, cross_encoders=open_cross_encoders())


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _refreshed() -> PolicyQA:
    """This process's engine over the present state of the index."""
    try:
        _engine.reload_if_changed()
    except PolicyQAError as error:
        _LOG.warning("the index has changed and cannot be opened, the old state goes on: %s", error)
    return _engine


def _ask(
    question: str, history: tuple[Turn, ...], filters: Filters | None, language: Language | None
) -> Answer:
    return _refreshed().ask(question, history, filters, language)


def _search(question: str, top: int, filters: Filters | None) -> tuple[Candidate, ...]:
    return _refreshed().search(question, top, filters)
