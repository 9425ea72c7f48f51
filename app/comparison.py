"""The table of a comparison, as cells for the terminal and for Markdown."""

from __future__ import annotations

from app.i18n import Messages
from rag.types import Answer, Row


def comparison_table(answer: Answer, words: Messages) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The heads and rows of an answer's comparison; neither where it has none.

    Args:
        answer: the complete answer.
        words: the words of the language to frame it in.

    Returns:
        The heads, and for each row as many cells: the place or document, the amount and the condition (or
        the clause's words), how long the clause holds, and the number of its citation.
    """
    if answer.comparison is None:
        return (), []
    parted = answer.comparison.parted
    heads = ("table_amount", "table_condition") if parted else ("table_words",)
    names = (f"table_{answer.comparison.subject}", *heads, "table_validity", "table_source")
    rows = [
        (
            row.name,
            *_said(row, parted, words),
            answer.citations[row.citation - 1].validity,
            f"[{row.citation}]",
        )
        for row in answer.comparison.rows
    ]
    return tuple(words(name) for name in names), rows


def _said(row: Row, parted: bool, words: Messages) -> tuple[str, ...]:
    """What a clause says, in one cell or two; what cannot be parted stands in the first of them."""
    if row.amount:
        amount = f"{row.amount} ({row.english.rstrip('.')})" if row.english else row.amount
        return amount, row.condition
    whole = " ".join(row.words)
    return (whole, words("table_whole")) if parted else (whole,)
