"""Plain text: every line a block."""

from __future__ import annotations

from corpus.loaders.builder import clean, line_blocks
from corpus.source import SourceText


def read_plain(text: str, name: str) -> tuple[SourceText, ...]:
    """Reads a plain text.

    Args:
        text: the decoded file.
        name: the file's name.

    Returns:
        One source; its offsets are those of the decoded file unless that holds invisible characters.
    """
    text = clean(text)
    return (SourceText(name, text, line_blocks(text)),)
