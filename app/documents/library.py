"""What is answered from, and changing it: every change is recorded first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.documents.audit import Audit
from app.documents.intake import Upload, take_in
from app.documents.remarks import Remark, remarks_on
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
        upload = take_in(data, name)
        return Draft(upload, remarks_on(upload.corpus, self.held.documents, self.held.clauses))

    def holds(self, document: str) -> bool:
        """Whether the index on the disk holds a document; what answers may be a moment behind it."""
        return document in read_manifest(self._folder).documents

    def publish(self, draft: Draft, person: str, replacing: str = "") -> BuildReport:
        """Answers from a file from now on.

        Args:
            draft: the file.
            person: who does it.
            replacing: id of the document that it takes the place of; empty where of none.

        Raises:
            PolicyQAError: the index cannot be changed; it stays as it was.
        """
        upload = draft.upload
        new = [document.id for document in upload.corpus.documents]
        facts = {"documents": new, "file": upload.name, "sha256": upload.sha256}
        action, gone = ("replace", {"replaced": replacing}) if replacing else ("add", {})
        with self._recorded(person, action, **facts, **gone):
            replaced = [replacing] if replacing else []
            return add_documents(upload.corpus, self._folder, self._encoder(), replacing=replaced)

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

    def told(self, error: PolicyQAError) -> str:
        """What an error says, without where the index lies."""
        return str(error).replace(f" in {self._folder}", "").replace(str(self._folder), "DIR")

    @contextmanager
    def _recorded(self, person: str, action: str, **facts: object) -> Iterator[None]:
        """Records a change before it is made, so that none is without a line; a failure has one too."""
        self.audit.note(person, action, **facts)
        try:
            yield
        except PolicyQAError as error:
            self.audit.note(person, f"{action} failed", **facts, reason=self.told(error))
            raise
