"""Mentions of other clauses and documents inside a clause, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from corpus.cues import any_of
from corpus.text import parse_numeral, squash
from corpus.titles import QUOTED
from corpus.types import Clause, ClauseKind, Reference

_NUMERAL = r"(?:[一二三四五六七八九十百零〇两]{1,7}|[\d０-９]{1,4})"
_VALUE = rf"[（(]?\s*{_NUMERAL}\s*[)）]?"
_MANY = rf"{_VALUE}(?:\s*[、和及与至到—－~～-]\s*第?\s*{_VALUE}){{0,9}}"
_LEVELS = "编章节条部款项目"
_LEVEL = (
    r"(?P<level>条(?!生产|产线|线|路|道)|章(?!程|节)|节(?!能|点|目|约)|编(?!号|制)|部分|款(?!式|产品)|项"
    r"|目(?!标|前|录|的))"
)
_STEP = re.compile(
    rf"第\s*(?:(?P<values>{_MANY})\s*{_LEVEL}(?:之(?P<suffix>[一二三四五六七八九十]))?"
    rf"|[（(]\s*(?P<item>{_NUMERAL})\s*[)）])\s*(?:的|之|中)?\s*"
)
_TITLE = re.compile(QUOTED)
_UNNAMED_STEP = re.sub(r"\?P<\w+>", "?:", _STEP.pattern)
_MENTION = re.compile(
    rf"(?:(?P<title>{QUOTED})\s*(?:[（(\[][^（）()\n]{{2,60}}[)）\]])?\s*(?:的|中|之)?\s*)?"
    rf"(?P<path>(?:{_UNNAMED_STEP})+)"
)
_UNKNOWN = "？"
_OWN_UNKNOWN = "？"
_PLACE = re.compile("[本我]([市省区县])")


@dataclass(frozen=True, slots=True)
class Step:
    """One level of a mention: 第三条 is (条, 3, 0), 第（一）项 is (项, 1, 0)."""

    level: str
    value: int
    suffix: int = 0


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention as read: the document's title (empty: this document) and the levels below it."""

    text: str
    title: str
    steps: tuple[Step, ...]


def find_mentions(text: str) -> list[Mention]:
    """Finds what a clause mentions: 《…若干政策》第四条, 本办法第三条第（一）项, 见第四部分, 《…办法》.

    Args:
        text: a clause's own text, without the number it begins with.

    Returns:
        The mentions in order; a list or range (第四、五、七条, 第二条至第四条) gives one for each number.
    """
    found: list[Mention] = []
    covered = 0
    for match in _MENTION.finditer(text):
        found += [Mention(t.strip(), t, ()) for t in _TITLE.findall(text[covered : match.start()])]
        covered = match.end()
        title = match["title"] or _carried_title(text, match, found)
        words = match[0].strip(" \t\n的中之")
        found += [Mention(words, title, steps) for steps in _paths(match["path"])]
    found += [Mention(t, t, ()) for t in _TITLE.findall(text[covered:])]
    return found


def _carried_title(text: str, match: re.Match[str], before: Sequence[Mention]) -> str:
    """The title that 该办法第五条 or 《…》第四条、第五条 carries on; empty where this document is meant."""
    between = text[max(0, match.start() - 20) : match.start()]
    last = before[-1] if before else None
    if last and last.title and last.steps and re.search(r"[条章项款]\s*[、和及与至到]\s*$", between):
        return last.title
    kind = _kind_before().search(between)
    if kind is None or kind["own"]:
        return ""
    return last.title if kind["back"] and last and last.title else _UNKNOWN


@cache
def _kind_before() -> re.Pattern[str]:
    """The name of a document right before a mention: 本办法 (this one), 该办法 (one named before), 公司法."""
    return re.compile(
        rf"(?:(?P<own>{any_of('self_words')}(?![市省区县])[^，,。；;、《》]{{0,8}}?)|(?P<back>该|其|前述))?"
        rf"{any_of('kinds')}\s*(?:的|之|中)?\s*$"
    )


def _paths(path: str) -> list[tuple[Step, ...]]:
    steps: list[tuple[Step, ...]] = [()]
    for match in _STEP.finditer(path):
        level = match["level"] or "项"
        suffix = parse_numeral(match["suffix"] or "") or 0
        values = _values(match["values"] or match["item"])
        if any(_LEVELS.find(level[0]) <= _LEVELS.find(step.level[0]) for step in steps[-1]):
            steps.append(())  # 第三条第五条: a new mention, not a level below
        last = steps.pop()
        steps += [(*last, Step(level, value, suffix)) for value in values]
    return [path for path in steps if path]


