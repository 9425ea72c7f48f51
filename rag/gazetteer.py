"""Names of zones, places and documents, found in a question.

The names come from the collection itself: the zones of its documents, the cities in their titles, the
words of their titles. Data files add the spellings and the districts that the collection cannot know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corpus.text import fold
from corpus.types import Document
from rag.lexicon import load_lexicon
from rag.places import Mention, Place, Places, targets
from rag.stretches import Span, inside, negated_parts
from rag.titles import Titles

_FEW = 200
"""Documents among which a word of a title can say which is not meant."""


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


class Gazetteer:
    """Finds the zones, places and documents of one collection in a question."""

    def __init__(self, documents: Sequence[Document]) -> None:
        """Gathers the names of a collection.

        Args:
            documents: all documents of the collection.
        """
        self._order = {document.id: i for i, document in enumerate(documents)}
        self._places = Places(documents)
        self._titles = Titles(documents, self._places.ends_with_place)

    def find(self, folded: str, within: Sequence[str] = ()) -> Named:
        """Finds every name in a question.

        Args:
            folded: the folded question.
            within: ids of the documents spoken of before, among which a kind of document is looked for
                where the question names no place.

        Returns:
            What is named; a name in a part such as 不是… counts as excluded.
        """
        refused = negated_parts(folded)
        mentions = self._places.mentions(folded)
        if not within and not load_lexicon().survey.search(folded):
            refused = _spared(refused, mentions)
        meant = [m for m in mentions if not inside(m.start, refused)]
        unmeant = [m.place for m in mentions if inside(m.start, refused)]
        known = targets(folded, meant)
        local = list(dict.fromkeys(d for place in known for d in place.documents))
        scope = dict.fromkeys(local or within or self._order)
        excluded = {d for place in unmeant for d in place.documents if place.narrow or d not in local}
        named, spans = self._titles.meant(folded, refused, scope, bool(local or within))
        if local or within or len(scope) <= _FEW:
            excluded |= self._titles.unmeant(folded, refused, scope) - set(named)
        narrow = [d for place in known if place.narrow for d in place.documents]
        named += _only_ones(known, named)
        names = [*map(_name, mentions), *(Name(*span) for span in spans)]
        return Named(
            zones=tuple(dict.fromkeys(zone for place in known for zone in place.zones)),
            documents=tuple(d for d in dict.fromkeys([*named, *narrow]) if d not in excluded),
            local=tuple(d for d in local if d not in excluded),
            excluded=tuple(sorted(excluded, key=self._order.__getitem__)),
            absent=tuple(dict.fromkeys(m.place.name for m in meant if not m.place.documents)),
            names=tuple(sorted(names, key=lambda name: name.start)),
        )


def _spared(refused: list[Span], mentions: Sequence[Mention]) -> list[Span]:
    """The parts that say what is not meant; none where they hold all the places: one is asked about."""
    known = [m for m in mentions if m.place.documents]
    return [] if known and all(inside(m.start, refused) for m in known) else refused


def _only_ones(places: Sequence[Place], named: Sequence[str]) -> list[str]:
    """Where documents of some of several places are named, the others' that have but one."""
    if not named or len(places) < 2:
        return []
    return [p.documents[0] for p in places if len(p.documents) == 1 and p.documents[0] not in named]


def _name(mention: Mention) -> Name:
    place = mention.place
    chinese = fold(place.name) if mention.latin else ""
    return Name(mention.start, mention.end, chinese, bool(place.documents) and not place.within)
