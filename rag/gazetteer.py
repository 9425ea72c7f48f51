"""Names of zones, places and documents, found in a question.

The names come from the collection itself: the zones of its documents, the cities in their titles, the
words of their titles. Data files add the spellings and the districts that the collection cannot know.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest

from corpus.text import fold
from corpus.types import Document
from rag.lexicon import load_lexicon, read_rows, read_toml

_ORDINAL = re.compile(r"^[一二三四五六七八九十]+、")
_CLAUSE_BREAK = re.compile(r"[,，。;；!！?？)）\n]")
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
# A shipped document is named by city, year and kind; those of files have no such year.
_YEAR_IN_ID = re.compile(r"(?<=-)(20\d\d)(?=-)")
_QUOTED_TITLE = re.compile(r"《([^《》]{2,80})》")
_TITLE_MATCH = 0.6
_MODIFIER_CHARACTERS = 24
_SURE_WORDS = 2
_POINTER = re.compile(r"(?:这|那)(?:份|个|版)?(?:的)?$")


@dataclass(frozen=True, slots=True)
class Name:
    """A name found in a question.

    Attributes:
        start: offset of its first character in the folded question.
        end: offset behind its last character.
        chinese: how the texts write it, folded; empty where that is how it stands in the question.
        steers: whether it says which documents are meant, and little about the subject.
    """

    start: int
    end: int
    chinese: str = ""
    steers: bool = True


@dataclass(frozen=True, slots=True)
class Named:
    """What a question names.

    Attributes:
        zones: zones (``Document.zone``), in the order named.
        documents: ids of documents, named by title, kind, year or a place that only they hold for.
        local: ids of all documents of the places named, whether or not they have a zone.
        excluded: ids of documents that the question says it does not mean.
        absent: places that no document of the collection stands for.
        names: every name found, by its place in the folded question.
    """

    zones: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    names: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """A place and the documents that hold for it.

    ``narrow`` where these are only some of the city's; ``within`` where it is a part of a city whose
    documents speak of the whole.
    """

    name: str
    documents: tuple[str, ...]
    zones: tuple[str, ...]
    narrow: bool = False
    within: bool = False


@dataclass(frozen=True, slots=True)
class _Title:
    document: str
    folded: str
    kinds: tuple[str, ...]
    years: frozenset[str]


class Gazetteer:
    """Finds the zones, places and documents of one collection in a question."""

    def __init__(self, documents: Sequence[Document]) -> None:
        """Gathers the names of a collection.

        Args:
            documents: all documents of the collection.
        """
        self._order = {document.id: i for i, document in enumerate(documents)}
        self._zone_of = {document.id: document.zone for document in documents}
        self._spellings = {row[0]: row[1].split(";") for row in read_rows("cities.tsv")}
        self._places = self._gather_places(documents)
        self._chinese = _alternation(n for n in self._places if not n.isascii())
        self._latin = re.compile(
            "|".join(rf"\b{_latin_pattern(n)}\b" for n in _longest_first(self._places) if n.isascii())
            or r"(?!)"
        )
        self._sounds: dict[int, dict[tuple[str, ...], str]] = defaultdict(dict)
        for name, place in self._places.items():
            if not name.isascii() and place.documents:
                self._sounds[len(name)].setdefault(_sound(name), name)
        titles = read_toml("titles.toml")
        self._kinds = _alternation(titles["kinds"])
        self._broad = frozenset(titles["broad"])
        self._english_kinds = titles["english"]
        self._titles = [self._title(document) for document in documents]

    def find(self, folded: str, within: Sequence[str] = ()) -> Named:
        """Finds every name in a question.

        Args:
            folded: the folded question.
            within: ids of the documents spoken of before, among which a kind of document is looked for
                where the question names no place.

        Returns:
            What is named; a name in a part such as 不是… counts as excluded.
        """
        refused = _negated_parts(folded)
        names: list[Name] = []
        meant: dict[str, _Place] = {}
        unmeant: dict[str, _Place] = {}
        mentions = self._place_mentions(folded)
        for start, end, name in mentions:
            place = self._places[name]
            chinese = fold(place.name) if name.isascii() else ""
            names.append(Name(start, end, chinese, bool(place.documents) and not place.within))
            (unmeant if _inside(start, refused) else meant).setdefault(name, place)
        known = _targets(folded, [m for m in mentions if m[2] in meant], meant)
        local = list(dict.fromkeys(d for place in known for d in place.documents))
        narrow = [d for place in known if place.narrow for d in place.documents]
        scope = local or list(within) or list(self._order)
        excluded = {d for place in unmeant.values() for d in place.documents} - set(local)
        excluded |= {d for place in unmeant.values() if place.narrow for d in place.documents}
        named, named_spans = self._documents_meant(folded, refused, scope, bool(local or within))
        excluded |= self._documents_unmeant(folded, refused, scope) - set(named)
        documents = dict.fromkeys([*named, *narrow])
        return Named(
            zones=tuple(dict.fromkeys(zone for place in known for zone in place.zones)),
            documents=tuple(d for d in documents if d not in excluded),
            local=tuple(d for d in local if d not in excluded),
            excluded=tuple(sorted(excluded, key=self._order.__getitem__)),
            absent=tuple(place.name for place in meant.values() if not place.documents),
            names=tuple(sorted([*names, *(Name(*span) for span in named_spans)], key=lambda n: n.start)),
        )

    # Places

    def _gather_places(self, documents: Sequence[Document]) -> dict[str, _Place]:
        """All names of places, folded, with what they stand for."""
        cities = {fold(name).removesuffix("市"): name for name in self._spellings}
        members: dict[str, list[Document]] = defaultdict(list)
        suffix = _common_suffix([fold(d.zone) for d in documents if d.zone])
        for document in documents:
            city = _city_in(fold(document.zone), cities) or _own_name(document.zone, suffix)
            city = city or _city_in(fold(document.title), cities)
            if city:
                members[city].append(document)
        places: dict[str, _Place] = {}
        for city, held in members.items():
            place = _place(city, held)
            for spelling in (city, *self._spellings.get(cities.get(city, ""), ())):
                places[fold(spelling)] = place
        for entry in read_toml("places.toml")["place"]:
            held = [d for d in members.get(entry["city"], []) if entry.get("title", "") in d.title]
            for spelling in entry["names"] if held else ():
                places.setdefault(fold(spelling), _part(entry["names"], spelling, held, "title" in entry))
        for name, spellings in self._spellings.items():
            for spelling in (name, *spellings):
                places.setdefault(fold(spelling), _Place(name, (), ()))
        return places

    def _place_mentions(self, folded: str) -> list[tuple[int, int, str]]:
        """Places by their names, and by other characters of the same sound."""
        found = [(*m.span(), m[0]) for m in self._chinese.finditer(folded)]
        found += [(*m.span(), _plain_latin(m[0])) for m in self._latin.finditer(folded)]
        named = any(self._places[name].documents for _, _, name in found)
        if not named:
            found += self._misspelt(folded, [(start, end) for start, end, _ in found])
        return sorted(found)

    def _misspelt(self, folded: str, taken: list[tuple[int, int]]) -> list[tuple[int, int, str]]:
        found = []
        for run in re.finditer(r"[\u4e00-\u9fff]{2,}", folded):
            for length, sounds in self._sounds.items():
                for start in range(run.start(), run.end() - length + 1):
                    window = folded[start : start + length]
                    name = sounds.get(_sound(window), "")
                    # One character must be right: 程度 sounds like 成都 and 背景 like 北京.
                    if name and set(name) & set(window) and not _inside(start, taken):
                        found.append((start, start + length, name))
        return found

    # Documents

    def _title(self, document: Document) -> _Title:
        folded = fold(document.title)
        dates = (document.issued, document.effective)
        years = {str(day.year) for day in dates if day} | set(_YEAR.findall(folded + document.doc_number))
        years |= set(_YEAR_IN_ID.findall(document.id))
        kinds = tuple(m[0] for m in self._kinds.finditer(folded) if m[0] not in self._broad)
        return _Title(document.id, folded, kinds, frozenset(years))

    def _documents_meant(
        self, folded: str, refused: list[tuple[int, int]], scope: list[str], local: bool
    ) -> tuple[list[str], list[tuple[int, int]]]:
        """Documents named by a quoted title, or by the kind, year and words of a title."""
        titles = [t for t in self._titles if t.document in set(scope)]
        named: list[str] = []
        spans: list[tuple[int, int]] = []
        for quoted in _QUOTED_TITLE.finditer(folded):
            if not _inside(quoted.start(), refused):
                named += _by_quoted_title(quoted[1], titles) or _by_quoted_title(quoted[1], self._titles)
                spans.append(quoted.span())
        if local and len(titles) > 1:
            for start, end, kind in self._kind_mentions(folded):
                if _inside(start, refused) or _inside(start, spans):
                    continue
                found = self._by_kind(kind, _modifier(folded, start), titles)
                named += found
                if found:
                    spans.append((start, end))
            for year in _pointed_years(folded):
                if not _inside(year.start(), refused):
                    dated = [t.document for t in titles if year[1] in t.years]
                    named += dated if len(dated) < len(titles) and not named else []
        return list(dict.fromkeys(named)), spans

    def _documents_unmeant(self, folded: str, refused: list[tuple[int, int]], scope: list[str]) -> set[str]:
        """Documents that a part such as 不是2018年的 or 不是产业链那份 speaks of."""
        titles = [t for t in self._titles if t.document in set(scope)]
        found: set[str] = set()
        for start, end in refused:
            part = folded[start:end]
            years = set(_YEAR.findall(part))
            dated = {t.document for t in titles if years & t.years}
            words = _title_words(part, titles)
            worded = {t.document for t in titles if any(w in t.folded for w in words)}
            for group in (dated, worded):
                if group and len(group) < len(titles):
                    found |= group
        return found

    def _kind_mentions(self, folded: str) -> list[tuple[int, int, str]]:
        found = [(*m.span(), m[0]) for m in self._kinds.finditer(folded) if m[0] not in self._broad]
        taken: list[tuple[int, int]] = []
        for words in _longest_first(self._english_kinds):
            for m in re.finditer(rf"\b{re.escape(words)}\b", folded):
                if not _inside(m.start(), taken):
                    taken.append(m.span())
                    found.append((*m.span(), self._english_kinds[words]))
        found.sort()
        # 专项政策的实施细则 is one document's name, of the last kind.
        return [a for a, b in zip_longest(found, found[1:]) if not b or b[0] - a[1] > 1]

    def _by_kind(self, kind: str, modifier: str, titles: list[_Title]) -> list[str]:
        """The documents of this kind whose years and words fit best what stands before the kind."""
        head = kind[-2:]
        same = [t for t in titles if kind in t.folded] or [
            t for t in titles if any(k.endswith(head) for k in t.kinds)
        ]
        same = [t for t in same if t.folded.endswith(kind)] or same
        years = set(_YEAR.findall(modifier))
        words = _title_words(modifier, titles)
        dated = [t for t in same if years & t.years]
        if dated:
            same = [t for t in dated if years <= t.years] or dated
        fits = {t.document: sum(w in t.folded for w in words) for t in same}
        best = max(fits.values(), default=0)
        found = [document for document, fit in fits.items() if fit == best]
        sure = len(kind) > 2 or dated or best >= _SURE_WORDS or self._pointed_at(modifier)
        return found if sure and len(found) < len(titles) else []

    def _pointed_at(self, modifier: str) -> bool:
        """Whether a place or 那份 stands right before the kind, as in 苏州方案."""
        if _POINTER.search(modifier):
            return True
        return any(m.end() == len(modifier) for m in self._chinese.finditer(modifier))


def _targets(folded: str, mentions: list[tuple[int, int, str]], meant: dict[str, _Place]) -> list[_Place]:
    """The places asked about: without those that somebody only comes from, or behind 只问 those alone."""
    lexicon = load_lexicon()
    known = [(start, meant[name]) for start, _, name in mentions if meant[name].documents]
    limits = [end for _, end in lexicon.focus.spans(folded)]
    focused = [(start, place) for start, place in known if limits and start >= limits[-1]]
    known = focused or known
    left = [end for _, end in lexicon.origin.spans(folded)]
    staying = [place for start, place in known if not any(0 <= start - end <= 1 for end in left)]
    return list(dict.fromkeys(staying or [place for _, place in known]))


def _place(name: str, documents: Sequence[Document], narrow: bool = False) -> _Place:
    zones = tuple(dict.fromkeys(d.zone for d in documents if d.zone))
    return _Place(name, tuple(d.id for d in documents), zones, narrow)


def _part(names: Sequence[str], spelling: str, documents: Sequence[Document], narrow: bool) -> _Place:
    """A part of a city: an English spelling stands for the shortest Chinese one."""
    chinese = min((n for n in names if not n.isascii()), key=len, default=spelling)
    place = _place(chinese if spelling.isascii() else spelling, documents, narrow)
    return replace(place, within=not narrow)


def _city_in(folded: str, cities: dict[str, str]) -> str:
    """The city that a zone or title names first."""
    found = [(folded.find(city), -len(city), city) for city in cities if city in folded]
    return min(found)[2] if found else ""


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


def _longest_first(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (-len(name), name))


def _alternation(names: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _longest_first(names))) or r"(?!)")


def _latin_pattern(name: str) -> str:
    return re.escape(name).replace("'", "['’]?").replace(r"\ ", r"\s+")


def _plain_latin(name: str) -> str:
    return re.sub(r"\s+", " ", name.replace("’", "'"))


@lru_cache(maxsize=50_000)
def _sound(name: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(name))


def _negated_parts(folded: str) -> list[tuple[int, int]]:
    """Parts of a question that say what is not meant, up to the next punctuation."""
    parts = []
    for start, end in load_lexicon().negation.spans(folded):
        stop = _CLAUSE_BREAK.search(folded, end)
        parts.append((start, stop.start() if stop else len(folded)))
    return parts


def _inside(position: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= position < end for start, end in spans)


def _modifier(folded: str, start: int) -> str:
    """What stands before a document's kind, in the same clause of the question."""
    before = folded[max(0, start - _MODIFIER_CHARACTERS) : start]
    return _CLAUSE_BREAK.split(before)[-1]


