"""Milvus searches the segments: one collection for a segment's passages, one for its wordings.

The segment's folder stays the truth: its records and vectors lie there, and ``milvus.json`` says where its
collections are. Milvus proposes rows; dense scores are computed from the folder's own vectors, as for FAISS.
A collection is never changed once written, so a manifest lists a state of Milvus as it lists files.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.errors import PolicyQAError
from embeddings.engines.sparse import TokenRow, WordTable, question_vectors, rarity, write_words
from embeddings.manifest import VectorSearch
from embeddings.neighbours import LARGEST_FLAT, Ids, RecallTrial, Vectors

if TYPE_CHECKING:
    import faiss
    from pymilvus import MilvusClient

PLACE = "milvus.json"
WORDS = "words.npy"
TOKEN = "POLICYQA_MILVUS_TOKEN"
"""The environment variable with what the server knows us by; it is never written down."""

_BATCH = 1_000
_FEWEST_CANDIDATES = 1_000
_MOST_HITS = 16_384
"""What Milvus gives at most for one question."""

_SLACK = 32
# As in ``lexical``: sums of single precision closer than this may be ties.
_DIGITS = 4
_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a segment's collections are.

    Attributes:
        uri: the server's address, or the file of a Milvus Lite.
        name: what the names of its collections begin with.
        rows: how many passages it has.
        wordings: how many wordings it has.
        averages: the average lengths of the fields that its words were weighed by.
    """

    uri: str
    name: str
    rows: int
    wordings: int
    averages: Mapping[str, float]

    @classmethod
    def read(cls, folder: Path) -> Place:
        """Reads a segment folder's ``milvus.json``.

        Raises:
            ValueError: if it is none.
        """
        try:
            return cls(**json.loads((folder / PLACE).read_bytes()))
        except TypeError as error:
            raise ValueError(str(error)) from error

    def write(self, folder: Path) -> None:
        """Writes a segment folder's ``milvus.json``."""
        (folder / PLACE).write_text(json.dumps(asdict(self)), "utf-8")

    @property
    def collections(self) -> dict[str, int]:
        """Its collections by name, with how many rows each has."""
        sizes = {f"{self.name}_passages": self.rows, f"{self.name}_wordings": self.wordings}
        return {name: rows for name, rows in sizes.items() if rows}


def parse_uri(text: str) -> str:
    """The address of a server as it is, a file's path from the root.

    Raises:
        PolicyQAError: if it holds a password, which an index would show to its readers.
    """
    if "://" not in text:
        return str(Path(text).absolute())
    if "@" in text:
        raise PolicyQAError(
            f"The address of Milvus must hold no password: put it into {TOKEN} as user:password"
        )
    return text


def write_collections(
    folder: Path,
    uri: str,
    *,
    vectors: tuple[Vectors, Ids],
    wordings: tuple[Vectors, Ids],
    words: Callable[[], Iterable[TokenRow]],
    averages: Mapping[str, float] | None,
) -> VectorSearch:
    """Brings a segment's vectors and words into Milvus; its folder is written first, so that a crash shows.

    Args:
        folder: the segment's folder.
        uri: see ``parse_uri``.
        vectors: (n, d) rows of length 1 of the passages, with the (n,) places of their documents.
        wordings: those of the wordings.
        words: gives the passages' tokens by field.
        averages: average lengths of the fields; None measures them here.

    Returns:
        How the passages' vectors are searched.

    Raises:
        PolicyQAError: if Milvus does not take them.
    """
    used, weighed = write_words(folder / WORDS, words, averages)
    place = Place(uri, f"policyqa_{uuid.uuid4().hex}", len(vectors[0]), len(wordings[0]), used)
    place.write(folder)
    with _reported(uri):
        client = _client(uri)
        _write(client, f"{place.name}_passages", *vectors, weighed)
        if place.wordings:
            _write(client, f"{place.name}_wordings", *wordings, None)
    _require(client, place)
    if vectors[0].size <= LARGEST_FLAT:
        return VectorSearch("Milvus FLAT")
    trial = RecallTrial(vectors[0], wordings[0], np.random.default_rng(0))
    recall = trial.recall(MilvusRows(place, "passages", ()))
    return VectorSearch("Milvus AUTOINDEX", candidates=_FEWEST_CANDIDATES, recall=round(recall, 4))


def _write(
    client: MilvusClient, name: str, vectors: Vectors, documents: Ids, words: Iterator[Any] | None
) -> None:
    from pymilvus import DataType

    schema = client.create_schema(auto_id=False)
    schema.add_field("row", DataType.INT64, is_primary=True)
    schema.add_field("document", DataType.INT64)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=vectors.shape[1])
    indexes = client.prepare_index_params()
    flat = vectors.size <= LARGEST_FLAT
    indexes.add_index("vector", index_type="FLAT" if flat else "AUTOINDEX", metric_type="IP")
    if words is not None:
        schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
        indexes.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
    client.create_collection(name, schema=schema)
    for start in range(0, len(vectors), _BATCH):
        chosen = range(start, min(start + _BATCH, len(vectors)))
        rows = [{"row": n, "document": int(documents[n]), "vector": vectors[n]} for n in chosen]
        if words is not None:
            for row, vector in zip(rows, itertools.islice(words, len(rows)), strict=True):
                row["words"] = vector
        client.insert(name, rows)
    # Indexed and loaded after the last row, so that whoever opens it sees them all at once.
    client.flush(name)
    client.create_index(name, indexes)
    client.load_collection(name)


