"""What the collection is: its sources, its date, its zones under short names."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import islice

from app.i18n import DATA, Messages
from corpus.errors import PolicyQAError
from corpus.types import Document
from rag.lexicon import read_rows
from rag.types import Language

LISTED = 200
"""The most documents that the page lists."""

_SHOWN = 40  # characters of a wrong name


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A source file that ships with the project.

    Attributes:
        titles: its title by language.
        collected: the month it was put together in; the day means nothing.
    """

    titles: dict[Language, str]
    collected: date


@dataclass(frozen=True, slots=True)
class Example:
    """An example question.

    Attributes:
        questions: its words by language.
        document: id of the document that answers it; empty where it suits any collection.
    """

    questions: dict[Language, str]
    document: str


@cache
def known_sources() -> dict[str, KnownSource]:
    """The shipped sources by file name."""
    table = tomllib.loads((DATA / "sources.toml").read_text(encoding="utf-8"))
    return {
        row["file"]: KnownSource({"zh": row["zh"], "en": row["en"]}, row["collected"])
        for row in table["source"]
    }


@cache
def _latin_names() -> list[tuple[str, str]]:
    """Places with the first of their Latin spellings, longer names first."""
    rows = sorted(read_rows("cities.tsv"), key=lambda row: -len(row[0]))
    return [(row[0], row[1].split(";")[0]) for row in rows]


@cache
def _examples() -> tuple[Example, ...]:
    table = tomllib.loads((DATA / "examples.toml").read_text(encoding="utf-8"))
    return tuple(
        Example({"zh": row["zh"], "en": row["en"]}, row.get("document", "")) for row in table["example"]
    )


class Collection:
    """The documents of an index as the chat presents them."""

    def __init__(self, by_id: Mapping[str, Document]) -> None:
        self.by_id = by_id
        documents = by_id.values()
        self.zones = tuple(dict.fromkeys(d.zone for d in documents if d.zone))
        sources = known_sources()
        self._shipped = tuple(dict.fromkeys(d.source for d in documents if d.source in sources))
        self._added = sum(d.source not in sources for d in documents)
        self._ending = _common_ending(self.zones)

    def examples(self, language: Language) -> list[str]:
        """The example questions that this collection can answer."""
        return [e.questions[language] for e in _examples() if not e.document or e.document in self.by_id]

    def short_zone(self, zone: str, language: Language) -> str:
        """A zone's name without the words that all zones end with; in English after its city's name."""
        short = zone.removesuffix(self._ending) or zone
        if language == "zh":
            return short
        city = next((latin for name, latin in _latin_names() if short.startswith(name)), "")
        return f"{city} {short}".strip()

    def zones_named(self, name: str) -> tuple[str, ...]:
        """The zones that a person means by a name or a part of one, in Chinese or English.

        Raises:
            PolicyQAError: no zone has such a name.
        """
        wanted = name.strip().casefold()
        found = [z for z in self.zones if wanted and wanted in f"{z} {self.short_zone(z, 'en')}".casefold()]
        if not found:
            known = "、".join(self.short_zone(zone, "zh") for zone in self.zones) or "none"
            raise PolicyQAError(f"no zone {name[:_SHOWN]!r}; there are: {known}")
        return tuple(found)

    def zones_known(self, names: Sequence[str]) -> list[str]:
        """The zones meant by those of several names that are known, each once."""
        found: list[str] = []
        for name in names:
            with suppress(PolicyQAError):
                found += self.zones_named(name)
        return list(dict.fromkeys(found))

    def by_zone(self, language: Language) -> list[tuple[str, list[Document]]]:
        """The first documents under the short names of their zones, those without a zone first."""
        groups: dict[str, list[Document]] = {"": []}
        for document in islice(self.by_id.values(), LISTED):
            groups.setdefault(self.short_zone(document.zone, language), []).append(document)
        return [(zone, documents) for zone, documents in groups.items() if documents]

    @property
    def unlisted(self) -> int:
        """How many documents ``by_zone`` leaves out."""
        return max(len(self.by_id) - LISTED, 0)

    def title(self, words: Messages) -> str:
        """The titles of the shipped sources it holds; empty where it holds none."""
        return " · ".join(known_sources()[name].titles[words.language] for name in self._shipped)

    def facts(self, words: Messages) -> list[str]:
        """Short lines on its date and extent."""
        facts = [
            words("collection_date", date=words.month(known_sources()[name].collected))
            for name in self._shipped
        ]
        key = "collection_counts" if self.zones else "collection_counts_no_zones"
        facts.append(words(key, documents=len(self.by_id), zones=len(self.zones)))
        if self._shipped and self._added:
            facts.append(words("collection_added", added=self._added))
        return facts


def _common_ending(names: Sequence[str]) -> str:
    """The words that all of several names end with, never a whole name."""
    if len(names) < 2:
        return ""
    ending = min(names, key=len)
    while not all(name.endswith(ending) for name in names):
        ending = ending[1:]
    return ending if ending not in names else ""
