"""The one road from a question to an answer."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Event, Lock

from corpus.errors import PolicyQAError
from corpus.text import language_of
from corpus.types import Clause, Document
from embeddings.encoder import Device, Encoder
from embeddings.index import Index
from embeddings.manifest import read_manifest
from rag.answering import CANDIDATES, Generator, Inquiry, Snapshot, candidates, extract, prepare
from rag.citations import cite
from rag.gazetteer import Gazetteer
from rag.generators.extractive import ExtractiveGenerator
from rag.generators.written import Writer
from rag.question import understand
from rag.reranker import CrossEncoders
from rag.retrieval import Retriever
from rag.streaming import stream_written
from rag.types import Answer, Candidate, Filters, Language, Turn

__all__ = ["CANDIDATES", "LONGEST_QUESTION", "Generator", "PolicyQA", "clean_question"]

LONGEST_QUESTION = 2_000
"""Characters of the longest question that is read."""

_TURNS_READ = 12


class PolicyQA:
    """Answers questions from one index. One object serves any number of threads.

    Attributes:
        writer: the language model that writes the answers anew; None where they stay extractive.
        cross_encoders: what reads pairs of texts.
    """

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        generator: Generator | None = None,
        writer: Writer | None = None,
        cross_encoders: CrossEncoders | None = None,
    ) -> None:
        """Joins ready parts.

        Args:
            index: an open index.
            encoder: the model it was built with.
            generator: what composes answers; the extractive one where None.
            writer: the language model that writes them anew, where one is in place.
            cross_encoders: what reads pairs of texts, where it is configured.
        """
        self._encoder = encoder
        self.cross_encoders = cross_encoders or CrossEncoders()
        self._generator: Generator = generator or ExtractiveGenerator()
        self.writer = writer
        self._snapshot = _snapshot(index, encoder, self.cross_encoders)
        self._reloading = Lock()

    @classmethod
    def from_path(
        cls,
        index_dir: str | Path,
        generator: Generator | None = None,
        device: Device = "auto",
        cross_encoders: CrossEncoders | None = None,
    ) -> PolicyQA:
        """Opens an index with the model it was built with.

        Args:
            index_dir: the index's folder.
            generator: what composes answers; the extractive one where None.
            device: where the model computes.
            cross_encoders: what reads pairs of texts, where it is configured.

        Returns:
            The engine, ready to answer.

        Raises:
            PolicyQAError: if there is no index, it is damaged, or its model is not on this machine.
        """
        encoder = Encoder.load(read_manifest(Path(index_dir)).model.name, device=device)
        index = Index.open(index_dir, encoder)
        return cls(index, encoder, generator, cross_encoders=cross_encoders)

    @property
    def documents(self) -> Mapping[str, Document]:
        """The documents by id, in source order."""
        return self._snapshot.index.documents

    @property
    def clauses(self) -> Mapping[str, Clause]:
        """The clauses and paragraph units by id, in source order."""
        return self._snapshot.index.clauses

    @property
    def folder(self) -> Path:
        """Where the index lies."""
        return self._snapshot.index.folder

    @property
    def encoder(self) -> Encoder:
        """The model that the index was built with."""
        return self._encoder

    def clause(self, clause_id: str) -> Clause:
        """Looks up a clause or paragraph unit.

        Raises:
            PolicyQAError: if there is none with this id.
        """
        found = self._snapshot.index.clauses.get(clause_id)
        if found is None:
            raise PolicyQAError(f"There is no clause with the id {clause_id[:100]!r}")
        return found

    @property
    def generation(self) -> int:
        """The generation of the index that answers now."""
        return self._snapshot.index.manifest.generation

    def recall(self, question: str, cited: Sequence[str], standalone: str = "") -> Turn:
        """An earlier turn of a dialogue, by what a client kept of it.

        Args:
            question: what the person typed.
            cited: ids of the clauses that its answer cited; those that are gone are left out.
            standalone: the question as it was completed from the dialogue; empty where it was not.

        Returns:
            The turn, good as history.
        """
        index, today = self._snapshot.index, date.today()
        language = language_of(question)
        citations = [cite(index, unit, ("",), today, language) for unit in cited if unit in index.clauses]
        answer = Answer(question, language, citations=tuple(citations), standalone_question=standalone)
        return Turn(question, answer)

    def children(self, clause_id: str) -> tuple[Clause, ...]:
        """The units right below a clause, its paragraph units included, in source order."""
        return self._snapshot.index.children(clause_id)

    def reload_if_changed(self, wait: bool = False) -> bool:
        """Opens the index anew where it has changed on disk.

        One thread does it; who comes meanwhile is not held up and goes on with the old state.

        Args:
            wait: for who must see the index as it is now: whether to wait for another thread that opens it.

        Returns:
            Whether it had changed, and the new state is in use.

        Raises:
            PolicyQAError: if the new state cannot be opened; the old one goes on answering.
        """
        if not self._reloading.acquire(blocking=wait):
            return False
        try:
            held = self._snapshot.index
            if read_manifest(held.folder).generation == held.manifest.generation:
                return False
            index = Index.open(held.folder, self._encoder)
            self._snapshot = _snapshot(index, self._encoder, self.cross_encoders)
            return True
        finally:
            self._reloading.release()

    def search(
        self, question: str, top: int = CANDIDATES, filters: Filters | None = None
    ) -> tuple[Candidate, ...]:
        """Ranks clauses for a question without answering it.

        Args:
            question: what the person typed.
            top: how many candidates to give.
            filters: what the search is limited to.

        Returns:
            The candidates, the best first.

        Raises:
            PolicyQAError: if the question is empty or too long.
        """
        snapshot = self._snapshot
        filters = filters or Filters()
        query = understand(clean_question(question), (), snapshot.gazetteer)
        ranked = snapshot.retriever.rank(query, filters, filters.as_of or date.today())
        return candidates(ranked[: max(top, 0)], snapshot.index)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        language: Language | None = None,
    ) -> Answer:
        """Answers a question.

        Args:
            question: what the person typed.
            history: the dialogue's earlier turns, the oldest first.
            filters: what the answer is limited to, and the day of asking.
            language: the answer's own words; the question's language where None.

        Returns:
            The answer: statements with their citations, a refusal, or a greeting returned.

        Raises:
            PolicyQAError: if the question is empty or too long.
        """
        inquiry = self._begin(question, history, filters, language)
        answer = extract(inquiry, self._generator)
        if self.writer is not None and answer.statements:
            *_, answer = stream_written(self.writer, inquiry, answer, Event())
        return inquiry.timed(answer)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        cancel: Event | None = None,
        language: Language | None = None,
    ) -> Iterator[Answer]:
        """Answers a question bit by bit.

        Args:
            question: what the person typed.
            history: the dialogue's earlier turns, the oldest first.
            filters: what the answer is limited to, and the day of asking.
            cancel: ends it when it is set, the language model's work with it; so does closing the iterator.
            language: the answer's own words; the question's language where None.

        Yields:
            Growing answers: one statement more each time, and in the end the complete answer. Nothing is
            shown before it is judged. Where a language model is slow, the extractive answer comes first and
            the written one takes its place.

        Raises:
            PolicyQAError: if the question is empty or too long.
        """
        inquiry = self._begin(question, history, filters, language)
        answer = inquiry.timed(extract(inquiry, self._generator))
        if self.writer is not None and answer.statements:
            written = stream_written(self.writer, inquiry, answer, cancel or Event())
            with closing(written):
                yield from map(inquiry.timed, written)
            return
        yield from growing(answer)

    def _begin(
        self, question: str, history: Sequence[Turn], filters: Filters | None, language: Language | None
    ) -> Inquiry:
        """Reads a question and finds clauses for it."""
        started = time.perf_counter(), time.process_time()
        snapshot = self._snapshot
        history = tuple(history[-_TURNS_READ:])
        query = understand(clean_question(question), history, snapshot.gazetteer)
        inquiry = Inquiry(query, filters or Filters(), snapshot, history, started)
        inquiry.mark("understand")
        prepare(inquiry)
        if language:
            inquiry.query = replace(inquiry.query, language=language)
        return inquiry


def growing(answer: Answer) -> Iterator[Answer]:
    """A complete answer statement by statement, in the end whole."""
    for count in range(1, len(answer.statements)):
        yield replace(answer, statements=answer.statements[:count], related=(), notes=())
    yield answer


def clean_question(question: str) -> str:
    """Takes out what nobody types and checks the length.

    Args:
        question: what the person typed.

    Returns:
        The question without control, invisible and unpaired surrogate characters, its ends stripped.

    Raises:
        PolicyQAError: if nothing is left or it is longer than ``LONGEST_QUESTION``.
    """
    if len(question) > LONGEST_QUESTION:
        raise PolicyQAError(
            f"The question has {len(question):,} characters, and at most {LONGEST_QUESTION:,} are read: "
            "shorten it"
        )
    cleaned = "".join(_visible(c) for c in question).strip()
    if not any(c.isalnum() for c in cleaned):
        raise PolicyQAError("The question is empty: type one")
    return cleaned


def _visible(character: str) -> str:
    if character in "\t\n\r":
        return " "
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"}:
        return ""
    return character


def _snapshot(index: Index, encoder: Encoder, cross_encoders: CrossEncoders) -> Snapshot:
    gazetteer = Gazetteer(tuple(index.documents.values()))
    retriever = Retriever(index, encoder, reranker=cross_encoders.relevance)
    return Snapshot(index, encoder, gazetteer, retriever, cross_encoders)
