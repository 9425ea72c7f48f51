"""Checks every statement of every generator against the clauses that it cites.

A statement passes only where its citations resolve, its quotes are verbatim, each of its figures stands in
the cited words in the same role or is a shown computation, and it names no other document or article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from corpus.text import sentences, squash
from corpus.types import Clause
from rag.computing import recompute
from rag.figures import Figure, FigureKind, figures, plain, same_figure, unsupported
from rag.pieces import SHORTEST_QUOTE
from rag.tiers import binding_cap, parallel_lists
from rag.types import Citation, ClauseSource, Draft, Note, Query, Related, Statement

_QUOTED = re.compile('“([^”]{4,})”|「([^」]{4,})」|"([^"]{4,})"')
_TITLE = re.compile(r"《([^《》]{2,})》")
_ARTICLE = re.compile(r"第\s*[〇零一二三四五六七八九十百\d]+\s*[条章节]")
_ROLE_KINDS = {FigureKind.MONEY, FigureKind.PERCENT, FigureKind.MULTIPLE}
_ROLE_OVERLAP = 0.25
_GIVEN = re.compile(
    "(?:最高|最多|不超过|给予|可得|可获|获得|得到|拿到?|领到?|领取|补助|补贴|奖励|资助|支持|补|奖"
    r"|\b(?:up to|receives?|gets?|granted?|award(?:ed)?|maximum))[^，。；,;]{0,8}$",
    re.IGNORECASE,
)
_COPIED_OVERLAP = 0.8


@dataclass(frozen=True, slots=True)
class Failure:
    """A statement that is not shown as fact, and why."""

    text: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """What is left of a draft after verification.

    Attributes:
        draft: the statements, related facts and computations that passed, with the citations they use.
        failures: what did not pass.
    """

    draft: Draft
    failures: tuple[Failure, ...]


def verify(draft: Draft, index: ClauseSource, query: Query) -> Verification:
    """Keep of a draft what its citations prove.

    Args:
        draft: what a generator wrote.
        index: where the cited clauses are looked up.
        query: the question; figures that the person stated may be repeated.

    Returns:
        The verified draft, its citations renumbered, and what failed.
    """
    failures: list[Failure] = []
    passed: list[Statement] = []
    for statement in draft.statements:
        reasons = check_statement(statement, draft.citations, index, query, draft.notes)
        if reasons:
            failures.append(Failure(statement.text, reasons))
        else:
            passed.append(replace(statement, verified=True))
    related: list[Related] = []
    for item in draft.related:
        reasons = _check_related(item, index)
        if reasons:
            failures.append(Failure(item.text, reasons))
        else:
            related.append(item)
    kept = sorted({n for s in passed for n in s.citations})
    renumbered = {old: new for new, old in enumerate(kept, 1)}
    citations = tuple(draft.citations[n - 1] for n in kept)
    statements = tuple(replace(s, citations=tuple(renumbered[n] for n in s.citations)) for s in passed)
    notes = tuple(n for n in draft.notes if _note_holds(n, citations, query))
    return Verification(Draft(statements, citations, tuple(related), notes), tuple(failures))


def check_statement(
    statement: Statement,
    citations: Sequence[Citation],
    index: ClauseSource,
    query: Query,
    notes: Sequence[Note] = (),
) -> tuple[str, ...]:
    """Check one statement.

    Args:
        statement: the statement.
        citations: the citations that its numbers count into.
        index: where the cited clauses are looked up.
        query: the question.
        notes: computations shown beside the statement.

    Returns:
        The reasons why it fails; empty where it passes.
    """
    if not statement.citations:
        return ("cites nothing",)
    if any(not 1 <= n <= len(citations) for n in statement.citations):
        return ("cites a number that does not exist",)
    cited = [citations[n - 1] for n in statement.citations]
    reasons = [reason for c in cited for reason in _check_citation(c, index)]
    if not statement.text.strip():
        reasons.append("says nothing")
    reasons += _check_quoted_words(statement.text, cited)
    reasons += _check_names(statement.text, cited)
    reasons += _check_figures(statement.text, cited, query, notes)
    return tuple(dict.fromkeys(reasons))


def _check_citation(citation: Citation, index: ClauseSource) -> list[str]:
    """Whether a citation is its clause's, word for word."""
    unit = index.clauses.get(citation.clause_id)
    if unit is None:
        return [f"clause {citation.clause_id} is not in the index"]
    reasons = []
    if citation.text != unit.text:
        reasons.append("the cited text is not the clause's text")
    if citation.label != unit.label or citation.document != unit.document:
        reasons.append("the label is not the clause's label")
    if citation.lead_in and not _stands_above(citation.lead_in, unit, index):
        reasons.append("the lead-in does not stand above the clause")
    for quote in citation.quotes or (citation.quote,):
        if len(squash(quote)) < min(SHORTEST_QUOTE, len(squash(unit.text))) or quote not in unit.text:
            reasons.append("the quote is not verbatim")
        elif _cuts_a_figure(quote, unit.text):
            reasons.append("the quote cuts a figure")
    return reasons


