"""What is to be indexed, checked to hang together, and its vectors, as many as possible from before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from corpus.enrichment import fit_enrichment
from corpus.errors import PolicyQAError
from corpus.text import fold
from corpus.types import Clause, Document, Enrichment, Passage
from embeddings.dense import Vectors
from embeddings.manifest import NamedModel
from embeddings.segment import Content

Progress = Callable[[int, int], None]


class DocumentEncoder(NamedModel, Protocol):
    """A model that turns passages into vectors; ``embeddings.encoder.Encoder`` is one."""

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encodes n passages as (n, dimension) float32 rows of length 1."""

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encodes n questions as (n, dimension) float32 rows of length 1."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Documents with their clauses, passages and enrichment, in source order."""

    documents: Sequence[Document]
    clauses: Sequence[Clause]
    passages: Sequence[Passage]
    enrichment: Sequence[Enrichment] = ()

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
        if astray := next((e for e in self.enrichment if e.id not in clauses), None):
            raise PolicyQAError(f"There is no clause {astray.id} for its enrichment")
        if not self.passages:
            raise PolicyQAError("There is nothing to index: no document has a clause with words")
        return self


def with_earlier_entries(
    entries: Sequence[Enrichment], clauses: Sequence[Clause], before: Iterable[Content]
) -> list[Enrichment]:
    """Enrichment, and what was written earlier for documents that bring none, where the words are the same.

    Args:
        entries: what the documents bring.
        clauses: the clauses of all the documents.
        before: what may hold earlier entries.

    Returns:
        The entries, those that the documents bring first.
    """
    home = {clause.id: clause.document for clause in clauses}
    bring = {home.get(entry.id) for entry in entries}
    earlier = [entry for content in before for entry in content.enrichment]
    fitting, _ = fit_enrichment(earlier, clauses)
    return [*entries, *(entry for clause, entry in fitting.items() if home[clause] not in bring)]


def embedded_text(passage: Passage) -> str:
    """What the model is given for a passage: its context, then its words, folded like a question."""
    return fold(f"{passage.context}\n{passage.text}" if passage.context else passage.text)


def embed(
    parts: Parts, encoder: DocumentEncoder, known: Iterable[Content], progress: Progress | None
) -> tuple[Content, int]:
    """Gives every passage its vector; only those that are new or changed go through the model.

    Args:
        parts: what is to be indexed.
        encoder: the model.
        known: contents with vectors of the same model.
        progress: called with (passages embedded, passages to embed).

    Returns:
        The parts with their vectors, and how many passages were embedded.

    Raises:
        PolicyQAError: if the model gives no usable vectors.
    """
    passages, asked = _known_vectors(known)
    texts = [embedded_text(passage) for passage in parts.passages]
    encode = partial(encoder.encode_document, progress=progress)
    vectors, embedded = _fill(texts, passages, encode, encoder)
    wordings = [wording for entry in parts.enrichment for wording in entry.wordings]
    hints, _ = _fill(wordings, asked, encoder.encode_query, encoder)
    content = Content(parts.documents, parts.clauses, parts.passages, vectors, parts.enrichment, hints)
    return content, embedded


def _known_vectors(known: Iterable[Content]) -> tuple[dict[str, Vectors], dict[str, Vectors]]:
    """The vectors of passages and of wordings that there are already, by the text that was encoded."""
    passages: dict[str, Vectors] = {}
    wordings: dict[str, Vectors] = {}
    for content in known:
        passages |= zip(map(embedded_text, content.passages), content.vectors, strict=True)
        texts = (wording for entry in content.enrichment for wording in entry.wordings)
        wordings |= zip(texts, content.wordings, strict=True)
    return passages, wordings


def _fill(
    texts: Sequence[str],
    stored: Mapping[str, Vectors],
    encode: Callable[[Sequence[str]], Vectors],
    model: NamedModel,
) -> tuple[Vectors, int]:
    """The vectors of some texts, and how many of them were encoded now."""
    vectors = np.zeros((len(texts), model.dimension), dtype=np.float32)
    fresh = []
    for row, text in enumerate(texts):
        if (vector := stored.get(text)) is not None:
            vectors[row] = vector
        else:
            fresh.append(row)
    if fresh:
        given = encode([texts[row] for row in fresh])
        if given.shape != (len(fresh), model.dimension) or not np.isfinite(given).all():
            raise PolicyQAError(
                f"The model {model.name} gave no usable vectors: shape {given.shape}, or not all numbers"
            )
        vectors[fresh] = given
    return vectors, len(fresh)
