"""Collections of any size, recombined from the sentences of real ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from corpus.collection import load_sources, shipped_corpus
from corpus.text import fold
from corpus.types import Clause, ClauseKind, Corpus, Document, Number, Span
from rag.wording import concepts_of, terms_of

CLAUSES_A_DOCUMENT = 50
_ASKED = 30
_SENTENCE = re.compile(r"[^。；\n]+[。；\n]?")


def real_clauses(paths: Sequence[Path]) -> list[Clause]:
    """The clauses with words of the shipped collection and of further sources."""
    held = [*shipped_corpus().clauses, *(load_sources(paths).clauses if paths else ())]
    return [c for c in held if c.kind is not ClauseKind.PARAGRAPH and c.text.strip()]


def sentences_of(text: str) -> list[str]:
    """A text cut after its full stops and semicolons; at least one where it has words."""
    return _SENTENCE.findall(text)


def asked_terms(question: str) -> tuple[tuple[str, float], ...]:
    """The weighted tokens that the product looks for where a question of 30 characters is asked."""
    return terms_of(concepts_of(fold(question[:_ASKED])))


def recombined(clauses: Sequence[Clause], count: int, seed: int = 0, name: str = "d") -> Corpus:
    """Makes documents whose clauses are cut together from real sentences.

    A document keeps the title and zone of a real one; each of its clauses keeps the headings of one of that
    document's clauses, and about half of its sentences; the others come from anywhere in the collection.

    Args:
        clauses: real clauses.
        count: how many clauses to make.
        seed: another one gives other clauses.
        name: begins the documents' ids.

    Returns:
        ``count`` clauses in documents of ``CLAUSES_A_DOCUMENT``.
    """
    chance = np.random.default_rng(seed)
    sentences = [sentences_of(clause.text) for clause in clauses]
    pool = [sentence for own in sentences for sentence in own]
    homes: dict[str, list[int]] = {}
    for row, clause in enumerate(clauses):
        homes.setdefault(clause.document, []).append(row)
    rows_of = list(homes.values())
    documents: list[Document] = []
    made: list[Clause] = []
    while len(made) < count:
        rows = rows_of[chance.integers(len(rows_of))]
        model = clauses[rows[0]]
        document = f"{name}{seed}-{len(documents)}"
        documents.append(Document(document, model.title, model.zone, "synthetic"))
        number = min(CLAUSES_A_DOCUMENT, count - len(made))
        for n, row in enumerate(chance.choice(rows, number).tolist(), 1):
            own = sentences[row]
            kept = chance.random(len(own)) < 0.5
            others = chance.integers(len(pool), size=len(own)).tolist()
            text = "".join(s if k else pool[o] for s, k, o in zip(own, kept, others, strict=True))
            made.append(_clause(clauses[row], document, model, n, text))
    return Corpus(tuple(documents), tuple(made))


def _clause(model: Clause, document: str, home: Clause, number: int, text: str) -> Clause:
    return Clause(
        id=f"{document}/{number}",
        kind=ClauseKind.ARTICLE,
        document=document,
        title=home.title,
        zone=home.zone,
        number=Number("条", number),
        path=model.path,
        marks=model.marks,
        heading=model.heading,
        text=text,
        spans=(Span(0, len(text)),),
    )
