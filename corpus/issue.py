"""When, by whom and under which number a document was issued."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import pairwise

from corpus.cues import any_of
from corpus.dates import find_dates, widths_folded
from corpus.types import Clause, ClauseKind

_LONGEST_ORGAN = 30
_HEAD_LINES = 12


@dataclass(frozen=True, slots=True)
class Issue:
    """The particulars of issue; empty or None where the text does not state them."""

    issuer: str = ""
    doc_number: str = ""
    issued: date | None = None


def read_issue(title: str, clauses: Iterable[Clause]) -> Issue:
    """Reads the particulars of issue from a document's head, its notice and its signature.

    Only lines of their own count: a number or date inside a sentence is that of another document.

    Args:
        title: the document's title.
        clauses: its clauses, in order.

    Returns:
        What is stated.
    """
    units = [clause for clause in clauses if clause.kind is not ClauseKind.PARAGRAPH]
    head: list[str] = []
    for unit in units:
        if unit.kind is ClauseKind.NOTICE or (unit is units[0] and unit.kind is ClauseKind.PREAMBLE):
            head += unit.text.split("\n")
    closings = [unit.text.split("\n") for unit in units if unit.kind is ClauseKind.CLOSING]
    tail = closings[-1] if closings else units[-1].text.split("\n")[1:] if units else []
    issue = replace(_labelled(head), doc_number=_labelled(head).doc_number or _own_number(head[:_HEAD_LINES]))
    signature = _signature(head) or _signature(tail)
    issuer = (
        issue.issuer or (signature.issuer if signature else "") or _promulgator([title, *head[:_HEAD_LINES]])
    )
    return replace(issue, issuer=issuer, issued=issue.issued or (signature.issued if signature else None))


_NUMBER = re.compile(
    r"[（(\[【]?\s*(?P<number>[\u4e00-\u9fff]{2,14}\s*[〔\[（(【「]\s*(?:19|20)\d\d\s*[〕\]）)】」]\s*第?\s*\d{1,5}\s*号)"
    r"\s*[）)\]】]?"
)
_LABELLED = {
    "issued": re.compile(r"(?:发布|印发|成文|发文|公布|签发)(?:日期|时间)\s*[:：]\s*(?P<value>.{6,20})"),
    "issuer": re.compile(
        r"(?:发布机构|发布机关|发文机关|发文单位|发布单位|制定机关|发布部门)\s*[:：]\s*(?P<value>\S.{1,40})"
    ),
    "doc_number": re.compile(r"(?:发文字号|文件编号|文\s*号|发文号)\s*[:：]\s*(?P<value>\S.{3,40})"),
}


def _labelled(lines: Sequence[str]) -> Issue:
    found: dict[str, str] = {}
    for line in _pairs(lines):
        for key, pattern in _LABELLED.items():
            match = pattern.fullmatch(line)
            if match:
                found.setdefault(key, match["value"].strip())
    return Issue(found.get("issuer", ""), found.get("doc_number", ""), only_date(found.get("issued", "")))


def _pairs(lines: Sequence[str]) -> list[str]:
    """The lines, and of a table's rows each label with the cell behind it."""
    found = []
    for line in lines:
        cells = [cell.strip() for cell in line.split("\t")]
        found += [f"{label.rstrip('：:')}：{value}" for label, value in pairwise(cells)] or cells
    return found


def _own_number(lines: Sequence[str]) -> str:
    for line in lines:
        # A wide title may have been joined with the number below it.
        line = re.sub(r"^.*的(?:通知|公告|决定)(?=[^》])", "", line.strip())
        match = _NUMBER.fullmatch(line.strip())
        if match:
            return "".join(match["number"].split())
    return ""


def only_date(line: str) -> date | None:
    """The day, where a line is nothing but a date; else None."""
    line = re.sub(r"印发$", "", widths_folded(line).strip())
    dates = find_dates(line)
    if (
        len(dates) == 1
        and dates[0].first == dates[0].last
        and (dates[0].start, dates[0].end) == (0, len(line))
    ):
        return dates[0].first
    return None


@cache
def _organ() -> re.Pattern[str]:
    return re.compile(rf"[\u4e00-\u9fff（）()]{{1,{_LONGEST_ORGAN}}}{any_of('organ_endings')}")


def _organs(line: str) -> list[str]:
    """The organs, where a line is nothing but the names of some."""
    names = re.split(r"[\s、]+", line.strip())
    return names if all(_organ().fullmatch(name) for name in names) else []


def _signature(lines: Sequence[str]) -> Issue | None:
    """Names of organs on lines of their own with the date below them."""
    for at, line in enumerate(lines):
        issued = only_date(line)
        if issued is None:
            continue
        organs: list[str] = []
        for above in reversed(lines[:at]):
            if not (names := _organs(above)):
                break
            organs = names + organs
        if organs:
            return Issue("、".join(organs), "", issued)
    return None


def signature_lines(lines: Sequence[str]) -> int:
    """How many lines at the end of a text are its signature: the date, and the organs above it.

    Args:
        lines: the lines of a text.

    Returns:
        The number of lines; 0 where the last is no date of its own, or no organ stands above it.
    """
    if not lines or only_date(lines[-1]) is None:
        return 0
    count = 1
    while count < len(lines) and _organs(lines[-count - 1]):
        count += 1
    return count if count > 1 else 0


def _promulgator(lines: Sequence[str]) -> str:
    """The organ in a title such as 武汉市人民政府办公厅关于印发…的通知."""
    for line in lines:
        match = re.match(
            rf"(?P<organ>[\u4e00-\u9fff]{{1,{_LONGEST_ORGAN}}}?{any_of('organ_endings')})(?:关于|印发)", line
        )
        if match:
            return match["organ"]
    return ""
