"""Simpler systems on the same questions through the same scorers, so that one run gives the whole table.

Each cites the first thing that it finds, as it is, and never refuses; a turn of a dialogue stands alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpus.text import fold, squash
from corpus.types import ClauseKind
from embeddings.encoder import Encoder
from embeddings.index import Index
from embeddings.manifest import read_manifest
from eval.answers import Progress
from eval.bench.ablation import BM25, DENSE, Step, make_ranker
from eval.scorers import Reference, Score, score_answer
from eval.sets import Gold

CHUNK = 500
"""Characters of a chunk of the usual tutorial pipeline."""

_OVERLAP = 50
_KEPT = 20
STEPS = {"BM25 only": BM25, "dense only": DENSE}
CHUNKS = f"chunks of {CHUNK}"
LENIENT = "chunks, lenient"


@dataclass(frozen=True, slots=True)
class Found:
    """What a system retrieves: a clause or a chunk."""

    id: str
    document: str
    text: str


Search = Callable[[str], Sequence[Found]]


def run_baselines(
    index_dir: Path, golds: Sequence[Gold], progress: Progress | None = None
) -> dict[str, list[Score]]:
    """Answers and scores the questions by each simpler system.

    Args:
        index_dir: the index whose documents are asked about.
        golds: the questions.
        progress: called with the number of answers done and of all.

    Returns:
        System name to scores. The chunks appear twice: by the clause rule, by which a text that is not a
        clause's supports nothing, and leniently, by which a chunk that holds the quote does.
    """
    encoder = Encoder.load(read_manifest(index_dir).model.name)
    index = Index.open(index_dir, encoder)
    chunks = cut_chunks(index)
    clauses = Reference.of(index.documents, index.clauses)
    lenient = Reference({c.id: squash(c.text) for c in chunks}, clauses.numbers, clauses.zones)
    systems = [(name, search_clauses(step, index, encoder), {name: clauses}) for name, step in STEPS.items()]
    systems.append((CHUNKS, search_chunks(chunks, encoder), {CHUNKS: clauses, LENIENT: lenient}))
    total = len(systems) * len(golds)
    scores: dict[str, list[Score]] = {}
    for number, (_, search, references) in enumerate(systems):
        for done, gold in enumerate(golds, 1):
            row = answer_as_found(gold, search)
            for name, reference in references.items():
                scores.setdefault(name, []).append(score_answer(gold, row, reference))
            if progress:
                progress(number * len(golds) + done, total)
    return scores


def search_clauses(step: Step, index: Index, encoder: Encoder) -> Search:
    """The product's own retriever with all but one of its parts switched off."""
    rank = make_ranker(step, index, encoder)

    def search(question: str) -> list[Found]:
        found = [index.clauses[ranked.clause_id] for ranked in rank(question)[:_KEPT]]
        return [Found(clause.id, clause.document, clause.text) for clause in found]

    return search


def search_chunks(chunks: Sequence[Found], encoder: Encoder) -> Search:
    """Chunks by the cosine similarity of their vectors."""
    vectors = encoder.encode_document([fold(chunk.text) for chunk in chunks])

    def search(question: str) -> list[Found]:
        similar = vectors @ encoder.encode_query([fold(question)])[0]
        return [chunks[n] for n in np.argsort(-similar, kind="stable")[:_KEPT]]

    return search


def cut_chunks(index: Index) -> list[Found]:
    """Each document's text in pieces of a fixed length, wherever that falls.

    The text is the mended one, without captions and page footers, which favours the chunks.
    """
    return [chunk for document in index.documents for chunk in _chunks_of(document, index)]


def _chunks_of(document: str, index: Index) -> Iterator[Found]:
    units = (c for c in index.clauses_of(document) if c.kind is not ClauseKind.PARAGRAPH)
    text = "\n".join(unit.text for unit in units)
    for start in range(0, max(1, len(text) - _OVERLAP), CHUNK - _OVERLAP):
        yield Found(f"{document}#{start}", document, text[start : start + CHUNK])


def answer_as_found(gold: Gold, search: Search) -> dict[str, Any]:
    """A row of the batch contract that cites and says the first thing found."""
    started, processor = time.perf_counter(), time.process_time()
    found = search(gold.question)
    cited = [{"clause_id": f.id, "document": f.document, "text": f.text, "quote": f.text} for f in found[:1]]
    return {
        "id": gold.id,
        "answer": "".join(citation["text"] for citation in cited),
        "refused": False,
        "citations": cited,
        "statements": [{"text": citation["text"], "citations": [1]} for citation in cited],
        "retrieved": [{"clause_id": f.id, "document": f.document, "text": f.text} for f in found],
        "latency_ms": (time.perf_counter() - started) * 1e3,
        "cpu_ms": (time.process_time() - processor) * 1e3,
    }
