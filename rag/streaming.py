"""A written answer while it is written: statement by statement, or in the place of the extractive one."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from queue import Empty, Queue
from threading import Event, Thread

from corpus.errors import PolicyQAError
from rag.answering import CANDIDATES, Inquiry, prepare, prove, with_candidates
from rag.generators.extractive import gather
from rag.generators.written import Task, Writer
from rag.prose import Bench
from rag.question import understand
from rag.rewriting import rewrite
from rag.types import Answer, Instead

LONGEST_SECONDS = 180.0
"""How long a model may write at one answer, its turn awaited."""

FIRST_STATEMENT = "first statement"
"""The step, in an answer's timings, that ends when the first statement may be shown."""

_PATIENCE = 1.5  # seconds without a statement after which the extractive answer stands
_LOOK = 0.1  # seconds between two looks at what has come
_ENDING_SECONDS = 5.0
_LOG = logging.getLogger(__name__)


def stream_written(
    writer: Writer, inquiry: Inquiry, standing: Answer, cancel: Event
) -> Generator[Answer, None, None]:
    """Has a question's answer written, and shows what there is of it.

    Args:
        writer: the language model that writes.
        inquiry: the question with the clauses found for it.
        standing: the complete extractive answer.
        cancel: ends it when it is set.

    Yields:
        Growing answers; where the first statement takes long, the extractive answer instead until the
        written one is complete. The last one is complete: the written answer, or the extractive one with
        the reason why it stands.
    """
    standing = replace(standing, because=writer.because)
    done = Event()
    work = _Work(writer, inquiry, standing, done)
    try:
        yield from _follow(work, standing, cancel)
    finally:
        done.set()  # the model stops between two tokens
        work.join(_ENDING_SECONDS)


def _follow(work: _Work, standing: Answer, cancel: Event) -> Iterator[Answer]:
    last: Answer | None = None
    ahead: int | None = None
    since = time.monotonic()
    while not cancel.is_set():
        try:
            answer = work.written.get(timeout=_LOOK)
        except Empty:
            now = time.monotonic()
            waiting = work.ahead()
            since = now if waiting and last is None else since
            if now - since > LONGEST_SECONDS:
                yield replace(standing, instead=Instead.LATE, because=f"not ready in {LONGEST_SECONDS:.0f} s")
                return
            if last is None and waiting != ahead and (waiting or now - work.started > _PATIENCE):
                ahead = waiting
                yield replace(standing, ahead=ahead)
            continue
        if answer is None:
            if last is not None:
                yield last
            else:
                yield replace(standing, instead=Instead.UNPROVEN)
            return
        if isinstance(answer, Exception):
            yield replace(standing, instead=Instead.FAILED, because=_told(answer))
            return
        last = answer
        if ahead is None:
            yield replace(answer, ahead=0)


def _told(error: Exception) -> str:
    if isinstance(error, PolicyQAError):
        _LOG.warning("an answer could not be written: %s", error)
        return str(error)
    _LOG.error("an answer could not be written", exc_info=error)
    return f"internal error: {type(error).__name__}"


class _Work:
    """The model at work in a thread of its own, so that it can be awaited for a limited time.

    Attributes:
        written: the growing answers, then None or what went wrong.
        started: when it began.
    """

    def __init__(self, writer: Writer, inquiry: Inquiry, standing: Answer, done: Event) -> None:
        self.written: Queue[Answer | Exception | None] = Queue()
        self.started = time.monotonic()
        self._writer = writer
        self._inquiry = inquiry
        self._standing = standing
        self._done = done
        self._thread = Thread(target=self._run, name="written-answer", daemon=True)
        self._thread.start()

    def ahead(self) -> int:
        """How many answers are written before this one."""
        return self._writer.model.ahead(self._done)

    def join(self, seconds: float) -> None:
        """Waits until the model has let go."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            inquiry = self._rewritten()
            blank = replace(
                with_candidates(self._standing, inquiry),
                generator=self._writer.model.name,
                standalone_question=inquiry.query.standalone,
                statements=(),
                citations=(),
                related=(),
                notes=(),
            )
            held = False
            for draft in self._writer.compose(_task(inquiry), self._done):
                answer = prove(draft, inquiry, blank)
                if answer.statements:
                    if not held:
                        self._inquiry.mark(FIRST_STATEMENT)
                    held = True
                    self.written.put(answer)
            self.written.put(None)
        except Exception as error:  # whatever it is, the one who waits must hear of it
            self.written.put(error)

    def _rewritten(self) -> Inquiry:
        """The question as the model completes it from the dialogue, where that can be answered."""
        held = self._inquiry
        line = rewrite(self._writer.model, held.query, held.history, self._done)
        if not line:
            return held
        query = replace(
            understand(line, (), held.snapshot.gazetteer),
            question=held.query.question,
            language=held.query.language,
            recent=held.query.recent,
        )
        inquiry = replace(held, query=query, marks=[])
        prepare(inquiry)
        return inquiry if inquiry.grounds is None and not query.smalltalk else held


def _task(inquiry: Inquiry) -> Task:
    snapshot, query = inquiry.snapshot, inquiry.query
    ranked = inquiry.scope[:CANDIDATES]

    def likeness(text: str, others: Sequence[str]) -> Sequence[float]:
        vector = snapshot.encoder.encode_query([text])[0]
        return [float(score) for score in snapshot.encoder.encode_document(list(others)) @ vector]

    material = gather(query, ranked, snapshot.index, inquiry.as_of)
    bench = Bench(snapshot.index, query, snapshot.gazetteer, likeness, inquiry.as_of, snapshot.cross_encoders)
    return Task(material, ranked, bench)
