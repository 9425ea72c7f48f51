"""The clauses that an answer shows, numbered once for the chat, the terminal and the export."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.types import Answer, Citation


@dataclass(frozen=True, slots=True)
class Sources:
    """An answer's clauses, each under one number however often it is meant.

    Attributes:
        cited: what the statements cite, in the order of their numbers.
        more: what only related provisions cite; their numbers go on from ``cited``.
        related: the number that each related provision carries.
    """

    cited: tuple[Citation, ...]
    more: tuple[Citation, ...]
    related: tuple[int, ...]


def number_sources(answer: Answer) -> Sources:
    """Number the clauses of an answer; one that comes up again keeps its number and gains the quotes."""
    shown = list(answer.citations)
    numbers = []
    for citation in (item.citation for item in answer.related):
        at = next((k for k, one in enumerate(shown) if one.clause_id == citation.clause_id), None)
        if at is None:
            at = len(shown)
            shown.append(citation)
        else:
            shown[at] = replace(shown[at], quotes=_joined(shown[at], citation))
        numbers.append(at + 1)
    first = len(answer.citations)
    return Sources(tuple(shown[:first]), tuple(shown[first:]), tuple(numbers))


def _joined(one: Citation, other: Citation) -> tuple[str, ...]:
    """The quotes of both, each once, the main quote first."""
    quotes = (one.quote, *one.quotes, other.quote, *other.quotes)
    return tuple(dict.fromkeys(quote for quote in quotes if quote))
