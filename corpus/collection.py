"""Loads policy texts into a corpus."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

from corpus.clauses import Naming, to_clauses
from corpus.compendium import split_compendium, tidy_title, title_lines
from corpus.errors import SourceError
from corpus.layout import Line, read_lines, source_key, width
from corpus.numbering import read_mark
from corpus.outline import Unit, build_outline
from corpus.paragraphs import Piece, is_terminated
from corpus.records import clause_row, document_row, dump_records, load_records
from corpus.settle import settle
from corpus.source import Block, SourceText
from corpus.types import Clause, ClauseKind, Corpus, Document, SkippedFile

SHIPPED = "ai-policy-compendium-2022-01.txt"


def shipped_corpus() -> Corpus:
    """The compendium that ships with the project, parsed.

    Returns:
        Its documents in the compendium's order, with all their clauses.
    """
    path = Path(str(resources.files("corpus") / "data" / SHIPPED))
    return load_sources([path])


def parse_source(source: SourceText) -> Corpus:
    """Parses one source: a compendium, or a single document.

    Args:
        source: the decoded text with its blocks.

    Returns:
        Its documents and clauses; references to other documents are not resolved yet.
    """
    lines = [line for line in read_lines(source) if not line.furniture]
    compendium = split_compendium(lines)
    if compendium is None:
        return Corpus()
    slugs = _slugs(source_key(source.text))
    documents: list[Document] = []
    clauses: list[Clause] = []
    for position, part in enumerate(compendium.parts, 1):
        slug = slugs.get(part.title) or f"{position}"
        document = Document(id=slug, title=part.title, zone=part.zone, source=source.name, position=position)
        found = _parse_body(document, part.notice, part.body)
        document, found = _enrich(document, found)
        documents.append(document)
        clauses.extend(found)
    return Corpus(tuple(documents), tuple(clauses))


def _parse_body(document: Document, notice: Sequence[Line], body: Sequence[Line]) -> tuple[Clause, ...]:
    root = build_outline(body)
    settle(root)
    if notice:
        unit = Unit(ClauseKind.NOTICE, None, root)
        unit.pieces = [Piece(line.text, line, line.start, line.end) for line in notice]
        root.children.insert(0, unit)
    return tuple(to_clauses(root, Naming(document.id, document.title, document.zone)))


def _enrich(document: Document, clauses: tuple[Clause, ...]) -> tuple[Document, tuple[Clause, ...]]:
    try:
        metadata = importlib.import_module("corpus.metadata")
    except ModuleNotFoundError:
        return document, clauses
    return metadata.enrich(document, clauses)


@cache
def _slugs(key: str) -> dict[str, str]:
    text = (resources.files("corpus") / "data" / "slugs.jsonl").read_text("utf-8")
    rows = map(json.loads, text.splitlines())
    return {row["title"]: row["slug"] for row in rows if row["source"] == key}


def load_sources(paths: Sequence[Path]) -> Corpus:
    """First version: one compendium as text."""
    text = Path(paths[0]).read_text("utf-8")
    blocks, at = [], 0
    for line in text.split("\n"):
        if line.strip():
            blocks.append(Block("line", at, at + len(line)))
        at += len(line) + 1
    return parse_source(SourceText(Path(paths[0]).name, text, tuple(blocks)))
