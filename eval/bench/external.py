"""How well foreign texts are searched: ``python -m eval.bench.external [--shared DIR]``.

Questions and passages that no one here wrote go the product's whole way, each passage a document of a
``.jsonl`` source: no enrichment, no places. A document counts as found at the rank of its first candidate.
BM25 over whole passages, with the same tokens, stands beside it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from corpus.collection import load_sources
from embeddings.build import build_index
from embeddings.encoder import Encoder
from embeddings.tokens import lexical_tokens
from eval.bench.machine import describe_machine
from eval.bench.model import BM25, SHARED, Task, read_foreign_tasks, recall
from rag.engine import PolicyQA

_CANDIDATES = 60  # of which the first of each document count


def index_passages(passages: Sequence[str], folder: Path) -> PolicyQA:
    """Indexes passages as documents of their own, as ``policyqa index build --source`` does.

    Args:
        passages: the texts; each becomes a document with its number as id.
        folder: an empty folder.

    Returns:
        An engine over them.
    """
    source = folder / "passages.jsonl"
    rows = (json.dumps({"id": str(n), "title": "", "text": text}) for n, text in enumerate(passages))
    source.write_text("\n".join(rows) + "\n", encoding="utf-8")
    build_index(load_sources([source]), folder / "index", Encoder.load())
    return PolicyQA.from_path(folder / "index")


def product_scores(engine: PolicyQA, task: Task) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """A score for every question and passage: the first document found gets the highest."""
    scores = np.zeros((len(task.questions), len(task.passages)))
    for row, question in enumerate(task.questions):
        found = dict.fromkeys(c.document for c in engine.search(question, _CANDIDATES))
        for rank, document in enumerate(found):
            scores[row, int(document)] = 1 / (1 + rank)
    return scores


def main() -> None:
    """Prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED, help="where eval/ and training/ lie")
    arguments = parser.parse_args()
    print("\n".join(describe_machine()) + "\n")
    print("| questions | passages | BM25 | search | ms a question |\n|---|---|---|---|---|")
    for task in read_foreign_tasks(arguments.shared):
        bm25 = BM25(task.passages)
        plain = np.array([bm25.score(dict.fromkeys(lexical_tokens(q), 1.0)) for q in task.questions])
        with tempfile.TemporaryDirectory() as folder:
            engine = index_passages(task.passages, Path(folder))
            start = time.perf_counter()
            found = product_scores(engine, task)
            each = (time.perf_counter() - start) / len(task.questions) * 1e3
        cells = [f"{task.name} @{task.k}, {len(task.questions)}", f"{len(task.passages):,}"]
        cells += [f"{recall(scores, task.wanted, task.k):.3f}" for scores in (plain, found)]
        print("|", " | ".join([*cells, f"{each:.1f}"]), "|", flush=True)


if __name__ == "__main__":
    main()
