"""The one road from a question to an answer."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Protocol

from corpus.errors import PolicyQAError
from corpus.types import Clause, Document
from embeddings.encoder import Device, Encoder
from embeddings.index import Index
from embeddings.manifest import read_manifest
from rag.citations import cite
from rag.gazetteer import Gazetteer
from rag.generators.extractive import ExtractiveGenerator
from rag.question import understand
from rag.refusal import Grounds, answering, judge
from rag.replies import reason_for, scope_notes, small_talk_reply
from rag.retrieval import Retriever
from rag.steering import within_scope
from rag.types import Answer, Candidate, ClauseSource, Draft, Filters, Query, Ranked, Refusal, Turn
from rag.verification import verify

LONGEST_QUESTION = 2_000
"""Characters of the longest question that is read."""

CANDIDATES = 20
"""Retrieved candidates that an answer carries."""

_NEAREST = 3
_HINT_CHARACTERS = 80
_TURNS_READ = 12


class Generator(Protocol):
    """Writes a draft from ranked clauses; whatever it writes is verified before it is shown."""

    @property
    def name(self) -> str:
        """What an answer names it by."""

    def compose(self, query: Query, ranked: Sequence[Ranked], index: ClauseSource, as_of: date) -> Draft:
        """Writes the draft of an answer."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """One state of an index with what is derived from it."""

    index: Index
    gazetteer: Gazetteer
    retriever: Retriever


class PolicyQA:
    """Answers questions from one index. One object serves any number of threads."""

    def __init__(self, index: Index, encoder: Encoder, generator: Generator | None = None) -> None:
        """Joins ready parts.

        Args:
            index: an open index.
            encoder: the model it was built with.
            generator: what writes answers; the extractive one where None.
        """
        self._encoder = encoder
        self._generator: Generator = generator or ExtractiveGenerator()
        self._snapshot = _snapshot(index, encoder)
        self._reloading = Lock()

    @classmethod
    def from_path(
        cls, index_dir: str | Path, generator: Generator | None = None, device: Device = "auto"
    ) -> PolicyQA:
        """Opens an index with the model it was built with.

        Args:
            index_dir: the index's folder.
            generator: what writes answers; the extractive one where None.
            device: where the model computes.

        Returns:
            The engine, ready to answer.

        Raises:
            PolicyQAError: if there is no index, it is damaged, or its model is not on this machine.
        """
        encoder = Encoder.load(read_manifest(Path(index_dir)).model.name, device=device)
        return cls(Index.open(index_dir, encoder), encoder, generator)

    @property
    def documents(self) -> Mapping[str, Document]:
        """The documents by id, in source order."""
        return self._snapshot.index.documents

    @property
    def clauses(self) -> Mapping[str, Clause]:
        """The clauses and paragraph units by id, in source order."""
        return self._snapshot.index.clauses

    def clause(self, clause_id: str) -> Clause:
        """Looks up a clause or paragraph unit.

        Raises:
            PolicyQAError: if there is none with this id.
        """
        found = self._snapshot.index.clauses.get(clause_id)
        if found is None:
            raise PolicyQAError(f"There is no clause with the id {clause_id[:100]!r}")
        return found

    def children(self, clause_id: str) -> tuple[Clause, ...]:
        """The units right below a clause, its paragraph units included, in source order."""
        return self._snapshot.index.children(clause_id)

    def reload_if_changed(self) -> bool:
        """Opens the index anew where it has changed on disk.

        Returns:
            Whether it had changed.

        Raises:
            PolicyQAError: if the new state cannot be opened; the old one goes on answering.
        """
        with self._reloading:
            held = self._snapshot.index
            if read_manifest(held.folder).generation == held.manifest.generation:
                return False
            self._snapshot = _snapshot(Index.open(held.folder, self._encoder), self._encoder)
            return True

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
        return _candidates(ranked[: max(top, 0)], snapshot.index)

    def ask(self, question: str, history: Sequence[Turn] = (), filters: Filters | None = None) -> Answer:
        """Answers a question.

        Args:
            question: what the person typed.
            history: the dialogue's earlier turns, the oldest first.
            filters: what the answer is limited to, and the day of asking.

        Returns:
            The answer: statements with their citations, a refusal, or a greeting returned.

        Raises:
            PolicyQAError: if the question is empty or too long.
        """
        started, processor = time.perf_counter(), time.process_time()
        snapshot = self._snapshot
        filters = filters or Filters()
        marks = [("", started)]
        query = understand(clean_question(question), history[-_TURNS_READ:], snapshot.gazetteer)
        marks.append(("understand", time.perf_counter()))
        answer = self._answer(query, filters, snapshot, marks)
        return replace(
            answer,
            latency_ms=(time.perf_counter() - started) * 1e3,
            cpu_ms=(time.process_time() - processor) * 1e3,
            timings={name: (end - start) * 1e3 for (_, start), (name, end) in pairwise(marks)},
        )

    def stream(
        self, question: str, history: Sequence[Turn] = (), filters: Filters | None = None
    ) -> Iterator[Answer]:
        """Answers a question bit by bit.

        Args:
            question: what the person typed.
            history: the dialogue's earlier turns, the oldest first.
            filters: what the answer is limited to, and the day of asking.

        Yields:
            Growing answers: one statement more each time, and in the end the complete answer. Nothing is
            shown before it is verified.

        Raises:
            PolicyQAError: if the question is empty or too long.
        """
        answer = self.ask(question, history, filters)
        for count in range(1, len(answer.statements)):
            yield replace(answer, statements=answer.statements[:count], related=(), notes=())
        yield answer

    def _answer(
        self, query: Query, filters: Filters, snapshot: _Snapshot, marks: list[tuple[str, float]]
    ) -> Answer:
        blank = Answer(
            question=query.question,
            language=query.language,
            standalone_question=query.standalone,
            generator=self._generator.name,
        )
        if query.smalltalk:
            return replace(blank, reply=small_talk_reply(query))
        index = snapshot.index
        as_of = filters.as_of or date.today()
        ranked = snapshot.retriever.rank(query, filters, as_of)
        marks.append(("retrieve", time.perf_counter()))
        blank = replace(blank, retrieved=_candidates(ranked[:CANDIDATES], index))
        scope = within_scope(query, ranked, index)
        grounds = judge(query, ranked, scope, index)
        marks.append(("judge", time.perf_counter()))
        if grounds is not None:
            return replace(blank, refusal=_refusal(query, grounds, scope or ranked, index, as_of))
        scope = answering(query, scope, index)
        draft = self._generator.compose(query, scope[:CANDIDATES], index, as_of)
        marks.append(("compose", time.perf_counter()))
        kept = verify(draft, index, query).draft
        marks.append(("verify", time.perf_counter()))
        if not kept.statements:
            return replace(blank, refusal=_refusal(query, Grounds.NOTHING, scope, index, as_of))
        return replace(
            blank,
            statements=kept.statements,
            citations=kept.citations,
            related=kept.related,
            notes=(*kept.notes, *scope_notes(query, kept.citations, len(index.documents))),
        )


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


def _snapshot(index: Index, encoder: Encoder) -> _Snapshot:
    return _Snapshot(index, Gazetteer(tuple(index.documents.values())), Retriever(index, encoder))


def _candidates(ranked: Sequence[Ranked], index: Index) -> tuple[Candidate, ...]:
    found = ((r, index.clauses[r.clause_id]) for r in ranked)
    return tuple(Candidate(c.id, c.document, c.text, round(r.score, 4)) for r, c in found)


def _refusal(query: Query, grounds: Grounds, ranked: Sequence[Ranked], index: Index, as_of: date) -> Refusal:
    """A refusal that names the nearest clauses, unless nothing in the question is about the documents."""
    nearest = []
    for r in ranked[:_NEAREST] if grounds.hints else ():
        words = index.clauses[r.clause_id].text[:_HINT_CHARACTERS]
        nearest.append(cite(index, r.clause_id, (words,), as_of, query.language))
    return Refusal(reason_for(query, grounds), tuple(nearest))
