"""The words by which metadata are recognised (``data/metadata.toml``), as parts of patterns."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources


@cache
def _words() -> dict[str, list[str]]:
    text = (resources.files("corpus") / "data" / "metadata.toml").read_text("utf-8")
    words: dict[str, list[str]] = tomllib.loads(text)
    return words


@cache
def any_of(name: str) -> str:
    """A pattern group that matches any word of a list, longer words first.

    Args:
        name: the list's name in the data file.
    """
    words = sorted(_words()[name], key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, words))})"
