"""Answering in several processes, for Python answers one question at a time in each."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
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
T = TypeVar("T")


class PooledEngine(PolicyQA):
    """An engine that has other processes answer; each opens the index itself and notices when it changes.

    Where a language model writes, this process answers all the same: the model is what takes the time, and
    it is loaded once.
    """

    _processes: ProcessPoolExecutor

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
        self._processes, ready = self._new_processes()
        try:
            for one in ready:
                one.result()
        except BrokenProcessPool:
            raise PolicyQAError("the answering processes could not be started") from None

    def close(self) -> None:
        """Ends the processes when their answers are finished."""
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
        return growing(self.ask(question, history, filters, language))

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

    def _run(self, task: Callable[..., T], *arguments: object) -> T:
        """Has a process do something; where one has died, with new ones."""
        processes = self._processes
        try:
            return processes.submit(task, *arguments).result()
        except BrokenProcessPool:
            _LOG.error("an answering process has died; new ones are started")
            with self._starting:
                if self._processes is processes:
                    self._processes, _ = self._new_processes()
            return self._processes.submit(task, *arguments).result()

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