def _pointed_years(folded: str) -> list[re.Match[str]]:
    """Years that name a document, as in 2018年那份; a bare year is a date in the subject."""
    found = []
    for m in re.finditer(r"(?<!\d)(20\d\d)\s*年?\s*(?:发布|出台|印发)?的?\s*(?:那|这)(?:份|个|版)", folded):
        found.append(m)
    return found


def _by_quoted_title(quoted: str, titles: list[_Title]) -> list[str]:
    """The documents whose title holds nearly all that stands between 《 and 》."""
    pairs = _pairs(quoted)
    fits = {t.document: len(pairs & _pairs(t.folded)) / len(pairs) for t in titles} if pairs else {}
    best = max(fits.values(), default=0.0)
    if best < _TITLE_MATCH:
        return []
    top = [t for t in titles if fits[t.document] == best]
    shortest = min(len(t.folded) for t in top)
    return [t.document for t in top if len(t.folded) == shortest]


def _title_words(part: str, titles: list[_Title]) -> set[str]:
    """Pairs of characters that stand in some, but not in all, of the titles."""
    counts = Counter(pair for t in titles for pair in _pairs(t.folded))
    return {pair for pair in _pairs(part) if 0 < counts[pair] < len(titles)}


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1) if text[i : i + 2].isalnum()}