def _values(numerals: str) -> list[int]:
    values: list[int] = []
    for part in re.split(r"\s*([、和及与至到—－~～-])\s*第?\s*", numerals):
        value = parse_numeral(part.strip("（）() "))
        if value is None:
            separator = part
        elif values and separator in "至到—－~～-" and values[-1] < value <= values[-1] + 30:
            values += range(values[-1] + 1, value + 1)
        else:
            values.append(value)
    return values


class Outline:
    """The clauses of one document, found by the levels of a mention."""

    def __init__(self, clauses: Iterable[Clause]) -> None:
        self._clauses = tuple(clauses)
        self._by_id = {clause.id: clause for clause in self._clauses}
        self._children: dict[str, list[Clause]] = {}
        for clause in self._clauses:
            self._children.setdefault(clause.parent, []).append(clause)

    @property
    def has_articles(self) -> bool:
        """Whether it has any 第X条."""
        return any(c.kind is ClauseKind.ARTICLE for c in self._clauses)

    def headings(self) -> dict[str, str]:
        """The clauses with a heading of their own that no other has, by its squashed words."""
        found: dict[str, list[str]] = {}
        for clause in self._clauses:
            if clause.heading and clause.kind is not ClauseKind.PARAGRAPH:
                found.setdefault(squash(clause.heading), []).append(clause.id)
        return {words: ids[0] for words, ids in found.items() if len(ids) == 1}

    def find(self, steps: Sequence[Step], within: Clause | None = None) -> str:
        """Finds the one clause that the levels of a mention mean.

        Args:
            steps: the levels from the top down.
            within: the clause that mentions it, for 第二款 and 第（一）项 without an article.

        Returns:
            Its id; empty where there is none or more than one.
        """
        first, *rest = steps
        if first.level in ("款", "项", "目"):
            above = self._article_above(within) if within else None
            return self._below(above, steps) if above else ""
        top = self._top(first)
        return self._below(top, rest) if top else ""

    def _top(self, step: Step) -> Clause | None:
        styles = {"条": ("条",), "章": ("章",), "节": ("节",), "编": ("编",), "部分": ("部分", "编", "章")}[
            step.level
        ]
        candidates = self._with(styles, step)
        if not candidates and step.level in ("条", "部分") and not (step.level == "条" and self.has_articles):
            candidates = [c for c in self._with(("一、",), step) if not c.parent]
        return candidates[0] if len(candidates) == 1 else None

    def _with(self, styles: Sequence[str], step: Step) -> list[Clause]:
        return [
            c
            for c in self._clauses
            if c.number
            and c.number.style in styles
            and (c.number.value, c.number.suffix) == (step.value, step.suffix)
        ]

    def _below(self, clause: Clause, steps: Sequence[Step]) -> str:
        for step in steps:
            children = self._children.get(clause.id, [])
            if step.level == "款":
                found = [
                    c
                    for c in children
                    if c.kind is ClauseKind.PARAGRAPH and c.number and c.number.value == step.value
                ]
                if not found:
                    continue  # the article has one paragraph, or its items belong to the one meant
            else:
                found = [
                    c
                    for c in children
                    if c.kind is ClauseKind.ITEM and c.number and c.number.value == step.value
                ]
            if len(found) != 1:
                return clause.id if step.level == "款" else ""
            if step.level == "款" and step is not steps[-1]:
                continue  # the items of a paragraph hang below its article
            clause = found[0]
        return clause.id

    def _article_above(self, clause: Clause) -> Clause | None:
        current: Clause | None = clause
        while current and current.kind is not ClauseKind.ARTICLE:
            current = self._by_id.get(current.parent)
        return current


def own_words(clause: Clause) -> str:
    """The clause's text without the number it begins with."""
    mark = clause.marks[-1] if clause.marks else ""
    text = clause.text.lstrip()
    return (
        text[len(mark) :]
        if mark and text.startswith(mark)
        else re.sub(r"^第[^条章节编]{1,8}[条章节编]", "", text)
    )


def as_references(mentions: Iterable[tuple[Mention, str]]) -> tuple[Reference, ...]:
    """References without repetition, from mentions with the ids they resolve to."""
    found = dict.fromkeys(Reference(mention.text, target) for mention, target in mentions)
    return tuple(found)
