"""Questions that hold several: each is answered, the later ones as follow-ups of those before."""

from __future__ import annotations

import re
from dataclasses import replace

from corpus.text import squash
from rag.types import Draft

_QUESTION = re.compile(r"[^？?]*[？?]")
_SHORTEST = 4  # letters and digits
_MOST = 3


def parts_of(question: str) -> tuple[tuple[str, str], ...]:
    """The questions that a text holds.

    Args:
        question: what the person typed.

    Returns:
        Pairs of the text before a question and the question itself, each ending in a question mark; empty
        where there is but one.
    """
    asked = [m for m in _QUESTION.finditer(question) if len(squash(m[0])) >= _SHORTEST]
    return tuple((question[: m.start()].strip(), m[0].strip()) for m in asked[:_MOST]) if asked[1:] else ()


def add_answer(draft: Draft, further: Draft) -> Draft:
    """A draft with what another one says first, where it does not say that.

    Args:
        draft: the answer to the whole question.
        further: the answer to one of its parts.

    Returns:
        The draft with the first citation of the other, and what is said of it, behind its own; with its sums
        and warnings of expiry. Other words of a clause that it cites are quoted with those.
    """
    if not further.citations or not draft.statements:
        return draft
    new = further.citations[0]
    if any(new.quote in quote for c in draft.citations for quote in c.quotes):
        return draft
    citations = list(draft.citations)
    number = next((n for n, c in enumerate(citations, 1) if c.clause_id == new.clause_id), 0)
    if number:
        held = citations[number - 1]
        citations[number - 1] = replace(held, quotes=tuple(dict.fromkeys((*held.quotes, *new.quotes))))
    elif any(new.quote in c.text for c in citations):
        return draft
    else:
        citations.append(new)
        number = len(citations)
    said = tuple(replace(s, citations=(number,)) for s in further.statements if s.citations == (1,))
    notes = (n for n in further.notes if n.kind in ("computed", "expired") and n not in draft.notes)
    return replace(
        draft,
        statements=(*draft.statements, *(s for s in said if s not in draft.statements)),
        citations=tuple(citations),
        notes=(*draft.notes, *notes),
    )
