"""The interface's words in Chinese and English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from rag.types import Language

DATA = Path(__file__).parent / "data"


class Messages:
    """The words of one language, by key."""

    def __init__(self, language: Language, words: Mapping[str, str]) -> None:
        self.language = language
        self._words = words

    def __call__(self, key: str, **values: object) -> str:
        """The words under ``key`` with ``values`` filled in.

        Raises:
            KeyError: no such key, or a value is missing.
        """
        text = self._words[key]
        return text.format(**values) if values else text

    def day(self, on: date) -> str:
        """A date as people write it."""
        if self.language == "zh":
            return f"{on.year}年{on.month}月{on.day}日"
        return f"{on.day} {on:%B %Y}"

    def month(self, on: date) -> str:
        """A date's year and month as people write them."""
        return f"{on.year}年{on.month}月" if self.language == "zh" else f"{on:%B %Y}"

    @property
    def html_language(self) -> str:
        """The value of the ``lang`` attribute."""
        return "zh-CN" if self.language == "zh" else "en"


@cache
def messages(language: Language) -> Messages:
    """The interface's words in ``language``."""
    return Messages(language, tomllib.loads((DATA / f"{language}.toml").read_text(encoding="utf-8")))


def choose_language(accepted: str | None) -> Language:
    """The language for what a browser accepts.

    Args:
        accepted: an ``Accept-Language`` header, or ``navigator.language``.

    Returns:
        The one that the person prefers; English where neither Chinese nor English is named.
    """
    preferred: list[tuple[float, Language]] = []
    for part in (accepted or "").lower().split(","):
        tag, _, rest = part.strip().partition(";")
        language: Language | None = "zh" if tag.startswith("zh") else "en" if tag.startswith("en") else None
        if language:
            preferred.append((_quality(rest), language))
    return max(preferred, key=lambda item: item[0])[1] if preferred else "en"


def _quality(parameters: str) -> float:
    """The weight q of one accepted language."""
    try:
        return float(parameters.strip().removeprefix("q=")) if parameters.strip() else 1.0
    except ValueError:
        return 0.0