def _stands_above(words: str, unit: Clause, index: ClauseSource) -> bool:
    """Whether words stand in a unit above another."""
    above = index.clauses.get(unit.parent)
    while above is not None:
        if words in above.text:
            return True
        above = index.clauses.get(above.parent)
    return False


def _cuts_a_figure(quote: str, text: str) -> bool:
    """Whether a quote begins or ends in the middle of a figure wherever it stands."""
    spans = [(f.start, f.end) for f in figures(text)]
    position = text.find(quote)
    while position >= 0:
        end = position + len(quote)
        if not any(a < edge < b for a, b in spans for edge in (position, end)):
            return False
        position = text.find(quote, position + 1)
    return True


def _check_quoted_words(text: str, cited: Sequence[Citation]) -> list[str]:
    """Words in quotation marks must stand in the cited text."""
    sources = [squash(c.lead_in + c.text) for c in cited]
    for match in _QUOTED.finditer(text):
        words = squash(next(g for g in match.groups() if g))
        if words and not any(words in s for s in sources):
            return ["words in quotation marks are not in the cited text"]
    return []


def _check_names(text: str, cited: Sequence[Citation]) -> list[str]:
    """Titles and article numbers must be those of the cited clauses."""
    sources = [squash(f"{c.label}\n{c.title}\n{''.join(c.path)}\n{c.lead_in}\n{c.text}") for c in cited]
    reasons = []
    for match in _TITLE.finditer(text):
        if not any(squash(match[1]) in s for s in sources):
            reasons.append(f"《{match[1]}》 is not the cited document")
    for match in _ARTICLE.finditer(text):
        if not any(squash(match[0]) in s for s in sources):
            reasons.append(f"{match[0]} is not the cited clause")
    return reasons


def _check_figures(text: str, cited: Sequence[Citation], query: Query, notes: Sequence[Note]) -> list[str]:
    """Every figure stands in the cited words, in the question or in a computation that is right."""
    claimed = figures(_ARTICLE.sub(" ", text))
    if not claimed:
        return []
    in_clauses = [f for c in cited for f in figures(f"{c.lead_in}\n{c.text}")]
    asked = [*figures(query.standalone), *figures(query.question)]
    results = [r for n in notes if n.kind == "computed" for r in recompute(n.text, in_clauses + asked)]
    missing = unsupported(claimed, in_clauses + asked + results)
    reasons = [f"{text[f.start : f.end].strip()} does not stand in the cited text" for f in missing]
    for f in claimed:
        if _among(f, in_clauses) or not _GIVEN.search(text[: f.start]):
            continue
        if not _among(f, results):
            reasons.append(f"{text[f.start : f.end].strip()} is the person's own figure, not the clause's")
        elif _over_cap(f, claimed, cited):
            reasons.append(f"{text[f.start : f.end].strip()} is above the clause's cap")
    if not reasons and not _verbatim(text, cited):
        own = [f for f in claimed if _among(f, in_clauses) and not _inside_quotation(f, text)]
        reasons += _check_roles(text, own, cited)
    return reasons


def _over_cap(result: Figure, claimed: Sequence[Figure], cited: Sequence[Citation]) -> bool:
    """Whether a computed amount exceeds a cap of the cited rule that the statement does not mention."""
    for sentence in (s for c in cited for s in _stretches(c.text)):
        shares = [f for f in figures(sentence) if f.kind is FigureKind.PERCENT]
        cap = binding_cap(sentence, shares[0].end, result.value) if shares else None
        if cap and not _among(cap[1], claimed):
            return True
    return False


def _inside_quotation(figure: Figure, text: str) -> bool:
    """Whether a figure stands in words between quotation marks, which are checked as such."""
    return any(m.start() <= figure.start < m.end() for m in _QUOTED.finditer(text))


