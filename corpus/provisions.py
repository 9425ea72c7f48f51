"""What a document says about itself: since when and until when it holds, and who explains it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from corpus.cues import any_of
from corpus.dates import find_dates, last_day, widths_folded
from corpus.text import sentences
from corpus.types import Clause, ClauseKind

_LONGEST_SENTENCE = 2000  # characters; nothing of use is said in a longer one


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that a clause says about its document.

    Attributes:
        clause: id of the clause.
        words: its own words.
        day: the day it states, where it states one.
        since_issue: whether it counts from the day of issue.
    """

    clause: str
    words: str
    day: date | None = None
    since_issue: bool = False


@dataclass(frozen=True, slots=True)
class Provisions:
    """What was found; each is None where the document does not say it."""

    effective: Statement | None = None
    validity: Statement | None = None
    interpretation: Statement | None = None


def read_provisions(clauses: Iterable[Clause]) -> Provisions:
    """Reads the closing provisions of a document, wherever they stand.

    A provision counts only where the document speaks of itself (本办法…, 以上政策…). The last one counts,
    and one of the notice that a document was issued with only where the document itself is silent.

    Args:
        clauses: the clauses of one document, in order.

    Returns:
        When it takes effect, how long it holds and who explains it.
    """
    effective: Statement | None = None
    validity: Statement | None = None
    interpretation: Statement | None = None
    units = [clause for clause in clauses if clause.kind is not ClauseKind.PARAGRAPH]
    for clause in sorted(units, key=lambda unit: unit.kind is not ClauseKind.NOTICE):
        found = _read_clause(clause)
        effective = found.effective or effective
        validity = found.validity or validity
        interpretation = found.interpretation or interpretation
    return Provisions(effective, validity, interpretation)


def _read_clause(clause: Clause) -> Provisions:
    effective: Statement | None = None
    validity: Statement | None = None
    interpretation: Statement | None = None
    if not _relevant().search(clause.text):
        return Provisions()
    closing = clause.kind is ClauseKind.CLOSING
    follows = False
    for start, end in sentences(clause.text):
        original = clause.text[start:end]
        if len(original) > _LONGEST_SENTENCE:
            continue
        sentence = widths_folded(original)
        takes_effect = _find_effective(sentence, closing)
        if takes_effect:
            effective = _effective(clause.id, original, takes_effect)
        holds = _find_validity(sentence, bool(takes_effect), closing or follows)
        if holds:
            validity = Statement(clause.id, original[slice(*holds.span())].strip(), *_end_of(holds[0]))
        explained = _find_interpretation(sentence, closing or follows or bool(takes_effect))
        if explained:
            interpretation = Statement(clause.id, original[slice(*explained.span("who"))].strip())
        follows = bool(takes_effect)
    return Provisions(effective, validity, interpretation)


@cache
def _relevant() -> re.Pattern[str]:
    return re.compile(rf"{any_of('effective_verbs')}|{any_of('validity_words')}|解释")


@cache
def _self_words() -> str:
    """本办法, 本实施细则, 以上政策; not 本市出台的政策."""
    return rf"{any_of('self_words')}(?![市省区县地级])[^，,。；;：:《》〈〉的]{{0,8}}?{any_of('kinds')}"


@cache
def _effective_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"(?:自|从|于)?\s*(?P<when>(?:\d{{4}}|[一二][〇○零一二九]{{2}}|{any_of('issue_words')})"
        rf"[^，,。；;]{{0,40}}?)(?:起)?(?:正式|开始)*{any_of('effective_verbs')}(?!的|前|后|以来|以前|期间|之日|过程|主体|单位)"
    )


@cache
def _subject() -> re.Pattern[str]:
    """The document as the subject of what follows: 本办法, or 本办法由市科技局负责解释，."""
    aside = r"(?:(?:由|经|共|有效期|未尽)[^，,。；;]{0,60})?[，,](?:[^，,。；;]{0,60}[，,])*"
    return re.compile(rf"{_self_words()}\s*(?:[（(][^（）()]*[)）])?\s*(?:{aside})?\s*$")


def _find_effective(sentence: str, closing: bool) -> re.Match[str] | None:
    for match in _effective_pattern().finditer(sentence):
        when, before = match["when"], sentence[: match.start()]
        if not find_dates(when) and not re.search(rf"{any_of('issue_words')}之日", when):
            continue
        if _subject().search(before) or (closing and not before.strip("（( ")):
            return match
    return None


def _effective(clause: str, sentence: str, match: re.Match[str]) -> Statement:
    words = sentence[slice(*match.span())].strip()
    dates = find_dates(match["when"])
    if dates:
        return Statement(clause, words, dates[0].first)
    # 印发之日起30日后: which day that is, only the promulgator knows for certain.
    exactly = re.fullmatch(rf"{any_of('issue_words')}之日起?", match["when"].strip())
    return Statement(clause, words, since_issue=bool(exactly))


@cache
def _validity_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<term>{any_of('validity_words')}(?!内|届满|满|外|期间|结束|之内|前|后)[^，,。；;]+)"
        r"|(?P<until>(?:截至|截止到?|执行至|实施至|施行至|至)\s*\d{4}\s*年[^，,。；;]{0,16}(?:止|失效|终止|废止))"
        r"|(?P<trial>试行\s*(?:期)?\s*(?:为)?\s*(?:\d{1,2}|[一二两三四五])\s*年)"
    )


def _find_validity(sentence: str, takes_effect: bool, continues: bool) -> re.Match[str] | None:
    """``continues``: the sentence before took effect, or the whole clause is about that."""
    for match in _validity_pattern().finditer(sentence):
        before = sentence[: match.start()]
        own = re.search(rf"{_self_words()}(?:的|之)?\s*$", before)
        if takes_effect or own or (continues and not before.strip("（( ")):
            return match
    return None


def _end_of(words: str) -> tuple[date | None, bool]:
    """The last day that a statement of validity names, and whether it counts from the day of issue."""
    dates = find_dates(words)
    if not dates:
        return None, bool(re.search(rf"{any_of('issue_words')}之日", words))
    last = dates[-1]
    if len(dates) == 1 and re.match(r"\s*(?:起|开始)", words[last.end :]):
        return last_day(last.first, words[last.end :]), False
    return last.last, False


@cache
def _interpretation_patterns() -> tuple[re.Pattern[str], ...]:
    name = r"(?P<who>(?:(?!由|负责)[^，,。；;]){2,60}?)"
    duty = r"(?:按照?[^，,。；;]{0,12}职[责能][^，,。；;]{0,6})?(?:共同|分别|具体|牵头)*"
    return (
        re.compile(rf"由\s*{name}{duty}(?:负责|承担)[^，,。；;]{{0,16}}解释"),
        re.compile(rf"解释权(?:归|属于?|由)\s*{name}(?:所有|享有|负责)?(?=[，,。；;]|$)"),
        re.compile(rf"由\s*{name}{duty}(?:进行|予以|作出)?解释"),
    )


def _find_interpretation(sentence: str, closing: bool) -> re.Match[str] | None:
    if "解释" not in sentence:
        return None
    for pattern in _interpretation_patterns():
        match = pattern.search(sentence)
        if match and (closing or re.search(_self_words(), sentence[: match.start()])):
            return match
    return None
