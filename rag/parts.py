"""Questions that hold several: each is answered, the later ones as follow-ups of those before."""

from __future__ import annotations

import re
from dataclasses import replace

from corpus.text import squash
from rag.types import Draft

_QUESTION = re.compile(r"[^？?]*[？?]")
_SHORTEST = 4  # letters and digits
_MOST = 3


def further_questions(question: str) -> tuple[tuple[str, str], ...]:
    """The questions behind the first one of a text.

    Args:
        question: what the person typed.

    Returns:
        Pairs of the text before a question and the question itself, each ending in a question mark; empty
        where there is but one.
    """
    asked = [m for m in _QUESTION.finditer(question) if len(squash(m[0])) >= _SHORTEST]
    return tuple((question[: m.start()].strip(), m[0].strip()) for m in asked[1:_MOST])


def add_answer(draft: Draft, further: Draft) -> Draft:
    """A draft with what another one says first, where that is of a clause that it does not cite.

    Args:
        draft: the answer to the whole question.
        further: the answer to one of its parts.

    Returns:
        The draft with the first citation of the other, and what is said of it, behind its own; with its sums
        and warnings of expiry.
    """
    if not further.citations or not draft.statements:
        return draft
    new = further.citations[0]
    if any(new.clause_id == c.clause_id or new.quote in c.text for c in draft.citations):
        return draft
    number = len(draft.citations) + 1
    said = tuple(replace(s, citations=(number,)) for s in further.statements if s.citations == (1,))
    notes = (n for n in further.notes if n.kind in ("computed", "expired") and n not in draft.notes)
    return replace(
        draft,
        statements=(*draft.statements, *said),
        citations=(*draft.citations, new),
        notes=(*draft.notes, *notes),
    )
