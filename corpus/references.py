"""Mentions of other clauses and documents inside a clause, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from corpus.cues import any_of
from corpus.text import fold, parse_numeral, squash
from corpus.types import Clause, ClauseKind, Document, Reference

_NUMERAL = r"(?:[一二三四五六七八九十百零〇两]{1,7}|[\d０-９]{1,4})"
_VALUE = rf"[（(]?\s*{_NUMERAL}\s*[)）]?"
_MANY = rf"{_VALUE}(?:\s*[、和及与至到—－~～-]\s*第?\s*{_VALUE}){{0,9}}"
_LEVELS = "编章节条部款项目"
_LEVEL = (
    r"(?P<level>条(?!生产|产线|线|路|道)|章(?!程|节)|节(?!能|点|目|约)|编(?!号|制)|部分|款(?!式|产品)|项"
    r"|目(?!标|前|录|的))"
)
_STEP = re.compile(
    rf"第\s*(?P<values>{_MANY})\s*{_LEVEL}(?:之(?P<suffix>[一二三四五六七八九十]))?\s*(?:的|之|中)?\s*"
)
_QUOTED = r"《(?:[^《》\n]|《[^《》\n]*》){2,120}》"
_TITLE = re.compile(_QUOTED)
_UNNAMED_STEP = re.sub(r"\?P<\w+>", "?:", _STEP.pattern)
_MENTION = re.compile(
    rf"(?:(?P<title>{_QUOTED})\s*(?:[（(\[][^（）()\n]{{2,60}}[)）\]])?\s*(?:的|中|之)?\s*)?"
    rf"(?P<path>(?:{_UNNAMED_STEP})+)"
)
_ABBREVIATION = re.compile(
    r"(?P<title>《(?:[^《》\n]|《[^《》\n]*》){4,120}》)\s*(?:[（(][^（）()\n]{2,40}[)）])?\s*[（(]\s*(?:以下|下)(?:统一)?简称[：:]?\s*"
    r"[“\"‘《「]?(?P<short>[^”\"’》」（）()\n]{2,30})[”\"’》」]?\s*[)）]"
)
_PLACE = re.compile(r"[\u4e00-\u9fff]{2,3}?(?=国家|市|省|区|县)")
_OWN_PLACE = re.compile("[本我]([市省区县])")
_FOREIGN_BEFORE = re.compile(r"(?:该|其|原|上述)(?:办法|法|条例|规定|意见|政策|通知|文件|细则)\s*$")


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
    """The title that 该办法第五条 or 《…》第四条、第五条 carries on; empty for this document."""
    between = text[max(0, match.start() - 12) : match.start()]
    if (
        before
        and before[-1].title
        and before[-1].steps
        and re.search(r"[条章项款]\s*[、和及与至到]\s*$", between)
    ):
        return before[-1].title
    if _FOREIGN_BEFORE.search(between):
        return before[-1].title if before and before[-1].title else "？"
    return ""


def _paths(path: str) -> list[tuple[Step, ...]]:
    steps: list[tuple[Step, ...]] = [()]
    for match in _STEP.finditer(path):
        level = match["level"]
        suffix = parse_numeral(match["suffix"] or "") or 0
        values = _values(match["values"])
        if any(_LEVELS.find(level[0]) <= _LEVELS.find(step.level[0]) for step in steps[-1]):
            steps.append(())  # 第三条第五条: a new mention, not a level below
        last = steps.pop()
        steps += [(*last, Step(level, value, suffix)) for value in values]
    return [path for path in steps if path]


def _values(numerals: str) -> list[int]:
    values: list[int] = []
    for part in re.split(r"\s*([、和及与至到—－~～-])\s*第?\s*", numerals):
        value = parse_numeral(part)
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


def abbreviations(clauses: Iterable[Clause]) -> dict[str, str]:
    """The short titles that a document introduces, such as 《…》（以下简称《实施意见》）.

    Args:
        clauses: the clauses of one document.

    Returns:
        The full title of each squashed short one.
    """
    return {
        squash(match["short"]): match["title"]
        for clause in clauses
        for match in _ABBREVIATION.finditer(clause.text)
    }


@lru_cache(maxsize=4096)
def plain_title(title: str) -> str:
    """A title reduced to what distinguishes it, so that differently written mentions of it are equal.

    《…人民政府关于印发X的通知》 and 《关于X》 become X; spacing, widths, marks and the 年 behind a span of
    years do not matter.
    """
    words = squash(re.sub(r"(?<=\d)\s*年(?=\s*[）)〉》]|\s*$)", "", title))
    words = re.sub(rf"^.{{0,60}}?{any_of('issue_words')}(?=.{{4}})(.*?)的?通知$", r"\1", words)
    return fold(re.sub(r"^关于", "", words))


def implemented_title(title: str) -> str:
    """The title of the document that an implementing document implements; empty where it is none.

    《X》第四、五、七条政策实施细则 and X实施细则 implement X.
    """
    quoted = re.match(r"\s*(?:关于)?\s*《(?P<title>.{4,100})》.*(?:细则|办法|规程|指南|指引|方案)", title)
    if quoted:
        return quoted["title"]
    plain = re.fullmatch(
        r"(?P<title>.{6,100}?)(?:的)?(?:实施|操作|申报|管理|兑现)*(?:细则|指南)(?:[（(].{1,12}[)）])?", title
    )
    return plain["title"] if plain else ""


class Titles:
    """The documents of a collection by their titles."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._by_title: dict[str, list[Document]] = {}
        for document in documents:
            self._by_title.setdefault(plain_title(document.title), []).append(document)

    def find(self, title: str, mentioned_in: Document) -> Document | None:
        """Finds the document that a title in another document means.

        Args:
            title: the title as mentioned, with or without 《》.
            mentioned_in: the document that mentions it; its place is meant by 本市 and 我市.

        Returns:
            The one document of that title, of those in the same source where there are several; else None.
        """
        found = self._by_title.get(plain_title(title), [])
        place = _PLACE.match(mentioned_in.zone)
        if not found and place and _OWN_PLACE.search(title):
            found = self._by_title.get(plain_title(_OWN_PLACE.sub(rf"{place[0]}\1", title)), [])
        if len(found) > 1:
            found = [document for document in found if document.source == mentioned_in.source]
        return found[0] if len(found) == 1 else None


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
