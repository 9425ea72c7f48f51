"""Takes a single policy file apart: its title, a notice it was issued with, its table of contents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from corpus.compendium import Part, tidy_title, title_lines
from corpus.layout import Line, is_narrow, width
from corpus.numbering import read_mark
from corpus.paragraphs import has_sentence_end, is_terminated
from corpus.source import SourceText
from corpus.text import squash

_HEAD_LINES = 15
_NOTICE_LINES = 80
_WIDEST_TITLE = 60.0
_LONGEST_HEADING = 120
_MOST_TITLE_LINES = 5
_TITLE_END = re.compile(
    r"(?:办法|辦法|条例|條例|规定|規定|意见|意見|方案|计划|計劃|规划|規劃|措施|细则|細則|政策|通知|通告|公告|决定|決定"
    r"|导则|指南|指引|纲要|綱要|标准|规则|規則|章程|法|若干条)(?:\s*[（(\[〔【《][^（）()]{1,40}[）)\]〕】》])*\s*"
)
_ISSUED_WITH = re.compile(
    r"(?:印发|颁发|发布|公布|下发)\s*[《〈]?(?P<inner>.{4,60}?)[》〉]?\s*的\s*(?:通知|公告|决定|令)\s*"
)
_LETTERHEAD = re.compile(
    r".{0,30}[〔\[（(【]\s*\d{4}\s*[〕\]）)】]\s*(?:第\s*)?\d{1,5}\s*号|.{2,30}文\s*件"
    r"|[\d〇○零一二三四五六七八九十]{2,4}\s*年\s*[\d一二三四五六七八九十]{1,3}\s*月.{0,6}"
)
_CONTENTS = ("目录", "目次")
_PAGE = re.compile(r"[\s.．…·\-—]*\d{0,4}\s*$")


@dataclass(frozen=True, slots=True)
class Single:
    """A single document with the lines that belong to no clause of it."""

    part: Part
    contents: tuple[Line, ...]


def split_single(source: SourceText, lines: Sequence[Line]) -> Single:
    """Takes a single document apart.

    Args:
        source: the source the lines come from.
        lines: all its lines that are no furniture.

    Returns:
        Its title, notice and body, and the lines of its table of contents.
    """
    contents = _contents(lines)
    kept = [line for line in lines if line not in contents]
    title, start, count = _find_title(source, kept)
    zone = dict(source.metadata).get("zone", "")
    inner = _inner_title(title, kept, start + count)
    if inner is not None:
        name, again, lines_again = inner
        titles = tuple(kept[again : again + lines_again])
        notice = tuple(kept[:again])
        if squash(name) == squash(title):
            titles = (*kept[start : start + count], *titles)
            notice = (*kept[:start], *kept[start + count : again])
        return Single(Part(name, zone, titles, notice, tuple(kept[again + lines_again :])), contents)
    titles = tuple(kept[start : start + count])
    before, after = tuple(kept[:start]), tuple(kept[start + count :])
    if any(line.text.endswith(("。", "：")) for line in before):
        return Single(Part(title, zone, titles, before, after), contents)
    return Single(Part(title, zone, titles, (), (*before, *after)), contents)


def _find_title(source: SourceText, lines: Sequence[Line]) -> tuple[str, int, int]:
    """The title, index of its first line, and number of its lines; none where it is not in the text."""
    head = lines[:_HEAD_LINES]
    if source.title:
        for at in range(len(head)):
            count = title_lines(lines, at, source.title)
            if count:
                return tidy_title(source.title), at, count
        return tidy_title(source.title), 0, 0
    for at, line in enumerate(head):
        if line.kind == "heading" and line.level == 1 and read_mark(line.text) is None:
            return tidy_title(line.text), at, 1
    return _title_by_words(head) or _first_line(head) or (PurePath(source.name).stem, 0, 0)


def _may_be_title(line: Line) -> bool:
    return not has_sentence_end(line.text) and width(line.text) <= _WIDEST_TITLE and not line.row


def _title_by_words(head: Sequence[Line]) -> tuple[str, int, int] | None:
    for at, line in enumerate(head):
        if _LETTERHEAD.fullmatch(line.text[:_LONGEST_HEADING]):
            continue
        if read_mark(line.text) is not None or not _may_be_title(line):
            return None
        spelt = ""
        for count, part in enumerate(head[at : at + _MOST_TITLE_LINES], 1):
            if (
                not _may_be_title(part)
                or not is_narrow(spelt, _WIDEST_TITLE)
                or (count > 1 and read_mark(part.text) is not None)
            ):
                break
            spelt += part.text
            following = head[at + count].text if at + count < len(head) else ""
            if (
                _TITLE_END.search(spelt)
                and _ends_with_title_word(spelt)
                and not following.startswith(("（", "("))
            ):
                return _joined(head[at : at + count]), at, count
    return None


def _ends_with_title_word(text: str) -> bool:
    return any(match.end() == len(text) for match in _TITLE_END.finditer(text))


def _joined(lines: Sequence[Line]) -> str:
    return tidy_title("".join(line.text for line in lines))


def _first_line(head: Sequence[Line]) -> tuple[str, int, int] | None:
    if head and len(head) > 1 and _may_be_title(head[0]) and not is_terminated(head[0].text):
        return (tidy_title(head[0].text), 0, 1) if read_mark(head[0].text) is None else None
    return None


def _inner_title(title: str, lines: Sequence[Line], begin: int) -> tuple[str, int, int] | None:
    """Where the text begins that a notice was issued with, by its title in the notice's own title."""
    match = _ISSUED_WITH.search(title)
    wanted = match["inner"] if match else title
    for at in range(begin, min(len(lines), begin + _NOTICE_LINES)):
        count = title_lines(lines, at, wanted)
        if count:
            return tidy_title(wanted), at, count
    return None


def _contents(lines: Sequence[Line]) -> tuple[Line, ...]:
    for at, line in enumerate(lines[: 4 * _HEAD_LINES]):
        if squash(line.text) in _CONTENTS:
            last = {squash(other.text): n for n, other in enumerate(lines)}
            end = at + 1
            while end < len(lines) and last.get(_heading(lines[end]) or "-", -1) > end:
                end += 1
            return tuple(lines[at:end]) if end > at + 1 else ()
    return ()


def _heading(line: Line) -> str:
    """The words of a line of a table of contents without its page number; empty where it is none."""
    if len(line.text) > _LONGEST_HEADING or has_sentence_end(line.text):
        return ""
    return squash(_PAGE.sub("", line.text))
