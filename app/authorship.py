"""Who wrote an answer, in the words of the interface."""

from __future__ import annotations

from app.i18n import Messages
from rag.generators.choice import Choice
from rag.types import Answer


def told_by(answer: Answer, words: Messages) -> str:
    """Says which language model wrote an answer, or why it did not; empty where none is in place."""
    if not answer.because or answer.refusal or answer.reply:
        return ""
    if answer.ahead is not None:
        return words("waiting", count=answer.ahead) if answer.ahead else words("writing")
    if answer.instead:
        return words(f"instead_{answer.instead.value}", reason=answer.because)
    return words("written_by", model=answer.generator)


def told_of(choice: Choice, words: Messages) -> str:
    """Says what writes the answers here, and why."""
    reason = words(f"why_{choice.why}", fault=choice.reason)
    if choice.kind == "extractive":
        return words("footer_excerpts", reason=reason)
    return words("footer_written", model=choice.model, reason=reason)
