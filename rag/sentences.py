"""How near in meaning each sentence of a clause is to a question, by the built-in model.

The built-in model looks words up and runs no network, so that a hundred sentences cost a few milliseconds,
whatever model the index was built with.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np

from corpus.text import fold
from embeddings.dense import Vectors
from embeddings.encoder import Encoder
from rag.pieces import cut
from rag.types import Query

_CLAUSES_KEPT = 20_000
_LEAST_NORM = 1e-12


def question_vector(query: Query, encoder: Encoder) -> Vectors:
    """A question as one vector; one that leans on earlier questions has a share of theirs in it.

    Args:
        query: the question as understood.
        encoder: the model.

    Returns:
        (1, dimension) float32, of length 1; zeros where the model knows no word of it.
    """
    if not query.context:
        return encoder.encode_query([query.folded])
    own, context = encoder.encode_query([fold(query.question), fold(query.context)])
    both: Vectors = (own + query.lean * context)[None, :]
    return both / max(float(np.linalg.norm(both)), _LEAST_NORM)


class Nearness:
    """How near sentences are to one question."""

    def __init__(self, query: Query) -> None:
        """Encodes the question.

        Args:
            query: the question as understood.
        """
        self._vector = question_vector(query, _encoder())[0]

    def of(self, unit: str, text: str) -> list[float]:
        """Compares the pieces of a clause with the question.

        Args:
            unit: the clause's id.
            text: its text.

        Returns:
            For each piece of ``cut(unit, text)`` its cosine similarity to the question.
        """
        cosines: list[float] = (_sentence_vectors(unit, text) @ self._vector).tolist()
        return cosines


@lru_cache(maxsize=_CLAUSES_KEPT)
def _sentence_vectors(unit: str, text: str) -> Vectors:
    return _encoder().encode_document([piece.folded for piece in cut(unit, text)])


@cache
def _encoder() -> Encoder:
    return Encoder.load()