def _require(client: MilvusClient, place: Place) -> None:
    """Checks that Milvus holds what was written, and makes it ready to search.

    Raises:
        PolicyQAError: if not.
    """
    for name, rows in place.collections.items():
        held = 0
        with _reported(place.uri):
            if client.has_collection(name):
                client.load_collection(name)
                (found,) = client.query(name, filter="", output_fields=["count(*)"], timeout=_TIMEOUT)
                held = found["count(*)"]
        if held != rows:
            raise PolicyQAError(
                f"Milvus at {place.uri} holds {held} of the {rows} rows of {name}: "
                "rebuild the index with `policyqa index build`"
            )


def drop_collections(folder: Path) -> None:
    """Removes the collections of a segment folder, if it has any and says where.

    Raises:
        PolicyQAError: if Milvus does not answer.
    """
    try:
        place = Place.read(folder)
    except (OSError, ValueError):
        return
    with _reported(place.uri):
        for name in place.collections:
            _client(place.uri).drop_collection(name)


class MilvusRows:
    """Proposes rows near to a question: a ``RowFinder``."""

    def __init__(self, place: Place, kind: str, gone: Sequence[int]) -> None:
        """Says where to look; Milvus is asked only when something is to be found.

        Args:
            place: where the segment's collections are.
            kind: ``passages`` or ``wordings``.
            gone: places of the documents that were removed since.
        """
        self._place, self._kind, self._filter = place, kind, _filter(gone)

    def find(self, query: Vectors, k: int, selector: faiss.IDSelector | None) -> Ids:
        """See ``Neighbours.find``; what was removed is left out by its document, not by ``selector``."""
        limit = min(max(2 * k, _FEWEST_CANDIDATES), _MOST_HITS)
        hits = _search(self._place, self._kind, "vector", query, limit, self._filter)
        return np.array([row for row, _ in hits], dtype=np.int64)


class MilvusWords:
    """All segments' words in Milvus; what ``LexicalSearcher`` is for tantivy."""

    def __init__(self, segments: Sequence[tuple[Path, int, Sequence[int]]]) -> None:
        """Opens segments.

        Args:
            segments: for each its folder, its number, and the places of its removed documents.

        Raises:
            PolicyQAError: if Milvus does not answer or does not hold them.
            ValueError: if a folder is damaged.
        """
        self._numbers = [number for _, number, _ in segments]
        self._places = [Place.read(folder) for folder, _, _ in segments]
        self._filters = [_filter(gone) for _, _, gone in segments]
        self._tables = [
            WordTable.open(folder / WORDS, place.rows)
            for (folder, _, _), place in zip(segments, self._places, strict=True)
        ]
        for place in self._places:
            with _reported(place.uri):
                client = _client(place.uri)
            _require(client, place)

    def search(
        self, terms: Sequence[tuple[str, float]], fields: Mapping[str, float], k: int
    ) -> list[tuple[float, int, int]]:
        """See ``LexicalSearcher.search``."""
        vectors = question_vectors(self._tables, terms, fields)
        found = []
        for place, number, without, vector in zip(
            self._places, self._numbers, self._filters, vectors, strict=True
        ):
            if vector and k > 0:
                hits = _with_ties(place, vector, k, without)
                found += [(round(score, _DIGITS), number, row) for row, score in hits]
        return sorted(found, key=lambda hit: -hit[0])

    def idf(self, term: str, field: str) -> float:
        """How rare a token is; see ``sparse.rarity``."""
        return rarity(self._tables, field, term)


def _with_ties(place: Place, vector: Mapping[int, float], k: int, without: str) -> list[tuple[int, float]]:
    limit = min(k + _SLACK, _MOST_HITS)
    while True:
        hits = _search(place, "passages", "words", vector, limit, without)
        if len(hits) < limit or limit == _MOST_HITS or hits[-1][1] < hits[k - 1][1] - 10**-_DIGITS:
            return hits
        limit = min(2 * limit, _MOST_HITS)


def _search(
    place: Place, kind: str, field: str, query: object, limit: int, without: str
) -> list[tuple[int, float]]:
    with _reported(place.uri):
        (hits,) = _client(place.uri).search(
            f"{place.name}_{kind}",
            [query],
            anns_field=field,
            limit=limit,
            filter=without,
            output_fields=["row"],
            search_params={"metric_type": "IP"},
            timeout=_TIMEOUT,
        )
    return [(hit["row"], hit["distance"]) for hit in hits]


def _filter(gone: Sequence[int]) -> str:
    return f"document not in {list(gone)}" if gone else ""


@cache
def _client(uri: str) -> MilvusClient:
    """One connection a process; threads share it."""
    try:
        from pymilvus import MilvusClient
    except ImportError:
        raise PolicyQAError("Milvus needs an extra: pip install 'policyqa[milvus]'") from None
    # Errors are ours to tell, in one line; Milvus Lite runs its server in this process.
    for name in ("pymilvus", "grpc._server"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return MilvusClient(uri, token=os.environ.get(TOKEN, ""), timeout=_TIMEOUT)


@contextmanager
def _reported(uri: str) -> Iterator[None]:
    """Tells what Milvus says as an error of ours."""
    try:
        yield
    except PolicyQAError:
        raise
    # Milvus Lite raises bare ones of many kinds.
    except Exception as error:
        reason = " ".join(str(getattr(error, "message", "") or error).split()) or type(error).__name__
        raise PolicyQAError(f"Milvus at {uri} does not answer as it should: {reason[:300]}") from error
