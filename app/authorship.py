"""Who writes the answers, in the words of the interface.

Web pages are told neither folders nor addresses of the machine that serves them.
"""

from __future__ import annotations

from pathlib import Path

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
        return words(f"instead_{answer.instead.value}")
    return words("written_by", model=_shown(answer.generator))


def told_of(choice: Choice, words: Messages) -> str:
    """Says what writes the answers here, and why."""
    reason = words(f"why_{choice.why}")
    if choice.kind == "extractive":
        return words("footer_excerpts", reason=reason)
    return words("footer_written", model=_shown(choice.model), reason=reason)


def _shown(model: str) -> str:
    """A model's name; of a folder the last part."""
    return Path(model).name if Path(model).is_absolute() or model.startswith((".", "~")) else model
