"""One immutable segment folder: documents, clauses, passages, their vectors and their words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from corpus.errors import PolicyQAError
from corpus.types import Clause, ClauseKind, Document, Enrichment, Passage
from embeddings.dense import Ids, Vectors, VectorStore, write_vectors
from embeddings.disk import checksum_file, sync_file, sync_tree
from embeddings.engines.milvus import PLACE, MilvusRows, Place, write_collections
from embeddings.lexical import write_lexical
from embeddings.manifest import DocumentCounts, FileInfo, SegmentInfo, VectorSearch, damaged, unreadable
from embeddings.neighbours import CODES, LARGEST_FLAT, Neighbours, RowFinder, build_neighbours
from embeddings.places import PLACES, read_records, write_records
from embeddings.records import dump_lines, load_lines, read_lines
from embeddings.tokens import lexical_tokens

SEGMENTS = "segments"
LEXICAL = "lexical"
VECTORS = "vectors.faiss"
NEIGHBOURS = "neighbours.faiss"
WORDINGS = "wordings.faiss"
DOCUMENTS, CLAUSES, PASSAGES = "documents.jsonl", "clauses.jsonl", "passages.jsonl"
ENRICHMENT = "enrichment.jsonl"
_RECORDS = (DOCUMENTS, CLAUSES, PASSAGES, ENRICHMENT)

Record = TypeVar("Record")
Opened = TypeVar("Opened")


@dataclass(frozen=True, slots=True)
class Content:
    """What a segment is made of.

    Attributes:
        documents: its documents.
        clauses: all their clauses and paragraph units, in source order.
        passages: all their passages.
        vectors: (len(passages), d) their vectors, rows of length 1.
        enrichment: the words by which people look for its clauses.
        wordings: (n, d) the vectors of all ``Enrichment.wordings`` in order, rows of length 1.
    """

    documents: Sequence[Document]
    clauses: Sequence[Clause]
    passages: Sequence[Passage]
    vectors: Vectors
    enrichment: Sequence[Enrichment]
    wordings: Vectors

    @classmethod
    def join(cls, contents: Sequence[Content]) -> Content:
        """Several contents as one, in order."""
        return cls(
            [document for content in contents for document in content.documents],
            [clause for content in contents for clause in content.clauses],
            [passage for content in contents for passage in content.passages],
            np.concatenate([content.vectors for content in contents]),
            [entry for content in contents for entry in content.enrichment],
            np.concatenate([content.wordings for content in contents]),
        )

    def ordered(self) -> Content:
        """The same, with all that belongs to a document together, in the order of the documents."""
        place = {document.id: n for n, document in enumerate(self.documents)}
        home = {clause.id: place[clause.document] for clause in self.clauses}
        passages = _order([home[passage.clause] for passage in self.passages])
        entries = _order([home[entry.id] for entry in self.enrichment])
        wordings = _order([home[entry.id] for entry in self.enrichment for _ in entry.wordings])
        return Content(
            self.documents,
            sorted(self.clauses, key=lambda clause: home[clause.id]),
            self.passages if passages is None else [self.passages[row] for row in passages],
            self.vectors if passages is None else self.vectors[passages],
            self.enrichment if entries is None else [self.enrichment[row] for row in entries],
            self.wordings if wordings is None else self.wordings[wordings],
        )


def _order(places: Sequence[int]) -> Ids | None:
    """How to sort places, equal ones as they stand; None where they are in order."""
    order = np.argsort(np.array(places, dtype=np.int64), kind="stable")
    return None if np.array_equal(order, np.arange(len(order))) else order


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as read: without what has been removed since it was written.

    Attributes:
        number: its number.
        documents: its documents that are left.
        clauses: their clauses.
        passages: their passages.
        rows: every passage that was written, by its row; None for a removed one.
        store: its vectors.
        enrichment: the words by which people look for its clauses that are left.
        asked: for every wording that was written, by its row, the clause it belongs to; empty for a
            removed one.
        wordings: the vectors of the wordings.
    """

    number: int
    documents: list[Document]
    clauses: list[Clause]
    passages: list[Passage]
    rows: list[Passage | None]
    store: VectorStore
    enrichment: list[Enrichment]
    asked: list[str]
    wordings: VectorStore

    def content(self) -> Content:
        """What is left of it, ready to be written again."""
        left = [row for row, passage in enumerate(self.rows) if passage]
        asked = [row for row, clause in enumerate(self.asked) if clause]
        vectors, wordings = self.store.vectors[left], self.wordings.vectors[asked]
        return Content(self.documents, self.clauses, self.passages, vectors, self.enrichment, wordings)


