"""Giving documents of an index other enrichment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from corpus.enrichment import fit_enrichment
from corpus.errors import PolicyQAError
from corpus.types import Enrichment
from embeddings.parts import DocumentEncoder, Parts, embed
from embeddings.segment import read_documents
from embeddings.writer import changing, require_fitting, settled


def enrich_document(
    document: str, entries: Sequence[Enrichment], index_dir: str | Path, encoder: DocumentEncoder
) -> int:
    """Gives a document of an index the words by which people look for its clauses.

    Whatever enrichment it had is replaced. Its passages keep their vectors; only the new words are embedded.

    Args:
        document: id of the document.
        entries: the enrichment of its clauses and paragraph units.
        index_dir: the folder of an index built with the same model.
        encoder: the model.

    Returns:
        How many entries fit the words that the document has now, and were written.

    Raises:
        PolicyQAError: if there is no index or no such document, or it cannot be written.
    """
    with changing(Path(index_dir)) as change:
        old = require_fitting(change, encoder)
        holding = next((info for info in old.segments if document in info.live), None)
        if holding is None:
            raise PolicyQAError(f"The index in {change.folder} holds no document {document}")
        held = read_documents(change.folder, holding, {document})
        fitting, _ = fit_enrichment(entries, held.clauses)
        parts = Parts(held.documents, held.clauses, held.passages, tuple(fitting.values()))
        content, _ = embed(parts, encoder, [held], None)
        segments = [info.without({document}) for info in old.segments]
        change.commit(replace(old, segments=settled(change, [*segments, change.write(content)])))
    return len(fitting)
