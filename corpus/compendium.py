"""Recognises a compendium by its table of contents, and finds where each document begins."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.layout import Line, width
from corpus.text import squash

_CONTENTS = ("目录", "目次", "contents")
_ENTRY = re.compile(r"(?:[-*•]\s*)?(\d{1,3})\s*[.．、]\s*(\S.*?)[\s.．…·\-—]*(\d{1,4})\s*")
_ZONE = re.compile(r"[一二三四五六七八九十百]{1,4}\s*[、．.]\s*(\S.*)")
_MOST_TITLE_LINES = 4
_LONGEST_ENTRY = 200
_NOTICE_LINES = 80
_MOST_REPEATED = 50
_SPACED_DIGIT = re.compile(
    r"(?<=\d)\s+(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])\s+(?=\d)|(?<=[（(—-])\s+|\s+(?=[）)—-])"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One document as the table of contents names it."""

    number: int
    title: str
    zone: str
    page: int


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of one document in its source.

    Attributes:
        title: its full title.
        zone: its zone; empty where the source names none.
        titles: the lines that hold its title, wherever it is repeated.
        notice: the lines between the title and its repetition above the text proper.
        body: the lines of its text.
    """

    title: str
    zone: str
    titles: tuple[Line, ...]
    notice: tuple[Line, ...]
    body: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Compendium:
    """A source of several documents, taken apart.

    Attributes:
        front: the lines before the table of contents.
        contents: the lines of the table of contents.
        parts: the documents.
        back: what stands behind the last document.
    """

    front: tuple[Line, ...]
    contents: tuple[Line, ...]
    parts: tuple[Part, ...]
    back: tuple[Line, ...]


def read_contents(lines: Sequence[Line]) -> tuple[int, int, list[Entry]]:
    """Reads the table of contents.

    Args:
        lines: all lines of a source.

    Returns:
        Index of its first line, index behind its last, and its entries; no entries where the source has
        no table of contents that numbers several documents.
    """
    for first, line in enumerate(lines):
        if squash(line.text).lower() in _CONTENTS:
            end, entries = _entries(lines, first + 1)
            if len(entries) > 1:
                return first, end, entries
    return 0, 0, []


def _entries(lines: Sequence[Line], start: int) -> tuple[int, list[Entry]]:
    entries: list[Entry] = []
    zone, position = "", start
    for position in range(start, len(lines)):
        text = lines[position].text[:_LONGEST_ENTRY]
        entry = _ENTRY.fullmatch(text)
        heading = _ZONE.fullmatch(text)
        if entry and int(entry[1]) == len(entries) + 1:
            entries.append(Entry(int(entry[1]), tidy_title(entry[2]), zone, int(entry[3])))
        elif heading and width(text) < 60:
            zone = heading[1].strip()
        else:
            return position, entries
    return position + 1, entries


def tidy_title(text: str) -> str:
    """A title on one line, without the spaces that typesetting left around digits and brackets.

    Args:
        text: the title as the source has it.

    Returns:
        The title.
    """
    return _SPACED_DIGIT.sub("", " ".join(text.split()))


def split_compendium(lines: Sequence[Line]) -> Compendium | None:
    """Takes a compendium apart.

    Args:
        lines: all lines of a source.

    Returns:
        Its parts in the order of the table of contents, or None where the source is no compendium.
    """
    first, end, entries = read_contents(lines)
    if not entries:
        return None
    starts = _starts(lines, end, entries)
    if len(starts) < 2:
        return None
    bounds = [at for _, at, _ in starts] + [len(lines)]
    parts = [
        _part(entry, lines[at:after], count)
        for (entry, at, count), after in zip(starts, bounds[1:], strict=True)
    ]
    tail = _back(parts[-1].body, lines[:first])
    last = parts[-1]
    parts[-1] = Part(last.title, last.zone, last.titles, last.notice, last.body[: len(last.body) - tail])
    return Compendium(
        front=tuple(lines[:first]),
        contents=tuple(lines[first : bounds[0]]),
        parts=tuple(parts),
        back=tuple(last.body[len(last.body) - tail :]),
    )


def _starts(lines: Sequence[Line], begin: int, entries: Sequence[Entry]) -> list[tuple[Entry, int, int]]:
    """Where each document begins: its entry, index of its first title line, number of title lines."""
    openings: dict[str, list[int]] = {}
    for position in range(begin, len(lines)):
        text = lines[position].text
        if len(text) <= _LONGEST_ENTRY:
            openings.setdefault(squash(text), []).append(position)
    found: list[tuple[Entry, int, int]] = []
    at = begin
    for entry in entries:
        for position in _candidates(openings, squash(entry.title), at):
            count = title_lines(lines, position, entry.title)
            if count:
                found.append((entry, position, count))
                at = position + count
                break
    return found


def _candidates(openings: dict[str, list[int]], title: str, begin: int) -> list[int]:
    """Where a title or its first line may stand, in order; a line that is all over the source is none."""
    found: list[int] = []
    for length in range(1, len(title) + 1):
        places = openings.get(title[:length], [])
        if len(places) <= _MOST_REPEATED:
            found.extend(place for place in places if place >= begin)
        elif length == len(title):
            found.extend(places[bisect_left(places, begin) :][:1])
    return sorted(found)


def title_lines(lines: Sequence[Line], position: int, title: str) -> int:
    """How many lines from a position on spell a title.

    Args:
        lines: the lines of a source.
        position: index of the first.
        title: the title; spacing, line breaks and brackets do not matter.

    Returns:
        The number of lines, or 0 where another text stands there.
    """
    wanted = squash(title)
    spelt = ""
    for count in range(1, _MOST_TITLE_LINES + 1):
        if position + count > len(lines):
            return 0
        spelt += squash(lines[position + count - 1].text)
        if spelt == wanted:
            return count
        if not spelt or not wanted.startswith(spelt):
            return 0
    return 0


def _part(entry: Entry, lines: Sequence[Line], count: int) -> Part:
    for position in range(count, min(len(lines), _NOTICE_LINES)):
        again = title_lines(lines, position, entry.title)
        if again:
            return Part(
                entry.title,
                entry.zone,
                (*lines[:count], *lines[position : position + again]),
                tuple(lines[count:position]),
                tuple(lines[position + again :]),
            )
    return Part(entry.title, entry.zone, tuple(lines[:count]), (), tuple(lines[count:]))


def _back(body: Sequence[Line], front: Sequence[Line]) -> int:
    """How many lines at the end are the publisher's: they repeat lines of the front, or stand among them."""
    names = {squash(line.text) for line in front if len(squash(line.text)) > 3}
    first = len(body)
    for position in range(len(body) - 1, max(-1, len(body) - 12), -1):
        if squash(body[position].text) in names:
            first = position
    while (
        0 < first < len(body)
        and body[first - 1].text.startswith("【")
        and body[first - 1].text.endswith("】")
    ):
        first -= 1
    return len(body) - first
