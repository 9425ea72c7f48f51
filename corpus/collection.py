"""Loads policy texts into a corpus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TypedDict

from corpus.clauses import Naming, to_clauses
from corpus.compendium import Part
from corpus.enrichment import fit_enrichment, shipped_enrichment
from corpus.errors import SourceError
from corpus.facts import source_key
from corpus.identity import make_unique, shipped_slugs, slug_for
from corpus.issue import only_date
from corpus.loaders import SUFFIXES, read_source
from corpus.metadata import enrich, resolve_references
from corpus.outline import build_outline
from corpus.paragraphs import Piece
from corpus.reading import read_parts
from corpus.settle import settle
from corpus.source import SourceText
from corpus.types import Clause, ClauseKind, Corpus, Document, SkippedFile
from corpus.units import Unit

SHIPPED = "ai-policy-compendium-2022-01.txt"
_MOST_LISTED = 5


def shipped_path() -> Path:
    """Where the compendium lies that ships with the project."""
    return Path(str(resources.files("corpus") / "data" / SHIPPED))


def shipped_corpus() -> Corpus:
    """The compendium that ships with the project.

    Returns:
        Its documents in the compendium's order, with all their clauses and their enrichment.
    """
    corpus = load_sources([shipped_path()])
    fitting, _ = fit_enrichment(shipped_enrichment(), corpus.clauses)
    return replace(corpus, enrichment=tuple(fitting.values()))


def load_sources(paths: Sequence[Path]) -> Corpus:
    """Loads files and folders into one corpus.

    Args:
        paths: files, and folders that are searched with all folders in them.

    Returns:
        The documents of all usable files in order; in ``skipped`` the files of the folders that are not.

    Raises:
        SourceError: where a file named in ``paths`` cannot be used, a path does not exist, or nothing
            usable was found.
    """
    sources: list[SourceText] = []
    skipped: list[SkippedFile] = []
    for path in paths:
        if path.is_dir():
            for file in files_in(path):
                if file.suffix.lower() not in SUFFIXES:
                    skipped.append(SkippedFile(str(file), f"not one of {', '.join(sorted(SUFFIXES))}"))
                    continue
                try:
                    sources.extend(read_source(file))
                except SourceError as error:
                    reason = str(error).removeprefix(file.name).lstrip(",: ")
                    skipped.append(SkippedFile(str(file), reason))
        else:
            sources.extend(read_source(path))
    corpus = parse_sources(sources)
    if not corpus.documents:
        where = ", ".join(str(path) for path in paths) or "no path given"
        raise SourceError(f"{where}: no usable policy text found{_skipped_list(skipped)}")
    return Corpus(corpus.documents, corpus.clauses, tuple(skipped))


def _skipped_list(skipped: Sequence[SkippedFile]) -> str:
    if not skipped:
        return ""
    shown = [f"{Path(file.path).name} ({file.reason})" for file in skipped[:_MOST_LISTED]]
    more = [f"{len(skipped) - len(shown)} more"] if len(skipped) > len(shown) else []
    return f"; skipped: {', '.join(shown + more)}"


def files_in(folder: Path) -> Iterator[Path]:
    """The files of a folder and of all folders in it, in order; hidden ones are left out."""
    for path in sorted(folder.rglob("*")):
        # ~$ begins the name of the file by which Word marks an open document.
        hidden = any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)
        if not hidden and path.is_file():
            yield path


def parse_sources(sources: Iterable[SourceText]) -> Corpus:
    """Parses decoded sources into one corpus.

    Args:
        sources: compendia and single documents.

    Returns:
        Their documents and clauses with metadata, and references resolved among them.
    """
    taken: set[str] = set()
    documents: list[Document] = []
    clauses: list[Clause] = []
    for source in sources:
        slugs = shipped_slugs(source_key(source.text))
        for position, part in enumerate(read_parts(source).parts, 1):
            wished = slugs.get(part.title) or source.id or slug_for(part.title, _text_of(part))
            identifier = make_unique(wished, taken)
            document = Document(
                identifier, part.title, part.zone, source.name, position, **_given(source.metadata)
            )
            document, found = enrich(document, _parse_part(document, part, source.text))
            if found:
                documents.append(document)
                clauses.extend(found)
    return resolve_references(Corpus(tuple(documents), tuple(clauses)))


def join(corpora: Sequence[Corpus]) -> Corpus:
    """Several corpora as one, with references resolved among all of them.

    Args:
        corpora: what was parsed apart; of two documents with the same id the later one counts.
    """
    if len(corpora) == 1:
        return corpora[0]
    last = {document.id: n for n, corpus in enumerate(corpora) for document in corpus.documents}
    documents = [d for n, corpus in enumerate(corpora) for d in corpus.documents if last[d.id] == n]
    clauses = [c for n, corpus in enumerate(corpora) for c in corpus.clauses if last[c.document] == n]
    return resolve_references(Corpus(tuple(documents), tuple(clauses)))


class _Given(TypedDict):
    issuer: str
    doc_number: str
    issued: date | None


def _given(metadata: Iterable[tuple[str, str]]) -> _Given:
    """The particulars of issue that a ``.jsonl`` source gave beside the text."""
    fields = {name: " ".join(value.split()) for name, value in metadata}
    return _Given(
        issuer=fields.get("issuer", ""),
        doc_number=fields.get("doc_number", ""),
        issued=only_date(fields.get("issued", "")),
    )


def _text_of(part: Part) -> str:
    return "\n".join(line.text for line in (*part.notice, *part.body))


def _parse_part(document: Document, part: Part, text: str) -> tuple[Clause, ...]:
    root = build_outline(part.body)
    settle(root)
    if part.notice:
        notice = Unit(ClauseKind.NOTICE, None, root)
        notice.pieces = [Piece(line.text, line, line.start, line.end) for line in part.notice]
        root.children.insert(0, notice)
    return tuple(to_clauses(root, Naming(document.id, document.title, document.zone, text)))
