"""Answers on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from app.authorship import told_by
from app.comparison import comparison_table
from app.console import print_table, printable
from app.i18n import Messages, messages
from app.sources import number_sources
from rag.types import Answer, Citation


def print_answer(answer: Answer) -> None:
    """Print an answer with its sources on stdout, in the language of the question."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    words = messages(answer.language)
    if answer.comparison:
        print_table(*comparison_table(answer, words))
    for line, style in answer_lines(answer, words):
        console.print(Text(printable(line), style=style), soft_wrap=True)


def answer_lines(answer: Answer, words: Messages) -> Iterator[tuple[str, str]]:
    """An answer as lines, each with its style; but for the table of a comparison.

    Args:
        answer: the complete answer.
        words: the words of the language to frame it in.

    Yields:
        A line without line break at its end, and the name of a rich style.
    """
    if answer.refusal:
        yield f"{words('refusal')}: {answer.refusal.reason}", "bold"
        if answer.refusal.nearest:
            yield "", ""
            yield words("nearest"), "dim"
            yield from (line for c in answer.refusal.nearest for line in _source("·", c, words))
        return
    if answer.reply:
        yield answer.reply, ""
        return
    for statement in answer.prose:
        marks = "".join(f" [{n}]" for n in statement.citations)
        if statement.verified:
            yield statement.text + marks, "bold"
        else:
            yield f"{statement.text}{marks} ({words('unverified')})", ""
            yield f"    {words('own_words')} “{' '.join(statement.own.split())}”", "dim"
    for note in answer.remarks:
        yield f"{words('note_' + note.kind)}: {note.text}", "yellow"
    sources = number_sources(answer)
    if answer.related:
        yield "", ""
        yield words("related"), "dim"
        for n, item in zip(sources.related, answer.related, strict=True):
            yield f"{words('related_' + item.kind)}: {item.text} [{n}]", ""
    if told := told_by(answer, words):
        yield "", ""
        yield f"{told} ({answer.because})", "dim"
    yield "", ""
    yield words("sources"), "dim"
    for n, citation in enumerate((*sources.cited, *sources.more), 1):
        yield from _source(f"[{n}]", citation, words)


def _source(mark: str, citation: Citation, words: Messages) -> Iterator[tuple[str, str]]:
    yield f"{mark} {citation.label}", ""
    if citation.validity:
        yield f"    {citation.validity}", "dim"
    for quote in citation.quotes or (citation.quote,):
        yield f"    “{' '.join(quote.split())}”", "dim"
    if citation.gist:
        yield f"    {words('gist')} {citation.gist}", "dim"
    yield f"    {citation.clause_id}", "dim"
