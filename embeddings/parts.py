"""What is to be indexed, checked to hang together, and its vectors, as many as possible from before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from corpus.errors import PolicyQAError
from corpus.types import Clause, Document, Passage
from embeddings.dense import Vectors
from embeddings.manifest import NamedModel
from embeddings.segment import Content, Segment

Progress = Callable[[int, int], None]


class DocumentEncoder(NamedModel, Protocol):
    """A model that turns passages into vectors; ``embeddings.encoder.Encoder`` is one."""

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encodes n passages as (n, dimension) float32 rows of length 1."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Documents with their clauses and passages, in source order."""

    documents: Sequence[Document]
    clauses: Sequence[Clause]
    passages: Sequence[Passage]

    def checked(self) -> Parts:
        """Itself, if every id is there once and whatever it names is there.

        Raises:
            PolicyQAError: if not, or if there is nothing to search for.
        """
        for kind, ids in (
            ("document", [document.id for document in self.documents]),
            ("clause", [clause.id for clause in self.clauses]),
            ("passage", [passage.id for passage in self.passages]),
        ):
            if len(set(ids)) < len(ids):
                raise PolicyQAError(f"Two {kind}s have the id {Counter(ids).most_common(1)[0][0]}")
        documents = {document.id for document in self.documents}
        if stray := next((c for c in self.clauses if c.document not in documents), None):
            raise PolicyQAError(f"The clause {stray.id} belongs to an unknown document {stray.document}")
        clauses = {clause.id for clause in self.clauses}
        if lost := next((p for p in self.passages if p.clause not in clauses), None):
            raise PolicyQAError(f"The passage {lost.id} belongs to an unknown clause {lost.clause}")
        if not self.passages:
            raise PolicyQAError("There is nothing to index: no document has a clause with words")
        return self


def embedded_text(passage: Passage) -> str:
    """What the model is given for a passage: its context, then its words."""
    return f"{passage.context}\n{passage.text}" if passage.context else passage.text


def embed(
    parts: Parts, encoder: DocumentEncoder, known: Iterable[Segment], progress: Progress | None
) -> tuple[Content, int]:
    """Gives every passage its vector; only those that are new or changed go through the model.

    Args:
        parts: what is to be indexed.
        encoder: the model.
        known: segments with vectors of the same model.
        progress: called with (passages embedded, passages to embed).

    Returns:
        The parts with their vectors, and how many passages were embedded.

    Raises:
        PolicyQAError: if the model gives no usable vectors.
    """
    stored = {
        passage: segment.store.vectors[row]
        for segment in known
        for row, passage in enumerate(segment.rows)
        if passage
    }
    vectors = np.zeros((len(parts.passages), encoder.dimension), dtype=np.float32)
    fresh = []
    for row, passage in enumerate(parts.passages):
        if (vector := stored.get(passage)) is not None:
            vectors[row] = vector
        else:
            fresh.append(row)
    if fresh:
        given = encoder.encode_document([embedded_text(parts.passages[row]) for row in fresh], progress)
        if given.shape != (len(fresh), encoder.dimension) or not np.isfinite(given).all():
            raise PolicyQAError(
                f"The model {encoder.name} gave no usable vectors: shape {given.shape}, or not all numbers"
            )
        vectors[fresh] = given
    return Content(parts.documents, parts.clauses, parts.passages, vectors), len(fresh)
