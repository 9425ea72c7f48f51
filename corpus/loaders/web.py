"""HTML pages: the text of the page without its navigation, in blocks."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib import resources

from bs4 import BeautifulSoup, Comment, Doctype, NavigableString, Tag
from bs4.element import PageElement, PreformattedString

from corpus.errors import SourceError
from corpus.loaders.builder import BlockKind, TextBuilder
from corpus.source import SourceText

_DROPPED = re.compile(
    "script|style|noscript|template|nav|aside|footer|form|button|select|input|textarea|iframe|object|embed|svg"
    "|canvas|audio|video|map|dialog|head"
)
_BLOCK = re.compile(
    "address|article|blockquote|body|caption|center|d[dlt]|details|div|fieldset|figcaption|figure|h[1-6]|header"
    "|hgroup|hr|html|legend|li|main|[ou]l|p|pre|section|summary|table|t(?:body|d|foot|h|head|r)"
)
_HEADING = re.compile(r"h([1-6])")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SITE_NAME = re.compile(r"\s*[_|]\s*|\s+[-–—]\s+|——")
_BETWEEN_HAN = re.compile(
    r"(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])[ \t]*\n\s*(?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])"
)
_NUMBERED = re.compile(r"\s*(?:[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]|第.{1,4}[条章]|[①-⑳])")
# Tags that need no closing tag are not counted as nesting.
_NESTING_TAG = re.compile(
    r"<(/?)(?!(?:p|li|a|br|hr|img|input|meta|link|td|th|tr|d[td]|option|col|wbr|area|base|source|track|body|html)\b)"
    r"[a-z]",
    re.IGNORECASE,
)
_PAGE_PART = re.compile(
    r"(?:^|[-_\s])(?:footer|foot|share|breadcrumbs?|crumbs?|navbar|nav|menu|sidebar|copyright|toolbar|pagination)"
    r"(?:$|[-_\s])|bdshare",
    re.IGNORECASE,
)
_LONGEST_FURNITURE = 120
_MOST_TAGS = 400_000
_DEEPEST = 400


def read_web(text: str, name: str) -> tuple[SourceText, ...]:
    """Reads an HTML page.

    Args:
        text: the decoded file.
        name: the file's name.

    Returns:
        One source. A table is one block, its rows on lines and its cells parted by tabs; the numbers that a
        browser shows before the items of a numbered list are written out.

    Raises:
        SourceError: the page is too complicated to be a text.
    """
    _refuse_monsters(text, name)
    soup = BeautifulSoup(text, "lxml")
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    _drop_furniture(soup)
    mains = soup.find_all("main") or soup.find_all("article")
    root: Tag = mains[0] if len(mains) == 1 and len(mains[0].get_text(strip=True)) > 200 else soup
    headings = soup.find_all("h1")
    if len(headings) == 1 and headings[0].get_text(strip=True):
        title = headings[0].get_text(" ", strip=True)
    else:
        title = _SITE_NAME.split(title)[0]
    walker = _Walker()
    walker.walk(root)
    return (walker.builder.build(name, _tidy(title)),)


def _refuse_monsters(text: str, name: str) -> None:
    """Parsing takes long for very many tags, and far longer for tags nested very deep."""
    if text.count("<") > _MOST_TAGS:
        raise SourceError(f"{name}: more than {_MOST_TAGS:,} tags, too many for a text page")
    depth = 0
    for tag in _NESTING_TAG.finditer(text):
        depth = max(0, depth + (-1 if tag[1] else 1))
        if depth > _DEEPEST:
            raise SourceError(f"{name}: tags nested deeper than {_DEEPEST}, no text page")


def _drop_furniture(soup: BeautifulSoup) -> None:
    for tag in soup.find_all(_is_dropped):
        if not tag.decomposed:
            tag.decompose()
    for tag in _menus(soup):
        if not tag.decomposed:
            tag.decompose()


def _menus(soup: BeautifulSoup) -> list[Tag]:
    """Elements named as parts of a page, and those with three links or more that are nearly all of them."""
    text: Counter[int] = Counter()
    linked: Counter[int] = Counter()
    links: Counter[int] = Counter()
    for words in soup.find_all(string=True):
        parents = list(words.parents)
        length = len(words.strip())
        in_link = any(parent.name == "a" for parent in parents)
        for parent in parents:
            text[id(parent)] += length
            linked[id(parent)] += length * in_link
            links[id(parent)] += bool(in_link and length)
    return [
        tag
        for tag in soup.find_all(["ul", "div", "table", "p", "header"])
        if text[id(tag)] < 2000
        and (_is_page_part(tag) or (links[id(tag)] >= 3 and linked[id(tag)] >= 0.8 * text[id(tag)]))
    ]


def _is_page_part(tag: Tag) -> bool:
    classes = tag.get("class")
    names = " ".join([*(classes if isinstance(classes, list) else []), str(tag.get("id", ""))])
    return bool(_PAGE_PART.search(names)) and tag.find("h1") is None


def _is_dropped(tag: Tag) -> bool:
    style = tag.get("style")
    return (
        bool(_DROPPED.fullmatch(tag.name))
        or tag.has_attr("hidden")
        or tag.get("aria-hidden") == "true"
        or tag.get("role") in ("navigation", "search", "contentinfo")
        or (isinstance(style, str) and bool(_HIDDEN.search(style)))
    )


class _Walker:
    """Walks a page in reading order without recursion, so that nesting has no limit."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self._words: list[str] = []
        self._numbers: dict[int, str] = {}
        self._number = ""  # of the list item whose first words are still to come
        self._kind: BlockKind = "paragraph"
        self._level = 0

    def walk(self, root: Tag) -> None:
        stack: list[tuple[PageElement | None, BlockKind, int, bool]] = [(root, "paragraph", 0, False)]
        while stack:
            node, kind, level, preformatted = stack.pop()
            if node is None:
                self._flush()
            elif isinstance(node, NavigableString):
                self._add_words(node, kind, level, preformatted)
            elif isinstance(node, Tag):
                if node.name == "br":
                    self._flush()
                elif node.name == "table" and _is_data_table(node):
                    self._flush()
                    self.builder.add(_table_text(node), "table")
                else:
                    stack += self._open(node, kind, level, preformatted)
        self._flush()

    def _open(
        self, node: Tag, kind: BlockKind, level: int, preformatted: bool
    ) -> list[tuple[PageElement | None, BlockKind, int, bool]]:
        """What is to be walked for one element, the last first."""
        is_block = bool(_BLOCK.fullmatch(node.name))
        if heading := _HEADING.fullmatch(node.name):
            kind, level = "heading", int(heading[1])
        elif node.name == "li":
            kind, level = "list", 0
        preformatted = preformatted or node.name == "pre"
        inside = [(child, kind, level, preformatted) for child in reversed(list(node.children))]
        if not is_block:
            return list(inside)
        self._flush()
        if node.name == "ol":
            self._numbers |= _list_numbers(node)
        if node.name == "li":
            self._number = self._numbers.get(id(node), "")
        return [(None, kind, level, preformatted), *inside]

    def _add_words(self, node: NavigableString, kind: BlockKind, level: int, preformatted: bool) -> None:
        if isinstance(node, Comment | Doctype | PreformattedString):
            return
        if preformatted:
            for line in node.splitlines():
                self._flush()
                self.builder.add(line, "line")
            return
        if node.strip():
            self._kind, self._level = kind, level
            self._words.append(self._number)
            self._number = ""
        self._words.append(str(node))

    def _flush(self) -> None:
        words = _tidy("".join(self._words))
        self._words = []
        if words and not _is_furniture(words):
            self.builder.add(words, self._kind, self._level)


