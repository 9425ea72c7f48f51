"""Citations by value: label, exact text, quoted words, lead-in and whether the document is in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from corpus.types import Clause, ClauseKind
from rag.types import Citation, ClauseSource, Language
from rag.validity import validity_line

_LONGEST_LEAD_IN = 300


def lead_in(source: ClauseSource, unit: Clause) -> str:
    """The words above a unit without which it would mislead.

    Args:
        source: where clauses are looked up.
        unit: the cited clause or paragraph unit.

    Returns:
        The text of the unit above where ``unit`` is an item of a list that it opens; empty otherwise.
    """
    clause = source.clauses[unit.parent] if unit.kind is ClauseKind.PARAGRAPH else unit
    above = source.clauses.get(clause.parent)
    if above is None or clause.number is None:
        return ""
    text = above.text.strip()
    last = text.rsplit("\n", 1)[-1]
    if last.endswith(("：", ":")) and len(last) <= _LONGEST_LEAD_IN:
        return last
    return ""


def cite(
    source: ClauseSource, unit_id: str, quotes: Sequence[str], as_of: date, language: Language
) -> Citation:
    """Make a citation of a clause or paragraph unit.

    Args:
        source: where clauses and documents are looked up.
        unit_id: id of the unit.
        quotes: verbatim stretches of its text, the most important first.
        as_of: the day of asking.
        language: language of the validity line; English citations carry the clause's summary.

    Returns:
        The citation, complete by itself.
    """
    unit = source.clauses[unit_id]
    document = source.documents[unit.document]
    return Citation(
        clause_id=unit.id,
        document=unit.document,
        label=unit.label,
        title=unit.title,
        zone=unit.zone,
        path=unit.path,
        text=unit.text,
        quote=quotes[0],
        validity=validity_line(document, as_of, language),
        lead_in=lead_in(source, unit),
        spans=tuple((s.start, s.end) for s in unit.spans),
        quotes=tuple(quotes),
        gist=_gist(source, unit) if language == "en" else "",
    )


def _gist(source: ClauseSource, unit: Clause) -> str:
    """The summary of a unit, or of its clause where only that has one."""
    entry = source.enrichment.get(unit.id)
    if entry is None and unit.kind is ClauseKind.PARAGRAPH:
        entry = source.enrichment.get(unit.parent)
    return entry.gist_en if entry else ""