def segment_folder(index: Path, info: SegmentInfo) -> Path:
    """Where a segment of the index in ``index`` lies."""
    return index / SEGMENTS / info.name


def write_segment(
    index: Path, number: int, content: Content, milvus: str = "", like: SegmentInfo | None = None
) -> SegmentInfo:
    """Writes a new segment; nothing knows of it before a manifest lists it.

    Args:
        index: the index's folder.
        number: a number no folder has.
        content: what to write.
        milvus: where Milvus is to search it; empty where its own files are.
        like: a segment whose average lengths its words are weighed by in Milvus; None measures its own.

    Returns:
        What a manifest says of it.
    """
    folder = index / SEGMENTS / f"{number:06d}"
    folder.mkdir(parents=True)
    content = content.ordered()
    counts = _count(content)
    groups = _by_document(content)
    rows = np.cumsum(
        [(0, 0), *((len(passages), _asked(entries)) for _, _, passages, entries in groups)], axis=0
    )
    lines = ([dump_lines(records) for records in group] for group in groups)
    np.save(folder / PLACES, np.column_stack([write_records(folder, lines, _RECORDS), rows]))
    write_vectors(folder / VECTORS, _ids(content.passages), content.vectors)
    write_vectors(folder / WORDINGS, np.arange(len(content.wordings), dtype=np.int64), content.wordings)
    if milvus:
        search = _write_milvus(folder, content, milvus, segment_folder(index, like) if like else None)
    else:
        search = VectorSearch()
        if content.vectors.size > LARGEST_FLAT:
            search = build_neighbours(folder / NEIGHBOURS, content.vectors, content.wordings)
        write_lexical(folder / LEXICAL, number, _token_rows(content))
    sync_tree(folder)
    sync_file(folder.parent)
    sync_file(index)
    return SegmentInfo(
        number,
        counts,
        {
            path.relative_to(folder).as_posix(): FileInfo(path.stat().st_size, checksum_file(path))
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
        search,
    )


def _write_milvus(folder: Path, content: Content, uri: str, like: Path | None) -> VectorSearch:
    place = {document.id: n for n, document in enumerate(content.documents)}
    home = {clause.id: place[clause.document] for clause in content.clauses}
    asked = [home[entry.id] for entry in content.enrichment for _ in entry.wordings]
    return write_collections(
        folder,
        uri,
        vectors=(content.vectors, np.array([home[p.clause] for p in content.passages], dtype=np.int64)),
        wordings=(content.wordings, np.array(asked, dtype=np.int64)),
        words=lambda: _token_rows(content),
        averages=Place.read(like).averages if like else None,
    )


def _count(content: Content) -> dict[str, DocumentCounts]:
    home = {clause.id: clause.document for clause in content.clauses}
    clauses = Counter(home.values())
    passages = Counter(home[passage.clause] for passage in content.passages)
    return {d.id: DocumentCounts(clauses[d.id], passages[d.id]) for d in content.documents}


def _by_document(
    content: Content,
) -> list[tuple[list[Document], list[Clause], list[Passage], list[Enrichment]]]:
    groups = {
        document.id: ([document], list[Clause](), list[Passage](), list[Enrichment]())
        for document in content.documents
    }
    home = {}
    for clause in content.clauses:
        home[clause.id] = groups[clause.document]
        home[clause.id][1].append(clause)
    for passage in content.passages:
        home[passage.clause][2].append(passage)
    for entry in content.enrichment:
        home[entry.id][3].append(entry)
    return list(groups.values())


def _asked(entries: Sequence[Enrichment]) -> int:
    return sum(len(entry.wordings) for entry in entries)


def _token_rows(content: Content) -> Iterator[Mapping[str, Sequence[str]]]:
    titles = {d.id: lexical_tokens(f"{d.title}\n{d.zone}") for d in content.documents}
    clauses = {clause.id: clause for clause in content.clauses}
    asked = _asked_tokens(content.enrichment, clauses)
    for passage in content.passages:
        clause = clauses[passage.clause]
        yield {
            "text": lexical_tokens(passage.text),
            "heading": lexical_tokens("\n".join(clause.path)),
            "title": titles[clause.document],
            "asked": asked.get(clause.id, ()),
        }


def _asked_tokens(entries: Sequence[Enrichment], clauses: Mapping[str, Clause]) -> dict[str, list[str]]:
    """The words of the enrichment, by clause: a paragraph unit has no passage of its own."""
    found: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        clause = clauses[entry.id]
        owner = clause.parent if clause.kind is ClauseKind.PARAGRAPH else clause.id
        found[owner] += lexical_tokens("\n".join((*entry.wordings, *entry.terms)))
    return found


def read_segment(index: Path, info: SegmentInfo) -> Segment:
    """Reads a segment.

    The records, whose words are shown, are checked against their checksums; of the other files only the
    sizes are looked at (``verify_segment`` reads them whole).

    Args:
        index: the index's folder.
        info: what the manifest says of it.

    Returns:
        The segment.

    Raises:
        PolicyQAError: if a file is missing or damaged.
    """
    folder = segment_folder(index, info)
    for name, expected in info.files.items():
        try:
            size = (folder / name).stat().st_size
        except OSError as error:
            raise unreadable(index, f"segment {info.name}: {name}", error) from error
        if size != expected.size:
            raise _damaged(index, info, f"{name} has {size} bytes instead of {expected.size}")
    gone = set(info.removed)
    documents = _read(index, info, DOCUMENTS, Document)
    clauses = [c for c in _read(index, info, CLAUSES, Clause) if c.document not in gone]
    live = {clause.id for clause in clauses}
    written = _read(index, info, PASSAGES, Passage)
    rows = [passage if passage.clause in live else None for passage in written]
    near, hinted = _finders(index, info)
    store = _opened(index, info, VECTORS, lambda path: VectorStore(path, _empty_rows(rows), near))
    if not np.array_equal(store.ids, _ids(written)):
        raise _damaged(index, info, f"{VECTORS} belongs to other passages than {PASSAGES}")
    entries = _read(index, info, ENRICHMENT, Enrichment)
    asked = [entry.id if entry.id in live else "" for entry in entries for _ in entry.wordings]
    wordings = _opened(index, info, WORDINGS, lambda path: VectorStore(path, _empty_rows(asked), hinted))
    if len(wordings.ids) != len(asked):
        raise _damaged(index, info, f"{WORDINGS} belongs to other words than {ENRICHMENT}")
    kept = [d for d in documents if d.id not in gone]
    left = [entry for entry in entries if entry.id in live]
    passages = [row for row in rows if row]
    return Segment(info.number, kept, clauses, passages, rows, store, left, asked, wordings)


def read_documents(index: Path, info: SegmentInfo, names: Collection[str]) -> Content:
    """Reads some documents of a segment; the cost is in proportion to them, not to the segment.

    Args:
        index: the index's folder.
        info: what the manifest says of the segment.
        names: ids of documents; those that it does not hold are left out.

    Returns:
        What it holds of them.

    Raises:
        PolicyQAError: if a file is missing or damaged.
    """
    folder = segment_folder(index, info)
    held = []
    try:
        places = np.load(folder / PLACES, mmap_mode="r")
        store, wordings = (VectorStore(folder / name, np.zeros(0, np.int64)) for name in (VECTORS, WORDINGS))
        for place, name in enumerate(info.documents):
            if name in names and name not in info.removed:
                pieces = read_records(folder, place, places, _RECORDS)
                (first, asked), (end, asked_end) = places[place : place + 2, -2:].tolist()
                held.append(
                    Content(
                        load_lines(pieces[0], Document),
                        load_lines(pieces[1], Clause),
                        load_lines(pieces[2], Passage),
                        store.vectors[first:end],
                        load_lines(pieces[3], Enrichment),
                        wordings.vectors[asked:asked_end],
                    )
                )
    except OSError as error:
        raise unreadable(index, f"segment {info.name}", error) from error
    except (ValueError, RuntimeError) as error:
        raise _damaged(index, info, f"{PLACES}: {str(error).splitlines()[0]}") from error
    return Content.join(held)


def _finders(index: Path, info: SegmentInfo) -> tuple[RowFinder | None, RowFinder | None]:
    """What proposes the rows of passages and of wordings; None where all are compared."""
    if PLACE in info.files:
        place = _opened(index, info, PLACE, lambda path: Place.read(path.parent))
        gone = gone_places(info)
        return MilvusRows(place, "passages", gone), MilvusRows(place, "wordings", gone)
    # Codes of an earlier kind are left alone: all rows are compared until the next build.
    if NEIGHBOURS in info.files and info.search.kind.startswith(CODES):
        return _opened(index, info, NEIGHBOURS, lambda path: Neighbours.open(path, info.search)), None
    return None, None


def gone_places(info: SegmentInfo) -> list[int]:
    """The places, among a segment's documents, of those that were removed since."""
    return [place for place, name in enumerate(info.documents) if name in info.removed]


def _opened(index: Path, info: SegmentInfo, name: str, reader: Callable[[Path], Opened]) -> Opened:
    try:
        return reader(segment_folder(index, info) / name)
    except (RuntimeError, ValueError) as error:
        raise _damaged(index, info, f"{name}: {str(error).splitlines()[0]}") from error


def _empty_rows(rows: Sequence[object]) -> Ids:
    return np.array([row for row, held in enumerate(rows) if not held], dtype=np.int64)


def _ids(passages: Sequence[Passage]) -> Ids:
    return np.array([passage.id for passage in passages], dtype=np.int64)


def _read(index: Path, info: SegmentInfo, name: str, kind: type[Record]) -> list[Record]:
    path = segment_folder(index, info) / name
    try:
        if checksum_file(path) != info.files[name].sha256:
            raise _damaged(index, info, f"{name} has another checksum than when it was written")
        return read_lines(path, kind)
    except OSError as error:
        raise unreadable(index, f"segment {info.name}: {name}", error) from error
    except ValueError as error:
        raise _damaged(index, info, f"{name}: {error}") from error


def verify_segment(index: Path, info: SegmentInfo) -> list[str]:
    """Reads every file of a segment whole and compares it with its checksum.

    Args:
        index: the index's folder.
        info: what the manifest says of it.

    Returns:
        One line a missing, damaged or foreign file.
    """
    folder = segment_folder(index, info)
    found = []
    for name, expected in info.files.items():
        path = folder / name
        if not path.is_file():
            found.append(f"{path} is missing")
        elif path.stat().st_size != expected.size:
            found.append(f"{path} has {path.stat().st_size} bytes instead of {expected.size}")
        elif checksum_file(path) != expected.sha256:
            found.append(f"{path} has another checksum than when it was written")
    return found


def _damaged(index: Path, info: SegmentInfo, reason: str) -> PolicyQAError:
    return damaged(index, f"segment {info.name}: {reason}")
