"""What is answered from, and changing it: every change is recorded first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.documents.audit import Audit
from app.documents.intake import Upload, take_in
from app.documents.progress import Changes, Progress
from app.documents.remarks import Remark, remarks_on, texts_by_document
from corpus.collection import join
from corpus.errors import PolicyQAError
from corpus.types import Clause, Document
from embeddings.build import BuildReport, add_documents, remove_documents
from embeddings.manifest import read_manifest
from embeddings.rollback import roll_back

if TYPE_CHECKING:
    from embeddings.parts import DocumentEncoder


class Holding(Protocol):
    """What holds documents: an index, or what answers from one."""

    @property
    def documents(self) -> Mapping[str, Document]:
        """The documents by id."""

    @property
    def clauses(self) -> Mapping[str, Clause]:
        """The clauses and paragraph units by id."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A file as it would be answered from.

    Attributes:
        upload: the file and what it holds.
        remarks: what a person should know before.
    """

    upload: Upload
    remarks: tuple[Remark, ...]


class Library:
    """The documents of one index."""

    def __init__(
        self, held: Holding, index_dir: Path, encoder: Callable[[], DocumentEncoder], audit: Audit
    ) -> None:
        """Joins ready parts.

        Args:
            held: what the index holds now.
            index_dir: the index's folder.
            encoder: gives the model that the index was built with.
            audit: where changes are recorded.
        """
        self.held = held
        self.audit = audit
        self.changes = Changes(index_dir)
        self._folder = index_dir
        self._encoder = encoder

    def read(self, data: bytes, name: str) -> Draft:
        """Reads a file without adding it.

        Args:
            data: its bytes.
            name: what its owner calls it.

        Raises:
            SourceError: it cannot be used.
        """
        (draft,) = self.drafts([take_in(data, name)])
        return draft

    def drafts(self, uploads: Sequence[Upload]) -> list[Draft]:
        """Files that were taken in, with what a person should know before they are answered from."""
        texts = texts_by_document(self.held.clauses.values())
        return [Draft(one, remarks_on(one.corpus, self.held.documents, texts)) for one in uploads]

    def holds(self, document: str) -> bool:
        """Whether the index on the disk holds a document; what answers may be a moment behind it."""
        return document in read_manifest(self._folder).documents

    def publish(
        self,
        drafts: Sequence[Draft],
        person: str,
        replacing: str = "",
        progress: Progress | None = None,
    ) -> BuildReport:
        """Answers from some files from now on, in one step.

        Args:
            drafts: the files; of two documents with the same id the later one counts.
            person: who does it.
            replacing: id of the document that they take the place of; empty where of none.
            progress: called with (passages embedded, passages to embed).

        Raises:
            PolicyQAError: the index cannot be changed; it stays as it was.
        """
        corpus = join([draft.upload.corpus for draft in drafts])
        files = [{"name": draft.upload.name, "sha256": draft.upload.sha256} for draft in drafts]
        facts = {"documents": [document.id for document in corpus.documents], "files": files}
        action, gone = ("replace", {"replaced": replacing}) if replacing else ("add", {})
        with self._recorded(person, action, progress, **facts, **gone) as tell:
            replaced = [replacing] if replacing else []
            return add_documents(corpus, self._folder, self._encoder(), replacing=replaced, progress=tell)

    def remove(self, ids: list[str], person: str) -> BuildReport:
        """Answers no more from some documents.

        Raises:
            PolicyQAError: there is no such document, or the index cannot be changed.
        """
        with self._recorded(person, "remove", documents=ids):
            return remove_documents(ids, self._folder)

    def roll_back(self, person: str) -> BuildReport:
        """Goes back to the state before the last change.

        Raises:
            PolicyQAError: there is none, or the index cannot be changed.
        """
        with self._recorded(person, "rollback"):
            return roll_back(self._folder)

    def told(self, message: str) -> str:
        """What an error says, without where the index lies."""
        return message.replace(f" in {self._folder}", "").replace(str(self._folder), "DIR")

    @contextmanager
    def _recorded(
        self, person: str, action: str, beside: Progress | None = None, **facts: object
    ) -> Iterator[Progress]:
        """Records a change before it is made, so that none is without a line; a failure has one too."""
        self.audit.note(person, action, **facts)
        try:
            with self.changes.telling(person, action, beside) as progress:
                yield progress
        except PolicyQAError as error:
            self.audit.note(person, f"{action} failed", **facts, reason=self.told(str(error)))
            raise
