"""Tells the heading of a unit from its text: by its own shape and by that of the units beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from corpus.layout import is_narrow, width
from corpus.paragraphs import (
    Paragraph,
    is_clear_heading,
    is_office_bracket,
    is_terminated,
    join_pieces,
    may_be_heading,
)
from corpus.types import ClauseKind
from corpus.units import Unit

_LONGEST_HEADING = 40
_LONGEST_RUN_IN = 30
_LONGEST_PART = 27
_NEAR = 5
_STOPS = ("。", "；", "：", ";", ":")
_HEADING_END = re.compile(r"[。；;：:]")


def unit_paragraphs(unit: Unit) -> list[Paragraph]:
    """The paragraphs of a unit's own text.

    Args:
        unit: a unit of a finished outline.

    Returns:
        Its paragraphs in order; a heading on a line of its own is the first and marked so.
    """
    return join_pieces(unit.pieces, _opening(unit))


def _opening(unit: Unit) -> Literal["heading", "cut", ""]:
    """What a unit's first line is: a heading, a sentence that goes on below, or neither."""
    if not unit.pieces:
        return ""
    first = unit.pieces[0]
    if unit.level or unit.kind is ClauseKind.BOX:
        return "heading"
    if unit.mark is None or unit.kind is ClauseKind.DASH:
        return "heading" if len(unit.pieces) > 1 and _is_bare_title(first.text) else ""
    if not may_be_heading(first.text):
        return ""
    if len(unit.pieces) > 1 and unit.pieces[1].line.flows and not is_terminated(first.text):
        return "cut"
    if is_terminated(first.text):
        return "heading" if unit.kind is not ClauseKind.ARTICLE and _introduces(unit) else ""
    if first.line.kind != "line" or len(unit.pieces) == 1 or _siblings_have_headings(unit):
        return "heading"
    return "cut"


def _is_bare_title(text: str) -> bool:
    """Such as 前 言 above an introduction."""
    return "".join(text.split()) in ("前言", "引言", "序言", "导言", "总论")


def _introduces(unit: Unit) -> bool:
    """Whether a short first sentence stands as a heading above the unit's text, as in the units beside it."""
    if not _is_heading_sentence(unit) or len(unit.pieces) < 2 or is_office_bracket(unit.pieces[1].text):
        return False
    beside = _beside(unit)
    return 2 * sum(_opens_with_heading(u) for u in beside) >= len(beside)


def _opens_with_heading(unit: Unit) -> bool:
    if _is_heading_sentence(unit):
        return len(unit.pieces) > 1 or bool(unit.children)
    return bool(_first_sentence(unit))


def _is_heading_sentence(unit: Unit) -> bool:
    text = unit.pieces[0].text if unit.pieces else ""
    return text.endswith("。") and may_be_heading(text) and width(text) <= _LONGEST_HEADING


def _beside(unit: Unit) -> list[Unit]:
    """The nearest units of the same list."""
    if unit.parent is None:
        return []
    near = unit.parent.children[max(0, unit.place - _NEAR) : unit.place + _NEAR + 1]
    return [u for u in near if u.style == unit.style and u is not unit]


def _siblings_have_headings(unit: Unit) -> bool:
    """Whether an unterminated first line stands as a heading, judged by the units beside it."""
    beside = [u for u in _beside(unit) if u.pieces]
    if not beside:
        return unit.kind is not ClauseKind.ARTICLE or is_clear_heading(unit.pieces[0].text)
    headed = sum(may_be_heading(u.pieces[0].text) and not u.pieces[0].text.endswith(_STOPS) for u in beside)
    return 2 * headed >= len(beside)


def heading_words(unit: Unit, paragraphs: Sequence[Paragraph]) -> str:
    """The heading words of a unit.

    Args:
        unit: a unit of a finished outline.
        paragraphs: what :func:`unit_paragraphs` gives for it.

    Returns:
        The words without the number; empty where the unit has no heading.
    """
    if not paragraphs or (unit.mark is None and not paragraphs[0].heading):
        return ""
    offset = unit.mark.end - unit.mark.start if unit.mark else 0
    words = paragraphs[0].text[offset:].strip()
    if paragraphs[0].heading:
        return words.rstrip("。：:")
    if _HEADING_END.search(words) is None:
        bare = len(paragraphs) == 1 and width(words) <= _LONGEST_HEADING
        return words if bare and (bool(unit.children) or not is_terminated(words)) else ""
    first = _first_sentence(unit)
    beside = _beside(unit)
    return first if first and 2 * sum(bool(_first_sentence(u)) for u in beside) >= len(beside) else ""


def _first_sentence(unit: Unit) -> str:
    """The words of a short first sentence that may be a heading in the run of the text, else nothing."""
    if not unit.pieces:
        return ""
    offset = unit.mark.end - unit.mark.start if unit.mark else 0
    words = unit.pieces[0].text[offset:].strip()
    end = _HEADING_END.search(words)
    if end is None or words[end.start()] not in "。：:":
        return ""
    title = words[: end.start()]
    alone = end.end() >= len(words) and len(unit.pieces) == 1
    if alone and (unit.kind is ClauseKind.ARTICLE or not unit.children or words[end.start()] != "。"):
        return ""
    if not is_narrow(title, _LONGEST_RUN_IN):
        return ""
    return title if all(is_narrow(part, _LONGEST_PART) for part in re.split("[，,]", title)) else ""
