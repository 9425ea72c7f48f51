"""The vectors of one segment: a FAISS file, searched exactly and read without being copied into memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

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

    def __init__(self, path: Path, removed: Ids) -> None:
        """Opens a file of ``write_vectors``.

        Args:
            path: the file.
            removed: ids of passages that are never found.

        Raises:
            RuntimeError: if the file is not one.
        """
        import faiss

        self._index = cast("Any", faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))
        flat = cast("Any", faiss.downcast_index(self._index.index))
        n, d = int(self._index.ntotal), int(self._index.d)
        self.ids: Ids = faiss.vector_to_array(self._index.id_map)
        self.vectors: Vectors = faiss.rev_swig_ptr(flat.get_xb(), n * d).reshape(n, d)
        self.live = n - len(removed)
        # FAISS keeps no hold on the selectors it is given: they must live as long as the store.
        self._removed = faiss.IDSelectorBatch(removed)
        self._left = faiss.IDSelectorNot(self._removed)
        self._params = (
            faiss.SearchParameters(sel=self._left)  # type: ignore[call-arg]
            if len(removed)
            else None
        )
        self._row = {int(passage): row for row, passage in enumerate(self.ids)}

    def rows(self, ids: Sequence[int]) -> Vectors:
        """The (len(ids), d) vectors of some of its passages."""
        return self.vectors[[self._row[passage] for passage in ids]]

    def search(self, query: Vectors, k: int) -> list[tuple[float, int]]:
        """Finds the passages nearest to one question.

        Args:
            query: (d,) a vector of length 1.
            k: how many to find.

        Returns:
            At least ``k`` pairs of cosine similarity and passage id, as far as there are so many: ties
            with the last one are among them. In no certain order.
        """
        fetched = min(k + _SLACK, self.live)
        while fetched:
            scores, ids = self._index.search(query[None], fetched, params=self._params)
            if fetched == self.live or scores[0, -1] < scores[0, k - 1] - _NOISE:
                break
            fetched = min(2 * fetched, self.live)
        else:
            return []
        # Equal vectors must score equal wherever they stand, or ties would be broken by chance.
        found = self.rows(ids[0].tolist()).astype(np.float64)
        exact = (found * query.astype(np.float64)).sum(axis=1).astype(np.float32)
        return list(zip(exact.tolist(), ids[0].tolist(), strict=True))
