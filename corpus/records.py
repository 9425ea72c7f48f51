"""A corpus as records on disk: one JSON object a line."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from corpus.errors import SourceError
from corpus.types import (
    Clause,
    ClauseKind,
    Contact,
    Corpus,
    Document,
    Number,
    Reference,
    SkippedFile,
    Span,
)

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


def dump_records(corpus: Corpus, folder: Path) -> None:
    """Writes a corpus as ``documents.jsonl``, ``clauses.jsonl`` and ``skipped.jsonl``.

    Each file is written beside its place and moved there when it is whole.

    Args:
        corpus: any corpus.
        folder: made where it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_rows(folder / "documents.jsonl", map(document_row, corpus.documents))
    _write_rows(folder / "clauses.jsonl", map(asdict, corpus.clauses))
    _write_rows(folder / "skipped.jsonl", map(asdict, corpus.skipped))


def _write_rows(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogatepass") as file:
            for row in rows:
                file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load_records(folder: Path) -> Corpus:
    """Reads what :func:`dump_records` wrote.

    Args:
        folder: where the records lie.

    Returns:
        The same corpus.

    Raises:
        SourceError: where a file is missing or is not what was written.
    """
    try:
        return Corpus(
            documents=tuple(_to_document(row) for row in _read_rows(folder / "documents.jsonl")),
            clauses=tuple(_to_clause(row) for row in _read_rows(folder / "clauses.jsonl")),
            skipped=tuple(SkippedFile(**row) for row in _read_rows(folder / "skipped.jsonl")),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{folder}: the records of the collection cannot be read ({error})") from error


def _read_rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", errors="surrogatepass") as file:
        for line in file:
            yield json.loads(line)


def _to_document(row: dict[str, Any]) -> Document:
    for name in _DATES:
        row[name] = date.fromisoformat(row[name]) if row[name] else None
    return Document(**row)


def _to_clause(row: dict[str, Any]) -> Clause:
    row["kind"] = ClauseKind(row["kind"])
    row["number"] = Number(**row["number"]) if row["number"] else None
    row["spans"] = tuple(Span(**span) for span in row["spans"])
    row["contacts"] = tuple(Contact(**contact) for contact in row["contacts"])
    row["references"] = tuple(Reference(**reference) for reference in row["references"])
    for name in ("path", "marks", "responsible"):
        row[name] = tuple(row[name])
    return Clause(**row)
