"""Titles: which documents a question names by title, kind, year or the words of a title."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from corpus.text import fold
from corpus.types import Document
from rag.glossary import load_glossary
from rag.lexicon import load_lexicon, read_toml
from rag.places import alternation, longest_first
from rag.stretches import Span, clause_before, inside

_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
# A shipped document is named by city, year and kind; those of files have no such year.
_YEAR_IN_ID = re.compile(r"(?<=-)(20\d\d)(?=-)")
_QUOTED_TITLE = re.compile(r"《([^《》]{2,80})》")
_TITLE_MATCH = 0.6
_SHORTEST_TITLE = 3
_STATE = "中华人民共和国"
_BRACKETED = re.compile(r"[(（\[].*?[)）\]]")
_MODIFIER_CHARACTERS = 24
_LATIN_LONGER = 3  # times as many characters for the same words
_LATIN_ENDING = re.compile(r"(?:[a-z]+[ -]){0,2}[a-z]+\s*$")
_BETWEEN_WORDS = "的ai"
_SURE_WORDS = 2
_POINTER = re.compile(r"(?:这|那)(?:份|个|版)?(?:的)?$")
_POINTED_YEAR = re.compile(r"(?<!\d)(20\d\d)\s*年?\s*(?:发布|出台|印发)?的?\s*(?:那|这)(?:份|个|版)")
"""Years that name a document, as in 2018年那份; a bare year is a date in the subject."""


@dataclass(frozen=True, slots=True)
class _Title:
    document: str
    zone: str
    folded: str
    kinds: tuple[str, ...]
    years: frozenset[str]


class Titles:
    """Finds the documents of one collection in a question."""

    def __init__(self, documents: Sequence[Document], ends_with_place: Callable[[str], bool]) -> None:
        """Gathers the titles.

        Args:
            documents: all documents of the collection.
            ends_with_place: whether a place name stands at the end of a text.
        """
        self._ends_with_place = ends_with_place
        words = read_toml("titles.toml")
        self._kinds = alternation(words["kinds"])
        self._broad = frozenset(words["broad"])
        self._like: dict[str, tuple[str, ...]] = {k: tuple(f) for f in words["alike"] for k in f}
        self._english_kinds: dict[str, str] = words["english"]
        self._titles = [self._title(document) for document in documents]
        self._by_document = {title.document: title for title in self._titles}
        self._short_titles = _short_titles(self._titles)

    def meant(
        self, folded: str, refused: Sequence[Span], scope: Collection[str], local: bool
    ) -> tuple[list[str], list[Span]]:
        """Finds the documents that are meant.

        Args:
            folded: the folded question.
            refused: parts of it that say what is not meant.
            scope: ids of the documents among which to look.
            local: whether the scope is that of a place or of what was spoken of before: only then a kind of
                document or a year names one.

        Returns:
            Ids of documents, and the offsets of what names them.
        """
        titles = self._among(scope)
        named: list[str] = []
        spans: list[Span] = []
        for quoted in _QUOTED_TITLE.finditer(folded):
            if not inside(quoted.start(), refused):
                named += _by_quoted_title(quoted[1], titles) or _by_quoted_title(quoted[1], self._titles)
                spans.append(quoted.span())
        for start, end, found in self._short_mentions(folded):
            if not inside(start, refused) and not inside(start, spans):
                named += [document for document in found if document in scope]
                spans.append((start, end))
        if local and len(titles) > 1:
            for start, end, kind in self._kind_mentions(folded):
                if inside(start, refused) or inside(start, spans):
                    continue
                longest = _MODIFIER_CHARACTERS * (_LATIN_LONGER if folded[start].isascii() else 1)
                modifier = clause_before(folded, start, longest)
                found = [d for group in _by_zone(titles) for d in self._by_kind(kind, modifier, group)]
                named += found
                if found:
                    offset = start - len(modifier)
                    spans.append((offset + self._words_before(modifier, found), end))
                    spans += self._dates(modifier, offset, found)
            for year in _POINTED_YEAR.finditer(folded):
                dated = [t.document for t in titles if year[1] in t.years]
                if not inside(year.start(), refused) and len(dated) < len(titles) and not named:
                    named += dated
                    spans.append(year.span(1))
        return list(dict.fromkeys(named)), spans

    def unmeant(self, folded: str, refused: Sequence[Span], scope: Collection[str]) -> set[str]:
        """Finds the documents of which a part such as 不是2018年的 or 不是产业链那份 speaks.

        Args:
            folded: the folded question.
            refused: the parts of it that say what is not meant.
            scope: ids of the documents among which to look.

        Returns:
            Ids of documents.
        """
        titles = self._among(scope)
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

    def _among(self, scope: Collection[str]) -> list[_Title]:
        return [self._by_document[document] for document in scope]

    def _title(self, document: Document) -> _Title:
        folded = fold(document.title)
        dates = (document.issued, document.effective)
        years = {str(day.year) for day in dates if day} | set(_YEAR.findall(folded + document.doc_number))
        years |= set(_YEAR_IN_ID.findall(document.id))
        kinds = tuple(m[0] for m in self._kinds.finditer(folded) if m[0] not in self._broad)
        return _Title(document.id, document.zone, folded, kinds, frozenset(years))

    def _short_mentions(self, folded: str) -> list[tuple[int, int, list[str]]]:
        """Where a whole title stands in a question, but for what all laws of a country begin with."""
        found: list[tuple[int, int, list[str]]] = []
        for start in range(len(folded) - _SHORTEST_TITLE + 1):
            for title, documents in self._short_titles.get(folded[start : start + _SHORTEST_TITLE], ()):
                if folded.startswith(title, start) and not (found and start < found[-1][1]):
                    found.append((start, start + len(title), documents))
        return found

    def _kind_mentions(self, folded: str) -> list[tuple[int, int, str]]:
        found = [(*m.span(), m[0]) for m in self._kinds.finditer(folded) if m[0] not in self._broad]
        taken: list[Span] = []
        for words in longest_first(self._english_kinds):
            spelt = re.escape(words).replace(r"\ ", "[ -]")
            for m in re.finditer(rf"\b{spelt}s?\b(?! to\b)", folded):
                if not inside(m.start(), taken):
                    taken.append(m.span())
                    found.append((*m.span(), self._english_kinds[words]))
        found.sort()
        # 专项政策的实施细则 is one document's name, of the last kind.
        return [a for a, b in zip_longest(found, found[1:]) if not b or b[0] - a[1] > 1]

    def _by_kind(self, kind: str, modifier: str, titles: list[_Title]) -> list[str]:
        """The documents of this kind whose years and words fit best what stands before the kind.

        Where there is none, those of a kind like it, if the words are sure.
        """
        head = kind[-2:]
        own = [t for t in titles if kind in t.folded] or _of_kinds(titles, (head,))
        same = own or _of_kinds(titles, self._like.get(head, ()))
        same = [t for t in same if t.folded.endswith(kind)] or same
        years = set(_YEAR.findall(modifier))
        meant = _in_chinese(modifier)
        words = _title_words(modifier + kind[:-2] + meant, titles)
        dated = [t for t in same if years & t.years]
        if dated:
            same = [t for t in dated if years <= t.years] or dated
        fits = {t.document: sum(w in t.folded for w in words) for t in same}
        best = max(fits.values(), default=0)
        found = [document for document, fit in fits.items() if fit == best]
        sure = best >= (1 if meant else _SURE_WORDS) or (
            own and (len(kind) > 2 or dated or self._pointed_at(modifier))
        )
        return found if sure and len(found) < len(titles) else []

    def _dates(self, modifier: str, offset: int, documents: Sequence[str]) -> list[Span]:
        """Where the years stand that say which documents are meant, as in 上海2018年的办法."""
        years = {year for d in documents for year in self._by_document[d].years}
        return [(offset + m.start(), offset + m.end()) for m in _YEAR.finditer(modifier) if m[1] in years]

    def _words_before(self, modifier: str, documents: Sequence[str]) -> int:
        """Where the words right before a kind begin that are the title's, as in 进一步促进AI产业的意见."""
        titles = "\n".join(self._by_document[document].folded for document in documents)
        fits = (m.start() for m in re.finditer(r"(?=(\w\w))", modifier) if m[1] in titles)
        held = {place for start in fits for place in (start, start + 1)}
        begin = len(modifier)
        while begin and (begin - 1 in held or modifier[begin - 1] in _BETWEEN_WORDS):
            begin -= 1
        return begin

    def _pointed_at(self, modifier: str) -> bool:
        """Whether a place or 那份 stands right before the kind, as in 苏州方案."""
        return bool(_POINTER.search(modifier)) or self._ends_with_place(modifier)


