"""What the built-in model adds to BM25: ``python -m eval.bench.model [--model FOLDER] [--shared DIR]``.

Every figure is the share of what was to be found among the first k: of XQuAD's passages, of the articles
that answer the held-out fifth of STARD's training questions, and of the compendium's clauses that hold the
evidence of the development questions. BM25 and the vectors are fused with one fixed weight everywhere.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.collection import shipped_corpus
from corpus.text import fold, squash
from embeddings.encoder import Encoder
from embeddings.gloss import Glossary
from embeddings.model_folder import BUILTIN
from embeddings.tokens import lexical_tokens
from embeddings.training.sources import read_questions

Scores = npt.NDArray[np.floating[Any]]
DENSE_SHARE = 0.4
SHARED = Path(__file__).resolve().parents[3] / "shared"


@dataclass(frozen=True, slots=True)
class Task:
    """Questions to find passages for.

    Attributes:
        name: what it is.
        k: how many of the first passages count.
        passages: the texts to search.
        questions: the questions.
        wanted: for each question groups of passage numbers; one of each group is to be found.
    """

    name: str
    k: int
    passages: list[str]
    questions: list[str]
    wanted: list[list[set[int]]]


def read_tasks(shared: Path) -> Iterator[Task]:
    """The five tasks, from the files beside the project."""
    yield from read_foreign_tasks(shared)
    yield from _read_development(shared / "eval")


def read_foreign_tasks(shared: Path) -> Iterator[Task]:
    """The tasks whose texts are not the compendium's."""
    yield from _read_xquad(shared / "eval" / "xquad-zh-en.jsonl.gz")
    yield _read_stard(shared / "training")


def _read_xquad(path: Path) -> Iterator[Task]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    passages = [record["passage_zh"] for record in records]
    asked = [(number, question) for number, record in enumerate(records) for question in record["questions"]]
    wanted = [[{number}] for number, _ in asked]
    yield Task("XQuAD en→zh", 10, passages, [question["en"] for _, question in asked], wanted)
    yield Task("XQuAD zh→zh", 1, passages, [question["zh"] for _, question in asked], wanted)


def _read_stard(folder: Path) -> Task:
    held_out = read_questions(folder, held_out=True)
    everything = held_out + read_questions(folder, held_out=False)
    articles = sorted({article for _, found in everything for article in found})
    numbers = {article: number for number, article in enumerate(articles)}
    wanted = [[{numbers[article]} for article in found] for _, found in held_out]
    return Task("STARD held out", 10, articles, [question for question, _ in held_out], wanted)


def _read_development(folder: Path) -> Iterator[Task]:
    clauses = [clause for clause in shipped_corpus().clauses if clause.text]
    squashed = [squash(clause.text) for clause in clauses]
    passages = [f"{clause.zone} {' '.join(clause.path)} {clause.text}" for clause in clauses]
    paths = sorted(folder.glob("P*.jsonl"))
    records = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    for language in ("en", "zh"):
        asked = [record for record in records if record["lang"] == language and record.get("evidence")]
        wanted = [[_holding(group, squashed) for group in record["evidence"]] for record in asked]
        questions = [record["question"] for record in asked]
        yield Task(f"development {language}", 5, passages, questions, wanted)


def _holding(group: Mapping[str, Any], texts: Sequence[str]) -> set[int]:
    quotes = [squash(alternative["quote"]) for alternative in group["any_of"]]
    return {number for number, text in enumerate(texts) if any(quote in text for quote in quotes)}


class BM25:
    """BM25 over the lexical index's own tokens, with a weight for each token of the question."""

    def __init__(self, passages: Sequence[str], k1: float = 1.2, b: float = 0.75) -> None:
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        counted = [Counter(lexical_tokens(passage)) for passage in passages]
        lengths = [counts.total() for counts in counted]
        mean = sum(lengths) / len(lengths)
        for number, (counts, length) in enumerate(zip(counted, lengths, strict=True)):
            for token, count in counts.items():
                gain = count * (k1 + 1) / (count + k1 * (1 - b + b * length / mean))
                self._postings[token].append((number, gain))
        self._size = len(passages)

    def score(self, tokens: Mapping[str, float]) -> Scores:
        """The score of every passage for weighted tokens."""
        scores = np.zeros(self._size)
        for token, weight in tokens.items():
            postings = self._postings.get(token, [])
            rarity = math.log(1 + (self._size - len(postings) + 0.5) / (len(postings) + 0.5))
            for number, gain in postings:
                scores[number] += weight * rarity * gain
        return scores


def measure(task: Task, encoder: Encoder, glossary: Glossary) -> dict[str, float]:
    """Recall of each way of searching: BM25, with glosses, the vectors, and both fused."""
    bm25 = BM25(task.passages)
    plain = np.array([bm25.score(dict.fromkeys(lexical_tokens(q), 1.0)) for q in task.questions])
    glossed = np.array([bm25.score(glossary.search_tokens(question)) for question in task.questions])
    passages = encoder.encode_document([fold(passage) for passage in task.passages])
    dense = encoder.encode_query([fold(question) for question in task.questions]) @ passages.T
    ways = {
        "BM25": plain,
        "dense": dense,
        "BM25 + dense": fuse(plain, dense),
        "glossed BM25": glossed,
        "glossed BM25 + dense": fuse(glossed, dense),
    }
    return {way: recall(scores, task.wanted, task.k) for way, scores in ways.items()}


def fuse(lexical: Scores, dense: Scores) -> Scores:
    """The convex sum of both scores, each scaled to 0…1 for each question."""
    fused: Scores = (1 - DENSE_SHARE) * _scaled(lexical) + DENSE_SHARE * _scaled(dense)
    return fused


def _scaled(scores: Scores) -> Scores:
    low, high = scores.min(axis=1, keepdims=True), scores.max(axis=1, keepdims=True)
    scaled: Scores = (scores - low) / np.maximum(high - low, 1e-12)
    return scaled


def recall(scores: Scores, wanted: Sequence[Sequence[set[int]]], k: int) -> float:
    """The mean share of each question's groups of which one passage is among the first k."""
    first = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    shares = [
        float(np.mean([bool(group & set(found)) for group in groups]))
        for found, groups in zip(first.tolist(), wanted, strict=True)
    ]
    return float(np.mean(shares))


def main() -> None:
    """Prints the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default=BUILTIN, help="a static model's folder")
    parser.add_argument("--shared", type=Path, default=SHARED, help="where eval/ and training/ lie")
    arguments = parser.parse_args()
    encoder = Encoder.load(arguments.model)
    glossary = Glossary(encoder)
    for position, task in enumerate(read_tasks(arguments.shared)):
        figures = measure(task, encoder, glossary)
        if position == 0:
            print("| task | questions |", " | ".join(figures), "|")
            print("|---|---|" + "---|" * len(figures))
        cells = " | ".join(f"{figure:.3f}" for figure in figures.values())
        print(f"| {task.name} @{task.k} | {len(task.questions)} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
