"""Answers as Markdown, to copy and to export."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote as url_quote

from app.authorship import told_by
from app.comparison import comparison_table
from app.i18n import Messages
from app.sources import number_sources
from rag.types import Answer, Citation

# Stands for the address of the chat's page; the browser, which alone knows it, fills it in.
ORIGIN = "policyqa-origin:"

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
_LIST_MARK = re.compile(r"(?m)^(\s*)([-+]|\d+[.)])(?=\s)")


def escape(text: str) -> str:
    """A text that Markdown shows as it stands."""
    return _LIST_MARK.sub(lambda m: f"{m[1]}{m[2][:-1]}\\{m[2][-1]}", _SPECIAL.sub(r"\\\1", text))


def answer_markdown(question: str, answer: Answer, words: Messages) -> str:
    """A question with its answer, notes and cited clauses as Markdown.

    Args:
        question: what the person typed.
        answer: the complete answer.
        words: the interface's words.
    """
    blocks = [f"## {escape(' '.join(question.split()))}"]
    if answer.refusal:
        blocks.append(f"**{words('refusal')}** {escape(answer.refusal.reason)}")
    elif answer.reply:
        blocks.append(escape(answer.reply))
    if answer.comparison:
        blocks.append(_table(*comparison_table(answer, words)))
    for statement in answer.prose:
        blocks.append(escape(statement.text) + "".join(f" [{n}]" for n in statement.citations))
        if not statement.verified:
            blocks.append(f"> **{words('unverified')}** {words('own_words')} {escape(statement.own)}")
    blocks += [f"> **{words('note_' + note.kind)}** {escape(note.text)}" for note in answer.remarks]
    if told := told_by(answer, words):
        blocks.append(f"*{escape(told)}*")
    sources = number_sources(answer)
    if answer.related:
        blocks.append(f"### {words('related')}")
        blocks += [
            f"**{words('related_' + item.kind)}** {escape(item.text)} [{n}]"
            for n, item in zip(sources.related, answer.related, strict=True)
        ]
    citations = (*sources.cited, *sources.more)
    if citations:
        blocks.append(f"### {words('sources')}")
        blocks += [_citation(n, citation, words) for n, citation in enumerate(citations, 1)]
    if answer.refusal and answer.refusal.nearest:
        blocks.append(f"### {words('nearest')}")
        blocks += [_citation(0, citation, words) for citation in answer.refusal.nearest]
    return "\n\n".join(blocks) + "\n"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = (heads, ["---"] * len(heads), *([escape(" ".join(cell.split())) for cell in row] for row in rows))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _citation(number: int, citation: Citation, words: Messages) -> str:
    href = f"{ORIGIN}clause/{url_quote(citation.clause_id, safe='/')}"
    mark = f"[{number}] " if number else "- "
    head = f"{mark}[{escape(citation.label)}]({href}) {escape(citation.validity)}".rstrip()
    quoted = "\n\n".join(citation.quotes or (citation.quote,))
    quote = "\n".join(f"> {escape(line)}".rstrip() for line in quoted.splitlines())
    gist = f"*{words('gist')}* {escape(citation.gist)}" if citation.gist else ""
    return "\n\n".join(part for part in (head, quote, gist) if part)
