"""Clauses and documents as rows of the batch contract, ready for JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from corpus.types import Clause, Document

_DATES = ("issued", "effective", "expires")


def clause_row(clause: Clause) -> dict[str, Any]:
    """A clause as the batch contract shows it.

    Args:
        clause: any clause.

    Returns:
        ``id, kind, document, title, zone, path, label, text, spans``, ready for JSON.
    """
    return {
        "id": clause.id,
        "kind": str(clause.kind),
        "document": clause.document,
        "title": clause.title,
        "zone": clause.zone,
        "path": list(clause.path),
        "label": clause.label,
        "text": clause.text,
        "spans": [[span.start, span.end] for span in clause.spans],
    }


def document_row(document: Document) -> dict[str, Any]:
    """A document as the batch contract shows it.

    Args:
        document: any document.

    Returns:
        Every field of the record, ready for JSON; dates as ISO strings or None.
    """
    row = asdict(document)
    for name in _DATES:
        row[name] = row[name].isoformat() if row[name] else None
    return row
