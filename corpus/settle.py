"""Finishes an outline: what follows a list, closes a document or stands in a box finds its place."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources

from corpus.headings import unit_paragraphs
from corpus.issue import signature_lines
from corpus.layout import width
from corpus.paragraphs import Paragraph, is_clear_heading, is_terminated, join_pieces
from corpus.types import ClauseKind
from corpus.units import Unit

_SHORTEST_CLOSING = 30.0
_DATE = re.compile(
    r"[\d〇○零一二三四五六七八九十]{4}\s*年\s*[\d一二三四五六七八九十]{1,3}\s*月(?:\s*[\d一二三四五六七八九十]{1,3}\s*日)?"
)


@cache
def _closing_patterns() -> tuple[re.Pattern[str], ...]:
    text = (resources.files("corpus") / "data" / "closing.json").read_text("utf-8")
    return tuple(re.compile(pattern) for pattern in json.loads(text)["closing"])


def is_closing(text: str) -> bool:
    """Whether a paragraph states when a document takes effect, how long it holds, or who explains it."""
    return any(pattern.search(text[:400]) for pattern in _closing_patterns())


def settle(root: Unit) -> None:
    """Moves what the line-by-line reading could not place: boxes, text behind lists, closing, signature.

    Args:
        root: the root of a document's outline; changed in place.
    """
    _divide_unnumbered(root)
    _place_boxes(root)
    _move_closing(root)
    _move_signature(root)
    for unit in list(root.walk()):
        _move_tail(unit)


def _divide_unnumbered(root: Unit) -> None:
    """A text without any number is divided by its headings, or else by its paragraphs."""
    if [unit.kind for unit in root.walk()][1:] != [ClauseKind.PREAMBLE]:
        return
    paragraphs = join_pieces(root.children[0].pieces)
    root.children = []
    headings = {
        i for i, p in enumerate(paragraphs[:-1]) if _is_heading(p) and not _is_heading(paragraphs[i + 1])
    }
    under: Unit | None = None
    for i, paragraph in enumerate(paragraphs):
        if i in headings or under is None:
            unit = root.add(ClauseKind.TEXT, level=1 if i in headings else 0)
            under = unit if i in headings else under
        else:
            unit = under
        unit.pieces.extend(paragraph.pieces)


def _is_heading(paragraph: Paragraph) -> bool:
    return len(paragraph.pieces) == 1 and is_clear_heading(paragraph.text)


def _place_boxes(root: Unit) -> None:
    """A box belongs to the item above it where items go on behind boxes, else to the list as a whole."""
    boxes = [u for u in root.walk() if u.kind is ClauseKind.BOX]
    between = any(_list_goes_on(box) for box in boxes)
    for box in boxes:
        item = box.parent
        if between or item is None or item.parent is None or item.value < 2:
            continue
        if item.parent.mark is not None and item.children[-1] is box and item.parent.children[-1] is item:
            item.children.remove(box)
            item.parent.children.append(box)
            box.parent = item.parent


def _list_goes_on(box: Unit) -> bool:
    item = box.parent
    if item is None or item.parent is None:
        return False
    return item.parent.children[-1] is not item


def _last_unit(root: Unit) -> Unit:
    """The last unit of the text proper, before any annex."""
    unit = next((u for u in reversed(root.children) if not u.is_annex), root)
    while unit.children:
        unit = unit.children[-1]
    return unit


def _move_closing(root: Unit) -> None:
    last = _last_unit(root)
    if last.mark is None:
        return
    paragraphs = unit_paragraphs(last)
    body = [p for p in paragraphs if not p.heading]
    if len(body) < 2 or (last.kind is ClauseKind.ARTICLE and is_closing(body[0].text)):
        return
    first = next((p for p in body[1:] if is_closing(p.text)), None) or _odd_one_out(root, last, body)
    if first is None:
        return
    at = next(i for i, piece in enumerate(last.pieces) if piece is first.pieces[0])
    _set_apart(root, last, at)


def _move_signature(root: Unit) -> None:
    last = _last_unit(root)
    count = signature_lines([piece.text.strip() for piece in last.pieces])
    if last.mark is None or not 0 < count < len(last.pieces):
        return
    _set_apart(root, last, len(last.pieces) - count)


def _set_apart(root: Unit, last: Unit, at: int) -> None:
    """Makes a unit's pieces from ``at`` on the closing, before any annex."""
    closing = Unit(ClauseKind.CLOSING, None, root, last.pieces[at:])
    del last.pieces[at:]
    *_, top = last.chain()
    root.children.insert(root.children.index(top) + 1, closing)


def _odd_one_out(root: Unit, last: Unit, body: list[Paragraph]) -> Paragraph | None:
    """A last paragraph too many: every other unit of its kind has at most one."""
    text = body[-1].text
    if not text.endswith("。") or width(text) < _SHORTEST_CLOSING or len(body) != 2:
        return None
    for unit in root.walk():
        if unit is last or unit.style != last.style:
            continue
        if sum(not p.heading for p in unit_paragraphs(unit)) > 1:
            return None
    return body[-1]


def _move_tail(unit: Unit) -> None:
    """Text behind a list that its last item cannot own becomes units of their own beside the list."""
    for at in range(len(unit.children) - 1, -1, -1):
        item = unit.children[at]
        if item.children or item.kind not in (ClauseKind.DASH, ClauseKind.ITEM):
            continue
        tail = _tail_of(unit, at)
        if not tail:
            continue
        first = tail[0].pieces[0]
        del item.pieces[next(i for i, piece in enumerate(item.pieces) if piece is first) :]
        unit.children[at + 1 : at + 1] = [
            Unit(ClauseKind.TEXT, None, unit, list(paragraph.pieces)) for paragraph in tail
        ]


def _tail_of(unit: Unit, at: int) -> list[Paragraph]:
    item = unit.children[at]
    paragraphs = unit_paragraphs(item)
    if len(paragraphs) < 2 or paragraphs[0].heading:
        return []
    following = unit.children[at + 1] if at + 1 < len(unit.children) else None
    if following is not None and following.style == item.style and following.value != 1:
        return []
    if item.kind is ClauseKind.DASH:
        return paragraphs[1:] if following is None or following.style != item.style else []
    beside = _run_before(unit, at)
    if not beside or any(len(unit_paragraphs(u)) > 1 for u in beside):
        return []
    lead = unit.pieces[-1].text if unit.pieces else ""
    return paragraphs[1:] if lead.endswith(("：", ":")) and is_terminated(paragraphs[0].text) else []


def _run_before(unit: Unit, last: int) -> list[Unit]:
    """The items of a list before its last one: its neighbours of the same style, without a gap."""
    first = last
    style = unit.children[last].style
    while first > 0 and unit.children[first].value != 1 and unit.children[first - 1].style == style:
        first -= 1
    return unit.children[first:last]
