"""Offices that a clause names: who is responsible, and whom to ask."""

from __future__ import annotations

import re
from functools import cache

from corpus.cues import any_of
from corpus.dates import widths_folded
from corpus.types import Contact

_OPEN, _CLOSE = "（(〔[【〈<{", "）)〕]】〉>}"
_LONGEST_BRACKET = 600
_LONGEST_OFFICE = 60
# 各区、县（市）政府 is one office, 各区 alone is not.
_PARTIAL = re.compile(r"各(?:区|县|市|区县|县区|旗县|镇|乡|街道|县市)")
_VAGUE_END = re.compile(r"(?:等(?:有关|相关|各)?(?:单位|部门)?)$")
_AREA_CODE = r"(?:\+?86[-\s]?)?(?:[(]?0\d{2,3}[)]?[-\s—]{0,2})?"
_PHONE = re.compile(
    rf"(?<!\d)(?:1[3-9]\d{{9}}|[48]00[-\s]?\d{{3}}[-\s]?\d{{4}}|{_AREA_CODE}[2-9]\d{{6,7}}(?:[-转]\d{{1,6}})?|1\d{{4}}|1\d{{2}})(?!\d)"
)


def find_responsible(text: str) -> tuple[str, ...]:
    """Finds the offices that a clause makes responsible.

    They stand behind a label (责任单位：…；配合单位：…) in a bracket or on a line of their own, or before
    等按职责分工负责 in a bracket.

    Args:
        text: a clause's own text.

    Returns:
        Their names as written, leading offices first as in the text, none twice.
    """
    found: dict[str, None] = {}
    for part in (*_brackets(text), *_labelled_lines(text)):
        for name in _names(part):
            found.setdefault(name)
    return tuple(found)


@cache
def _label() -> re.Pattern[str]:
    return re.compile(rf"{any_of('responsible_labels')}[^：:，。；、]{{0,4}}[：:]")


@cache
def _duty() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<names>[^。；;：:]{{2,300}}?)(?:等|等(?:有关|相关)?(?:单位|部门))?{any_of('shared_duties')}[。；]?"
    )


def _brackets(text: str) -> list[str]:
    """What stands behind the labels in brackets, and the names before 按职责分工负责 in brackets."""
    found = []
    for start, end in _spans(text):
        inner = text[start:end].strip()
        if _label().match(inner):
            found.append(inner)
        elif shared := _duty().fullmatch(inner):
            found.append(shared["names"].removeprefix("由"))
    return found


def _spans(text: str) -> list[tuple[int, int]]:
    """The insides of outermost brackets; their widths may be mixed, and the last may be left open."""
    spans = []
    depth = start = 0
    for i, c in enumerate(text):
        if c in _OPEN:
            if depth == 0:
                start = i + 1
            depth += 1
        elif depth and (c in _CLOSE or (c == "\n" and not _label().match(text, start))):
            depth = depth - 1 if c in _CLOSE else 0
            if depth == 0 and c in _CLOSE:
                spans.append((start, i))
        if depth and i - start > _LONGEST_BRACKET:
            depth = 0
    if depth and _label().match(text, start):
        spans.append((start, len(text)))
    return spans


def _labelled_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if _label().match(line.strip())]


def _names(part: str) -> list[str]:
    names: list[str] = []
    pending = ""
    for piece in _split(_label().sub("；", part)):
        name = _VAGUE_END.sub("", piece.strip(' \t\n。.“”"')).strip()
        if _PARTIAL.fullmatch(name):
            pending += f"{name}、"
            continue
        if name and len(pending + name) <= _LONGEST_OFFICE:
            names.append(pending + name)
        pending = ""
    return [*names, *([pending.rstrip("、")] if pending else [])]


def _split(text: str) -> list[str]:
    """Parts a list of names at its commas, but not inside brackets."""
    pieces, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c in _OPEN) - (c in _CLOSE)
        if depth <= 0 and c in "、，,；;。\n":
            pieces.append(text[start:i])
            start = i + 1
            depth = 0
    return [*pieces, text[start:]]


def find_contacts(text: str) -> tuple[Contact, ...]:
    """Finds the offices to ask with their telephone numbers.

    Args:
        text: a clause's own text.

    Returns:
        One contact a number, in order; the office is empty where none stands before the number.
    """
    folded = widths_folded(text)
    found: dict[Contact, None] = {}
    behind = 0
    for label in _phone_label().finditer(folded):
        if label.start() < behind:
            continue
        office = _office_before(text[behind : label.start()])
        behind = label.end()
        while number := re.compile(rf"[\s、，,;；/或和]*({_PHONE.pattern})").match(folded, behind):
            found.setdefault(Contact(office, number[1].strip()))
            behind = number.end()
    return tuple(found)


@cache
def _phone_label() -> re.Pattern[str]:
    return re.compile(rf"{any_of('phone_labels')}\s*(?:[:：为是]\s*|(?=[\d(+])|\s+(?=\d))")


@cache
def _office_label() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('office_labels')}|联系人|{any_of('responsible_labels')})\s*(?:[：:]|为)")


def _office_before(text: str) -> str:
    """The last office in the text between two telephone numbers."""
    text = text.rstrip(" \t\n，,；;、（(")
    labels = list(_office_label().finditer(text))
    if labels:
        text = text[labels[-1].end() :]
    office = re.split(r"[。；;：:\n]", text)[-1].strip(" \t，,、")
    office = re.split(r"[，,]", office)[-1] if len(office) > _LONGEST_OFFICE // 2 else office
    office = re.sub(r"^(?:[)）\]】]|\d+[.、]|[-－—])\s*", "", office).strip()
    return office if 2 <= len(office) <= _LONGEST_OFFICE else ""
