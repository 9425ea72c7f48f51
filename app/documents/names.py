"""The names that people's files have."""

from __future__ import annotations

import re
import unicodedata

SUFFIXES = (".pdf", ".docx", ".html", ".htm", ".md", ".markdown", ".txt")
"""What is taken; what a file really is, is told by its content."""

_LONGEST = 200  # bytes in UTF-8; file systems take 255
_HIDDEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


def safe_name(name: str) -> str:
    """A file's name without its folders and without what does not show.

    Args:
        name: as a browser or a command sent it; may be anything.

    Returns:
        A name that can neither leave a folder nor hide, and that holds at most 200 bytes.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()))[-1]
    shown = "".join(c for c in last if unicodedata.category(c) not in _HIDDEN)
    stem, dot, suffix = " ".join(shown.split()).strip(". ").rpartition(".")
    if not dot:
        stem, suffix = suffix, ""
    ending = f".{suffix[:16]}" if suffix else ""
    kept = stem.encode()[: _LONGEST - len(ending.encode())].decode(errors="ignore")
    return f"{kept.strip() or 'document'}{ending}"
