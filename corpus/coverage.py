"""Accounts for every character of a source: which clause it belongs to, or what it is instead."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.facts import mends_for, source_key
from corpus.issue import signature_lines
from corpus.numbering import read_mark
from corpus.reading import read_parts
from corpus.source import SourceText
from corpus.text import squash
from corpus.types import Clause, ClauseKind, Corpus

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a source with what it is.

    Attributes:
        start: offset of its first character.
        end: one past the last.
        kind: ``clause`` or ``heading`` (a clause that is only a heading), ``notice``, or the kind of a line
            outside the clauses: title, front matter, contents, back matter, caption, page rest, ….
        clause: id of its clause; empty outside.
    """

    start: int
    end: int
    kind: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The account of one source.

    Attributes:
        stretches: everything that is accounted for, in order.
        missing: offsets ``[start, end)`` of text that belongs to nothing.
        twice: offsets of text that belongs to more than one clause or kind.
        letters: number of characters that are no white space, by kind.
    """

    stretches: tuple[Stretch, ...]
    missing: tuple[tuple[int, int], ...]
    twice: tuple[tuple[int, int], ...]
    letters: dict[str, int]

    @property
    def complete(self) -> bool:
        """Whether nothing is lost and nothing stands twice."""
        return not self.missing and not self.twice


def account(source: SourceText, corpus: Corpus) -> Coverage:
    """Accounts for every character of a source that is no white space.

    Args:
        source: the source as it was read.
        corpus: the corpus that was made of it, alone or with others.

    Returns:
        The account. The contents of a format's marks (``#``, tags) are in no block and are not counted.
    """
    own = {d.id for d in corpus.documents if d.source == source.name and _is_of(d.id, source.id)}
    stretches = [s for clause in corpus.clauses if clause.document in own for s in _clause_stretches(clause)]
    stretches += [Stretch(line.start, line.end, kind) for line, kind in read_parts(source).apart]
    stretches.sort(key=lambda s: (s.start, s.end))
    letters: Counter[str] = Counter()
    for stretch in stretches:
        letters[stretch.kind] += _letters(source.text[stretch.start : stretch.end])
    return Coverage(
        tuple(stretches), tuple(_missing(source, stretches)), tuple(_twice(source, stretches)), dict(letters)
    )


def _is_of(document: str, source: str) -> bool:
    """Whether a document's id is the one that its source gave, or that made unique."""
    return not source or document == source or document.startswith(f"{source}~")


def _clause_stretches(clause: Clause) -> Iterator[Stretch]:
    if clause.kind is ClauseKind.PARAGRAPH:
        return
    bare = clause.heading and squash(clause.text).endswith(squash(clause.heading))
    kind = "notice" if clause.kind is ClauseKind.NOTICE else "heading" if bare else "clause"
    for span in clause.spans:
        yield Stretch(span.start, span.end, kind, clause.id)


def _letters(text: str) -> int:
    return sum(not c.isspace() for c in text)


def _missing(source: SourceText, stretches: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
    starts = [stretch.start for stretch in stretches]
    reach: list[int] = []
    for stretch in stretches:
        reach.append(max(stretch.end, reach[-1] if reach else 0))
    for block in source.blocks:
        at = block.start
        while at < block.end:
            index = bisect_right(starts, at) - 1
            if index >= 0 and reach[index] > at:
                at = reach[index]
                continue
            end = min(block.end, starts[index + 1] if index + 1 < len(starts) else block.end)
            if source.text[at:end].strip(" \t\r\n\u3000\ufeff"):
                yield at, end
            at = end


def _twice(source: SourceText, stretches: Sequence[Stretch]) -> Iterator[tuple[int, int]]:
    reach = 0
    for stretch in stretches:
        if stretch.start < reach and source.text[stretch.start : min(reach, stretch.end)].strip():
            yield stretch.start, min(reach, stretch.end)
        reach = max(reach, stretch.end)


def furniture_rows(source: SourceText) -> list[dict[str, str | int]]:
    """The lines of a source that are no part of a clause, for printing.

    Args:
        source: the source as it was read.

    Returns:
        ``line, kind, text`` of each, in order.
    """
    return [
        {"line": line.number, "kind": kind, "text": line.text[:_SHOWN]}
        for line, kind in read_parts(source).apart
    ]


def mend_rows(source: SourceText) -> list[dict[str, str | int]]:
    """The corrections that are made in a source, for printing.

    Args:
        source: the source as it was read.

    Returns:
        ``line, before, after, reason`` of each, in order of lines.
    """
    return [
        {
            "line": mend.line,
            "before": mend.before or "（另起一段）",
            "after": mend.after or "（接上段）",
            "reason": mend.reason,
        }
        for mend in mends_for(source_key(source.text))
    ]


def doubt_rows(corpus: Corpus) -> list[dict[str, str]]:
    """What a person should look at in a parsed corpus: gaps in the numbering, cut or oversized clauses.

    Args:
        corpus: any corpus.

    Returns:
        ``clause, doubt, text`` of each, in order of the clauses.
    """
    found: list[dict[str, str]] = []
    last: dict[tuple[str, str], int] = {}
    for clause in corpus.clauses:
        for doubt in _doubts(clause, last):
            found.append({"clause": clause.id, "doubt": doubt, "text": clause.text[:_SHOWN]})
    return found


_LONGEST_CLAUSE = 1200
# 2021年8月20日 第十三届全国人民代表大会常务委员会第三十次会议通过
_ADOPTED = re.compile(r"\d{4}\s*年.{3,8}日.{0,120}(?:通过|批准|公布|发布|修订|修正)$")
_OPENINGS = "，。、；：！？）】〕》”’,;:)]"


def _breaks_off(text: str) -> bool:
    """Whether a text stops without an end; telephone numbers, table rows and dates of issue are ends."""
    lines = text.split("\n")
    return (
        text[-1:].isalnum()
        and not text[-5:].isdigit()
        and "\t" not in lines[-1]
        and not _ADOPTED.match(lines[-1])
        and not signature_lines(lines)
    )


def _stray_number(clause: Clause) -> str:
    """A number at the start of a line within a clause, such as the next one behind a gap."""
    if clause.kind in (ClauseKind.PARAGRAPH, ClauseKind.NOTICE):
        return ""
    lines = [line for line in clause.text.split("\n")[1:] if "\t" not in line]
    return next((line[: mark.end].strip() for line in lines if (mark := read_mark(line))), "")


def _doubts(clause: Clause, last: dict[tuple[str, str], int]) -> Iterator[str]:
    if clause.kind is not ClauseKind.PARAGRAPH and len(squash(clause.text)) > _LONGEST_CLAUSE:
        yield f"longer than {_LONGEST_CLAUSE} letters"
    if clause.text[:1] in _OPENINGS:
        yield "begins in the middle of a sentence"
    if stray := _stray_number(clause):
        yield f"holds {stray}, which opens no clause"
    bare = clause.heading and squash(clause.text).endswith(squash(clause.heading))
    if clause.kind is not ClauseKind.PARAGRAPH and not bare and _breaks_off(clause.text):
        yield "ends in the middle of a sentence"
    number = clause.number
    if number is None or clause.kind not in (ClauseKind.ITEM, ClauseKind.ARTICLE, ClauseKind.CHAPTER):
        return
    box = clause.parent if "专栏" in "".join(clause.marks) else ""
    key = (clause.document + box, number.style)
    before = last.get(key, 0)
    if number.value not in (1, before + 1) and not (number.suffix and number.value == before):
        yield f"number {number.value} after {before}"
    last[key] = number.value