@cache
def _furniture() -> re.Pattern[str]:
    lines = (resources.files("corpus") / "data" / "web_furniture.txt").read_text("utf-8").splitlines()
    return re.compile("|".join(f"(?:{line})" for line in lines if line and not line.startswith("#")))


def _is_furniture(words: str) -> bool:
    return len(words) <= _LONGEST_FURNITURE and bool(_furniture().match(words))


def _tidy(text: str) -> str:
    """Makes white space single spaces; a line of markup ending between Chinese characters leaves none."""
    return " ".join(_BETWEEN_HAN.sub("", text).split())


def _list_numbers(parent: Tag) -> dict[int, str]:
    """The numbers a browser shows before the items of a numbered list, by the items' identity."""
    if str(parent.get("type", "1")) != "1" or "none" in str(parent.get("style", "")):
        return {}
    number = _integer(parent.get("start"), 1) - 1
    numbers = {}
    for item in parent.find_all("li", recursive=False):
        number = _integer(item.get("value"), number + 1)
        if not _NUMBERED.match(item.get_text()):
            numbers[id(item)] = f"{number}. "
    return numbers


def _integer(value: object, default: int) -> int:
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,5}", value) else default


def _is_data_table(table: Tag) -> bool:
    """A table of data, not one that a whole page is laid out with."""
    if table.find(["table", "h1", "h2", "h3", "ul", "ol"]) is not None:
        return False
    rows = table.find_all("tr")
    cells = table.find_all(["td", "th"])
    if len(cells) < 2 or len(rows) == len(cells):
        return False
    return max(len(cell.get_text(strip=True)) for cell in cells) <= 1000


def _table_text(table: Tag) -> str:
    for line_end in table.find_all(["br", "p", "div"]):
        line_end.insert_after(" ")
    rows = []
    for row in table.find_all("tr"):
        cells = [_tidy(cell.get_text()) for cell in row.find_all(["td", "th"])]
        if any(cells):
            rows.append("\t".join(cells))
    caption = table.find("caption")
    return "\n".join([_tidy(caption.get_text()), *rows] if isinstance(caption, Tag) else rows)
