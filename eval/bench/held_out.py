"""What a model learns from enrichment that is not memory: ``python -m eval.bench.held_out MODEL...``.

The questions written for every fifth document look for their clause among all clauses, by the vectors alone,
with models that were trained without those questions (``python -m embeddings.train --hold-out``) or without
any enrichment. ``static-zh-en`` is the one that ships.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from corpus.collection import shipped_corpus
from corpus.passages import split_passages
from corpus.text import fold, language_of
from corpus.types import ClauseKind, Corpus
from embeddings.encoder import Encoder
from embeddings.parts import embedded_text
from embeddings.training.sources import held_out_documents

CUT = 5
LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the enrichment: its words, the document and the clause that it was written for."""

    text: str
    document: str
    clause: str


def held_out_questions(corpus: Corpus) -> list[Question]:
    """The questions of every fifth document; one of a paragraph unit looks for the paragraph's clause."""
    hidden = set(held_out_documents(corpus))
    units = {clause.id: clause for clause in corpus.clauses if clause.document in hidden}
    found = []
    for entry in corpus.enrichment:
        unit = units.get(entry.id)
        if unit is not None:
            clause = unit.parent if unit.kind is ClauseKind.PARAGRAPH else unit.id
            asked = (*entry.questions_zh, *entry.questions_en)
            found += [Question(text, unit.document, clause) for text in asked]
    return found


def hits(encoder: Encoder, corpus: Corpus, questions: Sequence[Question]) -> list[bool]:
    """Whether the clause of each question is among the first five by the vectors."""
    passages = split_passages(corpus.clauses)
    vectors = encoder.encode_document([embedded_text(passage) for passage in passages])
    scores = encoder.encode_query([fold(question.text) for question in questions]) @ vectors.T
    found = []
    for question, row in zip(questions, scores, strict=True):
        ranked = dict.fromkeys(passages[i].clause for i in np.argsort(-row, kind="stable")[: CUT * 20])
        found.append(question.clause in list(ranked)[:CUT])
    return found


def main() -> None:
    """Prints a table in Markdown: one line a held-out document, one column a model and language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", help="static-zh-en, or static models' folders")
    names: list[str] = parser.parse_args().models
    corpus = shipped_corpus()
    questions = held_out_questions(corpus)
    found = {name: np.array(hits(Encoder.load(name), corpus, questions)) for name in names}
    languages = np.array([language_of(question.text) for question in questions])
    documents = np.array([question.document for question in questions])
    print(
        "| document | questions |", " | ".join(f"{name} {lang}" for name in names for lang in LANGUAGES), "|"
    )
    print("|---|---|" + "---|" * len(names) * len(LANGUAGES))
    for document in (*dict.fromkeys(documents.tolist()), "all"):
        rows = (documents == document) | (document == "all")
        cells = [found[name][rows & (languages == lang)].mean() for name in names for lang in LANGUAGES]
        print(f"| {document} | {rows.sum()} |", " | ".join(f"{cell:.3f}" for cell in cells), "|")


if __name__ == "__main__":
    main()
