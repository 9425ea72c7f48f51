"""Feedback as candidate evaluation questions, in the format of ``eval/questions``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.feedback.store import Cited, Feedback, Verdict
from corpus.text import language_of, squash
from corpus.types import Corpus
from eval.validation import Source
from rag.figures import figures

_MOST_POINTS = 4
_LONGEST_POINT = 20
_SHORTEST_QUOTE = 8


@dataclass(frozen=True, slots=True)
class Candidates:
    """What became of the feedback.

    Attributes:
        rows: candidate questions.
        open: how many of them have no evidence yet: a person must add it, or say that there is none.
        foreign: how many answers cite documents that are not in the corpus; they are left out.
    """

    rows: tuple[dict[str, Any], ...]
    open: int
    foreign: int


def to_candidates(found: Iterable[Feedback], corpus: Corpus) -> Candidates:
    """Turns feedback into candidate evaluation questions.

    What a person called right has its citations as evidence (a refusal: none). Of everything else it is
    known only that the answer was not right; its row has no evidence, and ``policyqa eval check`` names it
    until somebody adds it.

    Args:
        found: the feedback; the last word on a question counts.
        corpus: the documents that evaluation questions ask about.
    """
    source = Source(corpus)
    known = {document.id for document in corpus.documents}
    last = {one.standalone_question or one.question: one for one in found}
    rows, undecided, foreign = [], 0, 0
    for question, feedback in last.items():
        cited = [c for c in feedback.citations if c.clause_id.partition("/")[0] in known]
        if len(cited) < len(feedback.citations):
            foreign += 1
            continue
        rows.append(row := _row(" ".join(question.split()), feedback, cited, source))
        undecided += not row["evidence"] and row["kind"] != "absent"
    return Candidates(tuple(rows), undecided, foreign)


def _row(question: str, feedback: Feedback, cited: list[Cited], source: Source) -> dict[str, Any]:
    right = feedback.verdict is Verdict.RIGHT
    language = language_of(question)
    evidence, points = [], []
    for one in cited if right else ():
        listed = source.holding(squash(one.quote)) if len(squash(one.quote)) >= _SHORTEST_QUOTE else {}
        if listed:
            evidence.append({"any_of": [{"doc": doc, "quote": one.quote} for doc in listed]})
            points += _points(one.quote)
    answered = "english" if language == "en" else "direct"
    return {
        "id": f"FB-{feedback.id[:12]}",
        "lang": language,
        "kind": "absent" if right and feedback.refused else answered,
        "question": question,
        "evidence": evidence,
        "answer_points": list(dict.fromkeys(points))[:_MOST_POINTS],
    }


def _points(quote: str) -> list[str]:
    """Figures of a quote as it writes them; its beginning where it states none."""
    shown = [quote[one.start : one.end].strip() for one in figures(quote)]
    return [figure for figure in shown if figure] or [quote[:_LONGEST_POINT]]
