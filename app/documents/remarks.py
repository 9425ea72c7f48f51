"""What a person should know of a file before it is answered from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field

from app.i18n import Messages
from corpus.text import squash
from corpus.types import Clause, ClauseKind, Corpus, Document

_NUMBERED = (ClauseKind.ARTICLE, ClauseKind.ITEM)
_SAME = 0.8  # share of the clauses


@dataclass(frozen=True, slots=True)
class Remark:
    """One warning.

    Attributes:
        kind: ``no_articles``, ``duplicate``, ``same_title`` or ``doubts``.
        values: what it is about, by the names that its words use.
    """

    kind: str
    values: Mapping[str, str] = field(default_factory=dict)

    def told(self, words: Messages) -> str:
        """The warning in one line."""
        return words(f"remark_{self.kind}", **self.values)


def remarks_on(
    corpus: Corpus, documents: Mapping[str, Document], texts: Mapping[str, Set[str]]
) -> tuple[Remark, ...]:
    """The warnings on documents that are to be added.

    Args:
        corpus: what is to be added.
        documents: what the index holds, by id.
        texts: the texts of its clauses, as ``texts_by_document`` gives them.
    """
    return tuple(_remarks(corpus, documents, texts))


def texts_by_document(clauses: Iterable[Clause]) -> Mapping[str, Set[str]]:
    """The texts of clauses and paragraph units by document, without what does not count in a comparison."""
    found: dict[str, set[str]] = {}
    for clause in clauses:
        found.setdefault(clause.document, set()).add(squash(clause.text))
    return found


def _remarks(
    corpus: Corpus, documents: Mapping[str, Document], texts: Mapping[str, Set[str]]
) -> Iterator[Remark]:
    from corpus.coverage import doubt_rows

    units = [clause for clause in corpus.clauses if clause.kind is not ClauseKind.PARAGRAPH]
    if not any(clause.kind in _NUMBERED for clause in units):
        yield Remark("no_articles", {"units": str(len(units))})
    for document in corpus.documents:
        own = [squash(clause.text) for clause in units if clause.document == document.id]
        twin = _twin(document, own, documents, texts)
        if twin is not None:
            yield Remark("duplicate", {"id": twin.id, "title": twin.title})
        else:
            for held in documents.values():
                if squash(held.title) == squash(document.title):
                    yield Remark("same_title", {"id": held.id, "title": held.title})
    if doubts := doubt_rows(corpus):
        yield Remark("doubts", {"count": str(len(doubts)), "first": doubts[0]["clause"]})


def _twin(
    document: Document, own: list[str], documents: Mapping[str, Document], texts: Mapping[str, Set[str]]
) -> Document | None:
    """A document of the index that says the same, whatever it is called."""
    if document.id in documents:
        return documents[document.id]
    for name, held in texts.items():
        if own and sum(text in held for text in own) >= _SAME * len(own):
            return documents[name]
    return None