def _by_zone(titles: Sequence[_Title]) -> list[list[_Title]]:
    """The titles of each place that has several."""
    groups: dict[str, list[_Title]] = defaultdict(list)
    for title in titles:
        groups[title.zone].append(title)
    return [group for group in groups.values() if len(group) > 1]


def _of_kinds(titles: Sequence[_Title], heads: Sequence[str]) -> list[_Title]:
    return [t for t in titles if any(k.endswith(head) for k in t.kinds for head in heads)]


def _short_titles(titles: list[_Title]) -> dict[str, list[tuple[str, list[str]]]]:
    """Titles as people call them, the longest first, by their first characters, with their documents."""
    held: dict[str, list[str]] = defaultdict(list)
    for title in titles:
        short = _BRACKETED.sub("", title.folded).removeprefix(_STATE).strip()
        if len(short) >= _SHORTEST_TITLE:
            held[short].append(title.document)
    found: dict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for short in sorted(held, key=len, reverse=True):
        found[short[:_SHORTEST_TITLE]].append((short, held[short]))
    return dict(found)


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


def _in_chinese(text: str) -> str:
    """The Chinese words for the English ones that a text ends with, as far as the glossary has them."""
    ending = _LATIN_ENDING.search(text)
    words = re.split("[ -]", ending[0].strip()) if ending else []
    light, english = load_lexicon().policy, load_glossary().english
    phrases = (" ".join(words[start:]) for start in range(len(words)))
    return " ".join(word for phrase in phrases for word in english.get(phrase, ()) if word not in light)


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1) if text[i : i + 2].isalnum()}
