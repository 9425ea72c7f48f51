"""BM25 as sparse vectors: for engines that multiply vectors but do not know our tokens.

A passage's vector holds for each of its words how much it counts there, a question's how rare the word is;
their product is the BM25 score (Robertson and Zaragoza, 2009) with the constants that Lucene and tantivy use.
A word is numbered by its place in one sorted table of hashes, which also holds how many passages have it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from embeddings.lexical import FIELDS

TokenRow = Mapping[str, Sequence[str]]
SparseVector = dict[int, float]

_K1, _B = 1.2, 0.75


class WordTable:
    """The words of one segment by field, with how many of its passages have each.

    Attributes:
        passages: how many passages were counted.
    """

    def __init__(self, table: npt.NDArray[np.uint64], passages: int) -> None:
        """Joins (2, words) sorted hashes and counts with the number of passages."""
        self._hashes, self._having = table
        self.passages = passages

    @classmethod
    def open(cls, path: Path, passages: int) -> WordTable:
        """Opens a file of ``write_words``, mapped.

        Raises:
            ValueError: if the file is not one.
        """
        return cls(np.load(path, mmap_mode="r"), passages)

    def number(self, field: str, term: str) -> int | None:
        """The number of a word in a field; None where no passage has it."""
        wanted = _hash(field, term)
        place = int(np.searchsorted(self._hashes, wanted))
        return place if place < len(self._hashes) and self._hashes[place] == wanted else None

    def having(self, field: str, term: str) -> int:
        """How many passages have a word in a field."""
        place = self.number(field, term)
        return 0 if place is None else int(self._having[place])


def write_words(
    path: Path, rows: Callable[[], Iterable[TokenRow]], averages: Mapping[str, float] | None
) -> tuple[dict[str, float], Iterator[SparseVector]]:
    """Writes the words of a segment and weighs them.

    Args:
        path: the file to write.
        rows: gives for every passage in order its tokens by field; called twice.
        averages: the average length of each field in the collection; None measures these rows.

    Returns:
        The average lengths used, in tokens, and a vector for every passage.
    """
    having: Counter[tuple[str, str]] = Counter()
    lengths: Counter[str] = Counter()
    passages = 0
    for row in rows():
        passages += 1
        for field, tokens in row.items():
            lengths[field] += len(tokens)
            having.update((field, token) for token in set(tokens))
    used = dict(averages or {field: lengths[field] / max(passages, 1) for field in FIELDS})
    hashes = np.array([_hash(*word) for word in having], dtype=np.uint64)
    order = np.argsort(hashes)
    counts = np.fromiter(having.values(), dtype=np.uint64, count=len(having))
    np.save(path, np.stack([hashes[order], counts[order]]))
    words = list(having)
    numbers = {words[place]: number for number, place in enumerate(order.tolist())}
    return used, (_weigh(row, numbers, used) for row in rows())


def _weigh(
    row: TokenRow, numbers: Mapping[tuple[str, str], int], averages: Mapping[str, float]
) -> SparseVector:
    vector = {}
    for field, tokens in row.items():
        # An average of zero is that of a field which is empty everywhere.
        norm = _K1 * (1 - _B + _B * len(tokens) / (averages[field] or 1))
        for token, count in Counter(tokens).items():
            vector[numbers[field, token]] = count * (_K1 + 1) / (count + norm)
    # An engine may refuse an empty vector: this is a word that no question has.
    return vector or {len(numbers): 1.0}


def rarity(tables: Sequence[WordTable], field: str, term: str) -> float:
    """A word's idf over several segments: ln(1 + (N - n + 0.5) / (n + 0.5)), n of N passages having it."""
    having = sum(table.having(field, term) for table in tables)
    passages = sum(table.passages for table in tables)
    return math.log(1 + (passages - having + 0.5) / (having + 0.5))


def question_vectors(
    tables: Sequence[WordTable], terms: Sequence[tuple[str, float]], fields: Mapping[str, float]
) -> list[SparseVector]:
    """A question as one vector for each segment; empty where the segment has none of its words.

    Args:
        tables: the segments' words.
        terms: tokens with weights; those without weight are left out.
        fields: weights of the fields to look in.
    """
    vectors: list[SparseVector] = [defaultdict(float) for _ in tables]
    for field, boost in fields.items():
        for term, weight in terms:
            if weight * boost <= 0:
                continue
            value = weight * boost * rarity(tables, field, term)
            for table, vector in zip(tables, vectors, strict=True):
                if (number := table.number(field, term)) is not None:
                    vector[number] += value
    return [dict(vector) for vector in vectors]


def _hash(field: str, term: str) -> np.uint64:
    digest = blake2b(f"{field}\n{term}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "big"))
