"""The index as questions see it: one unchanging snapshot of what one manifest lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from corpus.errors import PolicyQAError
from corpus.types import Clause, Document, Enrichment, Passage
from embeddings.chunker import chunker_fingerprint
from embeddings.dense import Ids, Vectors
from embeddings.engines.milvus import MilvusWords
from embeddings.lexical import FIELDS, LexicalSearcher, WordSearcher
from embeddings.manifest import Manifest, NamedModel, damaged, differences, does_not_fit, read_manifest
from embeddings.segment import LEXICAL, Segment, gone_places, read_segment, segment_folder, verify_segment

_ATTEMPTS = 5


class Index:
    """A snapshot of an index. It stays as it is while the index on disk goes on.

    Attributes:
        folder: where it lies.
        manifest: the state it shows.
        documents: its documents by id, in source order.
        clauses: its clauses and paragraph units by id, in source order.
        passages: its passages by id.
        enrichment: the words by which people look for its clauses and paragraph units, by their ids.
    """

    def __init__(
        self, folder: Path, manifest: Manifest, segments: Sequence[Segment], lexical: WordSearcher | None
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self._segments = segments
        self._lexical = lexical
        self.documents: Mapping[str, Document] = MappingProxyType(
            {document.id: document for segment in segments for document in segment.documents}
        )
        self.clauses: Mapping[str, Clause] = MappingProxyType(
            {clause.id: clause for segment in segments for clause in segment.clauses}
        )
        self.passages: Mapping[int, Passage] = MappingProxyType(
            {passage.id: passage for segment in segments for passage in segment.passages}
        )
        self.enrichment: Mapping[str, Enrichment] = MappingProxyType(
            {entry.id: entry for segment in segments for entry in segment.enrichment}
        )
        self._vectors = {
            passage.id: segment.store.vectors[row]
            for segment in segments
            for row, passage in enumerate(segment.rows)
            if passage
        }
        self._rows = {segment.number: segment.rows for segment in segments}
        children: dict[str, list[Clause]] = defaultdict(list)
        members: dict[str, list[Clause]] = defaultdict(list)
        parts: dict[str, list[Passage]] = defaultdict(list)
        for clause in self.clauses.values():
            members[clause.document].append(clause)
            if clause.parent:
                children[clause.parent].append(clause)
        for passage in self.passages.values():
            parts[passage.clause].append(passage)
        self._children = {parent: tuple(below) for parent, below in children.items()}
        self._members = {document: tuple(clauses) for document, clauses in members.items()}
        self._parts = {clause: tuple(passages) for clause, passages in parts.items()}

    @classmethod
    def open(cls, folder: str | Path, expected_encoder: NamedModel | None = None) -> Index:
        """Opens the present state of an index.

        Args:
            folder: the index's folder.
            expected_encoder: the model that questions will be encoded with; None leaves that unchecked.

        Returns:
            The snapshot.

        Raises:
            PolicyQAError: if there is no index, it is damaged, or it does not fit the model or this version.
        """
        folder = Path(folder)
        for _ in range(_ATTEMPTS):
            manifest = read_manifest(folder)
            if found := differences(manifest, expected_encoder, chunker_fingerprint()):
                raise does_not_fit(folder, found)
            try:
                return cls._load(folder, manifest)
            except PolicyQAError:
                # Writers keep the state before theirs, but two may have gone past us in this moment.
                if read_manifest(folder).generation == manifest.generation:
                    raise
        raise PolicyQAError(f"The index in {folder} changes faster than it can be opened: try again")

    @classmethod
    def _load(cls, folder: Path, manifest: Manifest) -> Index:
        segments = [read_segment(folder, info) for info in manifest.segments]
        try:
            lexical = _open_words(folder, manifest, segments) if segments else None
        except OSError as error:
            raise PolicyQAError(
                f"The index in {folder} cannot be opened: no temporary folder can be made ({error.strerror})"
            ) from error
        except (ValueError, KeyError) as error:
            raise damaged(folder, f"words: {' '.join(str(error).split())}") from error
        return cls(folder, manifest, segments, lexical)

    @staticmethod
    def check(folder: str | Path) -> list[str]:
        """Verifies an index whole: every file against its checksum, and whether it opens.

        Args:
            folder: the index's folder.

        Returns:
            One line a fault; empty where there is none.
        """
        folder = Path(folder)
        found: list[str] = []
        try:
            for _ in range(_ATTEMPTS):
                manifest = read_manifest(folder)
                found = [line for info in manifest.segments for line in verify_segment(folder, info)]
                if not found:
                    return Index.open(folder)._faults()
                # Files of a state that is no longer the present one may be gone.
                if read_manifest(folder).generation == manifest.generation:
                    break
        except PolicyQAError as error:
            return [str(error)]
        except OSError as error:
            return [f"{error.filename} cannot be read: {error.strerror}"]
        return found

    def _faults(self) -> list[str]:
        """What does not hang together although every file is as it was written."""
        stated = (len(self.manifest.documents), self.manifest.clauses, self.manifest.passages)
        held = (len(self.documents), len(self.clauses), len(self.passages))
        found = []
        if stated != held:
            found.append(f"The manifest states {stated} documents, clauses and passages, there are {held}")
        for passage in self.passages.values():
            if not self.clauses[passage.clause].text.startswith(passage.text, passage.start):
                found.append(f"Passage {passage.id} is not in the words of its clause {passage.clause}")
        return found

    def children(self, clause_id: str) -> tuple[Clause, ...]:
        """The clauses and paragraph units directly below a clause, in source order."""
        return self._children.get(clause_id, ())

    def clauses_of(self, document_id: str) -> tuple[Clause, ...]:
        """All clauses and paragraph units of a document, in source order."""
        return self._members.get(document_id, ())

    def passages_of(self, clause_id: str) -> tuple[Passage, ...]:
        """The passages a clause was cut into, in order."""
        return self._parts.get(clause_id, ())

    def search_dense(self, vectors: Vectors, k: int) -> tuple[Ids, Vectors]:
        """Finds the passages whose vectors are nearest.

        Args:
            vectors: (n, d) float32 questions, rows of length 1.
            k: how many passages to find for each.

        Returns:
            int64 ids and float32 cosine similarities, both (n, min(k, passages)), the best first, equal
            ones by id.

        Raises:
            PolicyQAError: if the vectors have another dimension than the index.
        """
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        if vectors.ndim != 2 or vectors.shape[1] != self.manifest.model.dimension:
            raise PolicyQAError(
                f"The index in {self.folder} has {self.manifest.model.dimension} dimensions, the question's "
                f"vectors have the shape {vectors.shape}"
            )
        k = max(0, min(k, len(self.passages)))
        ids, scores = np.zeros((len(vectors), k), np.int64), np.zeros((len(vectors), k), np.float32)
        for row, query in enumerate(vectors if k else ()):
            found = [segment.store.search(query, k) for segment in self._segments]
            score, passage = (np.concatenate(column) for column in zip(*found, strict=True))
            best = np.lexsort((passage, -score))[:k]
            scores[row], ids[row] = score[best], passage[best]
        return ids, scores

    def search_wordings(self, vector: Vectors, k: int) -> dict[str, float]:
        """Finds the clauses that people look for in similar words.

        Args:
            vector: (d,) float32 question of length 1.
            k: how many wordings to look at.

        Returns:
            Ids of clauses and paragraph units, each with the cosine similarity of its nearest wording.
        """
        found: dict[str, float] = {}
        for segment in self._segments:
            scores, rows = segment.wordings.search(vector, k) if segment.wordings.live else ((), ())
            for score, row in zip(scores, rows, strict=True):
                clause = segment.asked[row]
                found[clause] = max(found.get(clause, -1.0), float(score))
        return found

    def search_lexical(
        self, terms: Sequence[tuple[str, float]], k: int, fields: Mapping[str, float]
    ) -> list[tuple[int, float]]:
        """Finds the passages that hold the terms, by BM25 over the whole collection.

        Args:
            terms: ``lexical_tokens`` with weights; those without weight are left out.
            k: how many passages to find.
            fields: weights of ``text`` (the passage's words), ``heading`` (its clause's headings),
                ``title`` (its document's title and zone) and ``asked`` (its clause's enrichment).

        Returns:
            Pairs of passage id and score, the best first, equal ones by id. Passages without any of the
            terms are not among them.

        Raises:
            ValueError: if there is no such field.
        """
        if unknown := set(fields) - set(FIELDS):
            raise ValueError(f"no such field: {', '.join(sorted(unknown))}")
        if self._lexical is None:
            return []
        found = []
        for score, number, row in self._lexical.search(terms, fields, k):
            if passage := self._rows[number][row]:
                found.append((passage.id, score))
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[: max(k, 0)]

    def idf(self, term: str, field: str = "text") -> float:
        """How rare a token is: ln(1 + (N - n + 0.5) / (n + 0.5)), n of N passages having it in ``field``."""
        return self._lexical.idf(term, field) if self._lexical else 0.0

    def vectors(self, ids: Sequence[int]) -> Vectors:
        """The (len(ids), d) float32 vectors of some passages.

        Raises:
            KeyError: if there is no such passage.
        """
        if not len(ids):
            return np.zeros((0, self.manifest.model.dimension), dtype=np.float32)
        return np.stack([self._vectors[passage] for passage in ids])


def _open_words(folder: Path, manifest: Manifest, segments: Sequence[Segment]) -> WordSearcher:
    folders = [segment_folder(folder, info) for info in manifest.segments]
    if manifest.milvus:
        gone = map(gone_places, manifest.segments)
        numbers = (info.number for info in manifest.segments)
        return MilvusWords(list(zip(folders, numbers, gone, strict=True)))
    removed = sum(len(segment.rows) - len(segment.passages) for segment in segments)
    return LexicalSearcher([path / LEXICAL for path in folders], removed)
