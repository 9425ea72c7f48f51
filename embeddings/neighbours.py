"""An approximate search for large segments: an inverted file of short codes, refined by the exact vectors.

The vectors' main axes (PCA) are cut into pairs of numbers, each pair kept as one of 16 (product
quantization of 4 bits: Jégou et al., TPAMI 2011) and compared in registers (André et al., TPAMI 2019).
Whatever they bring up is scored again from the vectors themselves: what they miss is lost, what they find
stands in its true order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from embeddings.manifest import VectorSearch

if TYPE_CHECKING:
    import faiss

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

LARGEST_FLAT = 2**24
"""Vectors of at most so many numbers in all (65,536 of 256, 16,384 of 1,024) are searched exactly."""

TARGET_RECALL = 0.97
"""What recall@10 against the exact search must reach; a build that stays below says so."""

CODES = "PCA"
"""How the kind of every index begins that this version writes and reads."""

_DEPTH = 10
_SAMPLE = 200
_LEARNT_PER_LIST = 60
_BLOCK = 50_000
_MOST_AXES = 256
_FEWEST_PROBES = 32
_FEWEST_CANDIDATES = 100


def build_neighbours(path: Path, vectors: Vectors, questions: Vectors) -> VectorSearch:
    """Writes an approximate index of some vectors, tuned until its recall is high enough.

    Args:
        path: the file to write.
        vectors: (n, d) rows of length 1; read in blocks, so that they may be mapped.
        questions: (m, d) vectors of questions to measure the recall with, beside some of the rows themselves.

    Returns:
        What was built. The recall is the lower one of the rows' and the questions'.
    """
    import faiss

    n, d = vectors.shape
    lists = 2 ** round(np.log2(n) / 2)
    axes = min(_MOST_AXES, d - d % 2)
    kind = f"{CODES}{axes},IVF{lists},PQ{axes // 2}x4fs"
    # Distances, not products: PCA moves the origin. For rows of length 1 both give the same order.
    index = cast("Any", faiss.index_factory(d, kind, faiss.METRIC_L2))
    # The nearest of many centres for many rows is what takes long, and what a GPU is good at.
    faiss.extract_index_ivf(index).clustering_index = _on_gpus(faiss.IndexFlatL2(axes))
    chance = np.random.default_rng(0)
    index.train(_sample(vectors, lists * _LEARNT_PER_LIST, chance))
    for start in range(0, n, _BLOCK):
        index.add(np.ascontiguousarray(vectors[start : start + _BLOCK]))
    trial = RecallTrial(vectors, questions, chance)
    neighbours = Neighbours(index, _FEWEST_PROBES, _FEWEST_CANDIDATES)
    while True:
        recall = trial.recall(neighbours)
        if recall >= TARGET_RECALL or neighbours.probes >= lists / 2:
            break
        neighbours = Neighbours(index, 2 * neighbours.probes, 2 * neighbours.candidates)
    with path.open("wb") as handle:
        # Through Python's own file, so that a full disk is an OSError.
        faiss.write_index(index, faiss.PyCallbackIOWriter(handle.write))  # type: ignore[attr-defined]
    return VectorSearch(kind, neighbours.probes, neighbours.candidates, round(recall, 4), path.stat().st_size)


def _on_gpus(index: Any) -> Any:  # noqa: ANN401 - FAISS has no types
    """A FAISS index on all GPUs, where FAISS was installed with them; else as it is."""
    import faiss

    gpus = getattr(faiss, "get_num_gpus", int)()
    return cast("Any", faiss).index_cpu_to_all_gpus(index) if gpus else index


class RowFinder(Protocol):
    """Proposes rows of a segment that may be near to a question."""

    def find(self, query: Vectors, k: int, selector: faiss.IDSelector | None) -> Ids:
        """See ``Neighbours.find``."""


class Neighbours:
    """An approximate index of one segment's vectors.

    Attributes:
        probes: how many lists it looks through.
        candidates: how many rows it proposes at least.
    """

    def __init__(self, index: Any, probes: int, candidates: int) -> None:  # noqa: ANN401 - FAISS has no types
        """Joins a FAISS index with how it is searched."""
        self._index = index
        self.probes = probes
        self.candidates = candidates

    @classmethod
    def open(cls, path: Path, search: VectorSearch) -> Neighbours:
        """Opens a file of ``build_neighbours``, mapped as far as FAISS can.

        Raises:
            RuntimeError: if the file is not one.
        """
        import faiss

        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        return cls(index, search.probes, search.candidates)

    def find(self, query: Vectors, k: int, selector: faiss.IDSelector | None) -> Ids:
        """Finds rows that may be among the ``k`` nearest: more than ``k``, in no certain order.

        Args:
            query: (d,) a vector of length 1.
            k: how many are wanted.
            selector: rows that may be found; None where all may.
        """
        import faiss

        inner = faiss.SearchParametersIVF(nprobe=self.probes, sel=selector)  # type: ignore[call-arg]
        params = faiss.SearchParametersPreTransform(index_params=inner)  # type: ignore[call-arg]
        with one_thread():
            _, rows = self._index.search(query[None], max(2 * k, self.candidates), params=params)
        found: Ids = rows[0][rows[0] >= 0]
        return found


def similarities(rows: Vectors, query: Vectors) -> Vectors:
    """The (n,) products of rows with a query, by one thread: BLAS would call for all of them."""
    found: Vectors = np.einsum("nd,d->n", rows, query)
    return found


class RecallTrial:
    """Questions whose true nearest rows are known, to measure what an approximate search finds of them."""

    def __init__(self, vectors: Vectors, questions: Vectors, chance: np.random.Generator) -> None:
        """Draws some of the rows and of the questions, and searches them exactly.

        Args:
            vectors: (n, d) rows of length 1.
            questions: (m, d) vectors of questions; may be empty.
            chance: what draws them.
        """
        asked = [_sample(held, _SAMPLE, chance) for held in (vectors, questions) if len(held)]
        self._vectors = vectors
        self._pairs = [(queries, _exact(vectors, queries)) for queries in asked]

    def recall(self, finder: RowFinder) -> float:
        """recall@10 once refined: the lower one of the rows' and the questions'."""
        return min(self._recall(finder, *pair) for pair in self._pairs)

    def _recall(self, finder: RowFinder, queries: Vectors, truth: Ids) -> float:
        found = 0
        for query, true in zip(queries, truth, strict=True):
            rows = finder.find(query, _DEPTH, None)
            best = rows[np.argsort(-similarities(self._vectors[rows], query), kind="stable")[:_DEPTH]]
            found += len(np.intersect1d(best, true))
        return found / truth.size


def _sample(vectors: Vectors, count: int, chance: np.random.Generator) -> Vectors:
    rows = np.sort(chance.permutation(len(vectors))[:count])
    return np.ascontiguousarray(vectors[rows])


def _exact(vectors: Vectors, queries: Vectors) -> Ids:
    """The rows nearest to each query: (m, _DEPTH)."""
    import faiss

    best = faiss.ResultHeap(len(queries), _DEPTH, keep_max=True)
    for start in range(0, len(vectors), _BLOCK):
        flat = _on_gpus(faiss.IndexFlatIP(vectors.shape[1]))
        flat.add(np.ascontiguousarray(vectors[start : start + _BLOCK]))
        scores, near = flat.search(queries, _DEPTH)
        best.add_result(scores, near + start)
    best.finalize()
    rows: Ids = best.I
    return rows


@contextmanager
def one_thread() -> Iterator[None]:
    """Keeps FAISS to one thread: to wait for others costs more than they save in a millisecond of work."""
    import faiss

    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
