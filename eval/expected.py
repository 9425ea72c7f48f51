"""The clauses that the evidence of a question stands in, to be shown beside those that were cited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from corpus.text import squash
from corpus.types import Clause
from eval.scorers import Reference
from eval.sets import Gold


def find_expected(
    golds: Iterable[Gold], clauses: Mapping[str, Clause], reference: Reference
) -> dict[str, list[dict[str, Any]]]:
    """Looks up the unit of each evidence group's first alternative that the index holds.

    Args:
        golds: the questions.
        clauses: the units of the index by id.
        reference: the same, squashed.

    Returns:
        Question id to one object a group: ``clause_id``, ``label``, ``text`` and ``quote``; the first three
        are empty where no unit holds the quote.
    """
    return {
        gold.id: [_first_held(group, gold, clauses, reference) for group in gold.evidence]
        for gold in golds
        if gold.answerable
    }


def _first_held(
    group: Sequence[str], gold: Gold, clauses: Mapping[str, Clause], reference: Reference
) -> dict[str, Any]:
    for quote in group:
        words = squash(quote)
        held = [
            clause
            for clause in clauses.values()
            if reference.numbers.get(clause.document) in gold.documents
            and words in reference.texts[clause.id]
        ]
        if held:
            unit = min(held, key=lambda clause: len(clause.text))  # the paragraph, where that is enough
            return {"clause_id": unit.id, "label": unit.label, "text": unit.text, "quote": quote}
    return {"clause_id": "", "label": "", "text": "", "quote": group[0]}