def _verbatim(text: str, cited: Sequence[Citation]) -> bool:
    """Whether all the statement's Chinese words stand in one cited text as they are."""
    words = _only_han_and_figures(text)
    return any(words in _only_han_and_figures(f"{c.lead_in}\n{c.text}") for c in cited)


def _only_han_and_figures(text: str) -> str:
    return "".join(c for c in plain(text) if c.isdigit() or c in "%‰." or "㐀" <= c <= "鿿")


def _check_roles(text: str, claimed: Sequence[Figure], cited: Sequence[Citation]) -> list[str]:
    """An amount or share stands in a cited sentence that is about the same thing."""
    stretches = [s for c in cited for s in _stretches(f"{c.lead_in}\n{c.text}")]
    reasons = []
    bare = _QUOTED.sub(lambda m: " " * len(m[0]), text)
    for start, end in sentences(bare):
        inside = [f for f in claimed if start <= f.start < end and f.kind in _ROLE_KINDS]
        said = bare[start:end]
        if inside and not any(
            _same_role(said, [f for f in figures(said) if _among(f, inside)], s) for s in stretches
        ):
            words = "、".join(text[f.start : f.end].strip() for f in inside)
            reasons.append(f"{words} is said of something else in the cited text")
    return reasons


def _among(figure: Figure, others: Iterable[Figure]) -> bool:
    return any(same_figure(figure, o) for o in others)


def _same_role(said: str, claims: Sequence[Figure], stated: str) -> bool:
    """Whether a sentence says the figures of another, of the same thing and in the same order."""
    known = [f for f in figures(stated) if f.kind in _ROLE_KINDS or f.kind is FigureKind.NUMBER]
    if unsupported(claims, known):
        return False
    words, source = _bigrams(said), _bigrams(stated)
    if not words:
        return True
    if not _pairs_agree(claims, stated):
        return False
    overlap = len(words & source) / len(words)
    if overlap < _ROLE_OVERLAP:
        return False
    if overlap >= _COPIED_OVERLAP:
        return _is_subsequence(claims, known)
    return True


def _pairs_agree(claims: Sequence[Figure], stated: str) -> bool:
    """Where a sentence pairs two lists, what is claimed of both is taken from the same places of them."""
    lists = parallel_lists(stated)
    paired = [c for c in claims if lists and _among(c, [*lists[0], *lists[1]])]
    if lists is None or len(paired) < 2:
        return True
    for one, other in (lists, lists[::-1]):
        for split in range(len(paired) + 1):
            places, others = _places(paired[:split], one), _places(paired[split:], other)
            if places is not None and others is not None and (not places or not others or places == others):
                return True
    return False


def _places(claims: Sequence[Figure], listed: Sequence[Figure]) -> list[int] | None:
    """The places of claims in a list, in order; None where they do not stand in it so."""
    places: list[int] = []
    for claim in claims:
        start = places[-1] + 1 if places else 0
        place = next((k for k in range(start, len(listed)) if same_figure(claim, listed[k])), None)
        if place is None:
            return None
        places.append(place)
    return places


def _is_subsequence(claims: Iterable[Figure], known: Iterable[Figure]) -> bool:
    rest = iter(known)
    return all(any(same_figure(c, k) for k in rest) for c in claims)


def _bigrams(text: str) -> set[str]:
    """Neighbouring Han characters outside the figures."""
    bare = list(text)
    for f in figures(text):
        bare[f.start : f.end] = " " * (f.end - f.start)
    han = "".join(bare)
    return {a + b for a, b in pairwise(han) if "㐀" <= a <= "鿿" and "㐀" <= b <= "鿿"}


def _stretches(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


def _check_related(item: Related, index: ClauseSource) -> tuple[str, ...]:
    """A related fact is held to the same rules, without the question; it may open the list below it."""
    reasons = _check_citation(item.citation, index)
    reasons += _check_names(item.text, [item.citation])
    below = [c.text for c in index.children(item.citation.clause_id)]
    stated = figures("\n".join([item.citation.lead_in, item.citation.text, *below]))
    missing = unsupported(figures(item.text), stated)
    reasons += [f"{item.text[f.start : f.end]} does not stand in the cited text" for f in missing]
    return tuple(reasons)


def _note_holds(note: Note, citations: Sequence[Citation], query: Query) -> bool:
    """A computation stays only where its inputs are known and it recomputes right."""
    if note.kind != "computed":
        return True
    known = [f for c in citations for f in figures(f"{c.lead_in}\n{c.text}")]
    known += list(figures(query.standalone)) + list(figures(query.question))
    return bool(recompute(note.text, known))
