"""The vectors of one segment: a FAISS file that is mapped, not read; searched exactly, or refined by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np

from embeddings.neighbours import Ids, RowFinder, Vectors, one_thread, similarities

__all__ = ["Ids", "VectorStore", "Vectors", "write_vectors"]

_SLACK = 16
# FAISS computes one query in another order of additions than many: sums closer than this may be ties.
_NOISE = 1e-5


def write_vectors(path: Path, ids: Ids, vectors: Vectors) -> None:
    """Writes vectors under their passages' ids.

    Args:
        path: the file to write.
        ids: (n,) passage ids.
        vectors: (n, d) rows of length 1.
    """
    import faiss

    index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
    index.add_with_ids(np.ascontiguousarray(vectors), ids)
    with path.open("wb") as handle:
        # Through Python's own file, so that a full disk is an OSError.
        faiss.write_index(index, faiss.PyCallbackIOWriter(handle.write))  # type: ignore[attr-defined]


class VectorStore:
    """The vectors of one segment, some of whose passages may have been removed since.

    Attributes:
        ids: (n,) ids of all its passages, removed ones among them.
        vectors: (n, d) their vectors; a view of the mapped file.
        live: how many passages are left.
    """

    def __init__(self, path: Path, removed: Ids, neighbours: RowFinder | None = None) -> None:
        """Opens a file of ``write_vectors``.

        Args:
            path: the file.
            removed: rows that are never found.
            neighbours: proposes the rows to compare; None compares them all.

        Raises:
            RuntimeError: if the file is not one.
        """
        import faiss

        self._index = cast("Any", faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
        # Searched without its ids: rows lead to vectors and records without a look-up.
        self._flat = cast("Any", faiss.downcast_index(self._index.index))
        n, d = int(self._index.ntotal), int(self._index.d)
        self.ids: Ids = faiss.vector_to_array(self._index.id_map)
        self.vectors: Vectors = faiss.rev_swig_ptr(self._flat.get_xb(), n * d).reshape(n, d)
        self.live = n - len(removed)
        # FAISS keeps no hold on the selectors it is given: they must live as long as the store.
        self._removed = faiss.IDSelectorBatch(removed)
        self._left = faiss.IDSelectorNot(self._removed) if len(removed) else None
        self._neighbours = neighbours

    def search(self, query: Vectors, k: int) -> tuple[Vectors, Ids]:
        """Finds the passages nearest to one question.

        Args:
            query: (d,) a vector of length 1.
            k: how many to find, at least 1.

        Returns:
            Cosine similarities and passage ids of at least ``k`` passages, as far as there are so many,
            and of the ties of the last one; in no certain order. An approximate search may miss some.
        """
        if not self.live:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        rows = self._refined(self._neighbours, query, k) if self._neighbours else self._nearest(query, k)
        # Equal vectors must score equal wherever they stand, or ties would be broken by chance.
        exact = (self.vectors[rows].astype(np.float64) * query).sum(axis=1)
        return exact.astype(np.float32), self.ids[rows]

    def _nearest(self, query: Vectors, k: int) -> Ids:
        import faiss

        params = faiss.SearchParameters(sel=self._left) if self._left else None  # type: ignore[call-arg]
        fetched = min(k + _SLACK, self.live)
        with one_thread():
            scores, rows = self._flat.search(query[None], fetched, params=params)
            while fetched < self.live and scores[0, -1] >= scores[0, k - 1] - _NOISE:
                fetched = min(2 * fetched, self.live)
                scores, rows = self._flat.search(query[None], fetched, params=params)
        found: Ids = rows[0]
        return found

    def _refined(self, neighbours: RowFinder, query: Vectors, k: int) -> Ids:
        rows = neighbours.find(query, k, self._left)
        # As many as ``_nearest`` brings.
        wanted = k + _SLACK
        if len(rows) <= wanted:
            return rows
        scores = similarities(self.vectors[rows], query)
        near: Ids = rows[scores >= np.partition(scores, -wanted)[-wanted] - _NOISE]
        return near
