"""Whether a cited policy still holds on the day of asking, in one line and one warning."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from corpus.types import Document, Validity
from rag.figure_patterns import MONTH_NAMES
from rag.types import Citation, ClauseSource, Language, Note


def show_date(day: date, language: Language) -> str:
    """A date as the language writes it: 2020年12月31日 or 31 December 2020."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def validity_line(document: Document, as_of: date, language: Language) -> str:
    """One line on whether a document is in force.

    Args:
        document: the document.
        as_of: the day of asking.
        language: the line's language.

    Returns:
        The line, without a full stop.
    """
    status = document.status(as_of)
    chinese = language == "zh"
    if status is Validity.EXPIRED and document.expires:
        day = show_date(document.expires, language)
        return f"已过有效期（{day}止）" if chinese else f"expired on {day}"
    if status is Validity.NOT_YET and document.effective:
        day = show_date(document.effective, language)
        return f"尚未施行（{day}起）" if chinese else f"not yet in force (from {day})"
    if status is Validity.IN_FORCE and document.expires:
        day = show_date(document.expires, language)
        return f"在有效期内（至{day}）" if chinese else f"in force until {day}"
    if document.validity:
        return f"文件所写：{document.validity}" if chinese else f"as written: “{document.validity}”"
    return "文件未写明有效期" if chinese else "no period of validity stated"


def expired_note(
    citations: Iterable[Citation], source: ClauseSource, as_of: date, language: Language
) -> Note | None:
    """One warning for all cited documents that have expired.

    Args:
        citations: the citations of the answer.
        source: where documents are looked up.
        as_of: the day of asking.
        language: the warning's language.

    Returns:
        The warning, or None where every cited document may still hold.
    """
    titles: dict[str, str] = {}
    for citation in citations:
        document = source.documents[citation.document]
        if document.status(as_of) is Validity.EXPIRED and document.expires:
            titles[document.title] = show_date(document.expires, language)
    if not titles:
        return None
    if language == "zh":
        listed = "、".join(f"《{title}》（{day}止）" for title, day in titles.items())
        return Note("expired", f"{listed}已过有效期，请向主管部门核实现行政策。")
    listed = "; ".join(f"《{title}》 (until {day})" for title, day in titles.items())
    return Note("expired", f"No longer in force: {listed}. Ask the competent office for the current policy.")
