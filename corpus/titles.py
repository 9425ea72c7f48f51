"""Titles of documents as other documents mention them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from corpus.cues import any_of
from corpus.text import fold, squash
from corpus.types import Clause, Document

QUOTED = r"《(?:[^《》\n]|《[^《》\n]*》){2,120}》"
"""Pattern of a title in its marks; it may hold another title."""

_ABBREVIATION = re.compile(
    rf"(?P<title>{QUOTED})\s*(?:[（(][^（）()\n]{{2,40}}[)）])?\s*[（(]\s*(?:以下|下)(?:统一)?简称[：:]?\s*"
    r"[“\"‘《「]?(?P<short>[^”\"’》」（）()\n]{2,30})[”\"’》」]?\s*[)）]"
)
_PLACE = re.compile(r"[\u4e00-\u9fff]{2,3}?(?=国家|市|省|区|县)")
_OWN_PLACE = re.compile("[本我]([市省区县])")
_CITED_NUMBER = re.compile(
    rf"(?P<title>{QUOTED})\s*[（(]\s*(?P<number>[\u4e00-\u9fff]{{2,14}}\s*[〔\[]\s*(?:19|20)\d\d\s*[〕\]]\s*\d{{1,5}}\s*号)\s*[)）]"
)


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


def cited_numbers(text: str) -> list[tuple[str, str]]:
    """The documents that a text cites with their 文号: pairs of title and number."""
    return [(m["title"], "".join(m["number"].split())) for m in _CITED_NUMBER.finditer(text)]


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
