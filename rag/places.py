"""Places: the zones and cities that the documents of a collection hold for, in every spelling."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from typing import Any

from corpus.text import fold
from corpus.types import Document
from rag.glossary import read_records
from rag.lexicon import load_lexicon, read_rows
from rag.stretches import inside
from rag.types import Language

_ORDINAL = re.compile(r"^[一二三四五六七八九十]+、")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")
_NO_LETTER = re.compile(r"[\s'’]+")
_LONGEST_MISSPELT = 4
_AND = re.compile("市?(?:和|跟|与|、|/)| and ")
_WHOLE = ("city", "zone")
_SOUNDED = ("city", "zone", "district", "town")


@dataclass(frozen=True, slots=True)
class Place:
    """A place and the documents that hold for it.

    Attributes:
        name: how the texts write it.
        documents: ids of the documents; empty where the collection holds none for it.
        zones: their zones.
        narrow: whether they are only some of the city's.
        within: whether it is a part of a city whose documents speak of the whole.
        sounded: whether it is also found in other characters of the same sound.
    """

    name: str
    documents: tuple[str, ...]
    zones: tuple[str, ...]
    narrow: bool = False
    within: bool = False
    sounded: bool = True


@dataclass(frozen=True, slots=True)
class Mention:
    """A place as it stands in a question, at offsets ``[start, end)``."""

    start: int
    end: int
    place: Place
    latin: bool


class Places:
    """Finds the places of one collection, and other places, in a question."""

    def __init__(self, documents: Sequence[Document]) -> None:
        """Gathers the names.

        Args:
            documents: all documents of the collection.
        """
        self._spellings = {row[0]: row[1].split(";") for row in read_rows("cities.tsv")}
        named = self._gather(documents)
        self._chinese = {name: place for name, place in named.items() if not name.isascii()}
        self._latin = {_NO_LETTER.sub("", name): place for name, place in named.items() if name.isascii()}
        self._chinese_pattern = alternation(self._chinese)
        latin = [_latin_pattern(name) for name in longest_first(named) if name.isascii()]
        self._latin_pattern = re.compile(rf"\b(?:{'|'.join(latin)})\b" if latin else r"(?!)")

    @cached_property
    def _sounds(self) -> Mapping[int, Mapping[tuple[str, ...], str]]:
        """The names of the collection by length and sound; read where a question names none of them."""
        found: dict[int, dict[tuple[str, ...], str]] = defaultdict(dict)
        for name, place in self._chinese.items():
            if place.sounded and place.documents and len(name) <= _LONGEST_MISSPELT:
                found[len(name)].setdefault(_sounds(name), name)
        return found

    def mentions(self, folded: str) -> list[Mention]:
        """Finds places by their names.

        Where none of the collection is named, other characters of the same sound are tried.

        Args:
            folded: the folded question.

        Returns:
            The mentions in order.
        """
        found = [
            Mention(*m.span(), self._chinese[m[0]], False) for m in self._chinese_pattern.finditer(folded)
        ]
        for m in self._latin_pattern.finditer(folded):
            found.append(Mention(*m.span(), self._latin[_NO_LETTER.sub("", m[0])], True))
        if not any(mention.place.documents for mention in found):
            found += self._misspelt(folded, [(mention.start, mention.end) for mention in found])
        return sorted(found, key=lambda mention: mention.start)

    def ends_with_place(self, text: str) -> bool:
        """Whether a Chinese place name stands at the end of a text."""
        return any(m.end() == len(text) for m in self._chinese_pattern.finditer(text))

    def _gather(self, documents: Sequence[Document]) -> dict[str, Place]:
        cities = {fold(name).removesuffix("市"): name for name in self._spellings}
        members: dict[str, list[Document]] = defaultdict(list)
        pattern = alternation(cities)
        suffix = _common_suffix([fold(d.zone) for d in documents if d.zone])
        for document in documents:
            in_zone, in_title = (pattern.search(fold(name)) for name in (document.zone, document.title))
            city = in_zone[0] if in_zone else _own_name(document.zone, suffix)
            city = city or (in_title[0] if in_title else "")
            if city:
                members[city].append(document)
        places: dict[str, Place] = {}
        for city, held in members.items():
            place = _hold(city, held)
            for spelling in (city, *self._spellings.get(cities.get(city, ""), ())):
                places[fold(spelling)] = place
        entries = list(read_records("gazetteer.jsonl"))
        districts = {entry["title"] for entry in entries if _is_district(entry) and "title" in entry}
        for entry in entries:
            zone = pattern.search(fold(entry["zone"]))
            city, title = zone[0] if zone else "", entry.get("title", "")
            held = [d for d in members.get(city, []) if title in d.title]
            if _is_district(entry) and not title:  # what one district decrees does not hold in another
                held = [d for d in held if not any(name in d.title for name in districts)]
            for spelling, place in _parts(entry, city, held) if held else ():
                places.setdefault(spelling, place)
        for name, spellings in self._spellings.items():
            for spelling in (name, *spellings):
                places.setdefault(fold(spelling), Place(name, (), ()))
        return places

    def _misspelt(self, folded: str, taken: list[tuple[int, int]]) -> list[Mention]:
        found = []
        for run in _HAN_RUN.finditer(folded):
            sounds = _sounds(run[0])
            for length, names in self._sounds.items():
                for i in range(len(run[0]) - length + 1):
                    name, start = names.get(sounds[i : i + length], ""), run.start() + i
                    # One character must be right: 程度 sounds like 成都 and 背景 like 北京.
                    if set(name) & set(run[0][i : i + length]) and not inside(start, taken):
                        found.append(Mention(start, start + length, self._chinese[name], False))
        return found


def targets(folded: str, mentions: Sequence[Mention]) -> list[Place]:
    """Chooses the places that are asked about.

    Args:
        folded: the folded question.
        mentions: the places meant in it.

    Returns:
        The places of the collection, without those that somebody only comes from; behind words such as 只问
        those alone.
    """
    lexicon = load_lexicon()
    known = [m for m in mentions if m.place.documents]
    limits = [end for _, end in lexicon.focus.spans(folded)]
    known = [m for m in known if limits and m.start >= limits[-1]] or known
    left = {end for _, end in lexicon.origin.spans(folded)}
    staying: list[Mention] = []
    for mention in known:
        # 在苏 is a name of its own, so that it may begin before the end of 原来在.
        if {mention.start - 1, mention.start, mention.start + 1} & left:
            joined = _AND.match(folded, mention.end)
            left |= {joined.end()} if joined else set()
        else:
            staying.append(mention)
    return list(dict.fromkeys(m.place for m in staying or known))


def longest_first(names: Iterable[str]) -> list[str]:
    """Names in the order in which they are to be tried."""
    return sorted(names, key=lambda name: (-len(name), name))


def alternation(names: Iterable[str]) -> re.Pattern[str]:
    """A pattern of any of several names, the longest that fits."""
    return re.compile("|".join(map(re.escape, longest_first(names))) or r"(?!)")


def _is_district(entry: dict[str, Any]) -> bool:
    """Whether an entry of the gazetteer is a district of a city."""
    return bool(entry["kind"] == "district")


def _hold(name: str, documents: Sequence[Document], narrow: bool = False) -> Place:
    zones = tuple(dict.fromkeys(d.zone for d in documents if d.zone))
    return Place(name, tuple(d.id for d in documents), zones, narrow)


def _parts(entry: dict[str, Any], city: str, documents: Sequence[Document]) -> Iterator[tuple[str, Place]]:
    """The spellings of one entry of the gazetteer, with the place that each stands for.

    A Chinese spelling that holds the city's name needs none, as the city is found; but where only some of
    its documents hold for the place, it says more than the city.
    """
    whole, narrow = entry["kind"] in _WHOLE, "title" in entry
    shortest = min((entry["name"], *entry["aliases"]), key=len)
    for spelling in (entry["name"], *entry["aliases"], *entry["en"], entry["pinyin"]):
        if spelling and (narrow or spelling.isascii() or city not in spelling):
            name = city if whole else shortest if spelling.isascii() else spelling
            place = _hold(name, documents, narrow)
            yield (
                fold(spelling),
                replace(place, within=not (narrow or whole), sounded=entry["kind"] in _SOUNDED),
            )


def _common_suffix(zones: list[str]) -> str:
    """What the names of several zones share at their end, such as 国家新一代人工智能创新发展试验区."""
    distinct = sorted(set(zones))
    if len(distinct) < 2:
        return ""
    suffix = distinct[0]
    for zone in distinct[1:]:
        while not zone.endswith(suffix):
            suffix = suffix[1:]
    return suffix


def _own_name(zone: str, suffix: str) -> str:
    name = _ORDINAL.sub("", fold(zone)).removesuffix(suffix)
    return name if len(name) > 1 else ""


def _latin_pattern(name: str) -> str:
    return re.escape(name).replace("'", "['’]?").replace(r"\ ", r"\s+")


@lru_cache(maxsize=10_000)
def _sounds(text: str) -> tuple[str, ...]:
    """The syllables of a run of characters, without tones."""
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(text))


@cache
def _cities() -> dict[str, str]:
    """Names of cities with their usual Latin spelling."""
    return {name: spellings.split(";")[0] for name, spellings in read_rows("cities.tsv")}


def short_name(zone: str, language: Language) -> str:
    """The short name of the place that a zone is: 广州 or Guangzhou; empty where it is not known."""
    name = max((name for name in _cities() if zone.startswith(name)), key=len, default="")
    return name if language == "zh" else _cities().get(name, "")
