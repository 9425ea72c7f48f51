"""What was not asked for but helps: procedure, conditions, contact and validity of the cited policy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

from corpus.types import Clause, ClauseKind, Document
from rag.citations import cite
from rag.pieces import Piece, bracket_pattern, cut, states
from rag.scoring import beside, whole_clause
from rag.types import Citation, ClauseSource, Fact, Language, Query, Related

Kind = Literal["procedure", "conditions", "contact", "validity"]

_KINDS: tuple[Kind, ...] = ("conditions", "procedure", "contact", "validity")
_ASKED = {
    "conditions": {Fact.CONDITION},
    "procedure": {Fact.PROCEDURE},
    "contact": {Fact.OFFICE, Fact.PHONE},
    "validity": {Fact.VALIDITY},
}
_LONGEST = 160
_LEAST_OVERLAP = 0.12
_WHOLE_CHAPTER = re.compile("申请本(?:章(?!中)|节|奖励|补贴|补助|政策|办法|细则|意见|措施|项|条)")


@dataclass(frozen=True, slots=True)
class _Find:
    """A unit and the stretches of it that help."""

    clause: Clause
    pieces: tuple[Piece, ...]


@cache
def _rules() -> dict[str, dict[str, re.Pattern[str]]]:
    text = files("rag").joinpath("data/related.toml").read_text(encoding="utf-8")
    tables: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    return {kind: {n: re.compile("|".join(r)) for n, r in rules.items()} for kind, rules in tables.items()}


def find_related(
    query: Query, citations: tuple[Citation, ...], source: ClauseSource, as_of: date
) -> tuple[Related, ...]:
    """Find what helps beside an answer, one of each kind at most.

    Args:
        query: the question as understood; what it asks for is not offered again.
        citations: the citations of the answer, the most important first.
        source: where clauses and documents are looked up.
        as_of: the day of asking.

    Returns:
        The related facts, each with its own citation; none where the answer sets several documents side
        by side, because none would hold for all.
    """
    if not citations or len({c.document for c in citations}) > 1:
        return ()
    lead = whole_clause(source, citations[0].clause_id)[0]
    document = source.documents[lead.document]
    said = "\n".join(q for c in citations for q in c.quotes)
    found: list[Related] = []
    for kind in _KINDS:
        if _ASKED[kind] & set(query.facts):
            continue
        find = _find(kind, lead, document, said, source)
        if find:
            item = _as_related(kind, find, source, as_of, query.language)
            if item.citation.quote not in said:
                found.append(item)
    return tuple(found)


def _find(kind: Kind, lead: Clause, document: Document, said: str, source: ClauseSource) -> _Find | None:
    """The nearest unit of a kind that is certain to belong to the lead clause."""
    if kind == "validity":
        return _validity(document, source)
    if kind == "contact":
        return (
            _own_bracket(lead, Fact.PHONE, said)
            or _beside(kind, lead, said, source)
            or _own_bracket(lead, Fact.OFFICE, said)
        )
    return _beside(kind, lead, said, source)


def _validity(document: Document, source: ClauseSource) -> _Find | None:
    """The sentence of the closing provision that says how long the policy holds."""
    clause = source.clauses.get(document.expires_clause or document.effective_clause)
    if clause is None:
        return None
    pieces = [p for p in cut(clause.id, clause.text) if states(Fact.VALIDITY, p.text)]
    return _Find(clause, tuple(pieces[:1])) if pieces else None


def _own_bracket(lead: Clause, fact: Fact, said: str) -> _Find | None:
    """The bracket of the lead clause itself, where it has only one."""
    pattern = bracket_pattern(fact)
    pieces = [p for p in cut(lead.id, lead.text) if p.bracket and pattern and pattern.search(p.text)]
    return _Find(lead, (pieces[0],)) if len(pieces) == 1 and pieces[0].text not in said else None


def _beside(kind: Kind, lead: Clause, said: str, source: ClauseSource) -> _Find | None:
    """A unit under the same heading whose own words say that it rules this.

    One that begins with 申请本章… holds for all under the heading; another has to speak of the same thing.
    """
    rules = _rules()[kind]
    best: tuple[float, _Find] | None = None
    for clause in _under_same_heading(lead, source):
        headed = bool(clause.heading and rules["headings"].search(clause.heading))
        pieces = [p for p in cut(clause.id, clause.text) if not p.heading]
        telling = pieces if headed else [p for p in pieces if rules["texts"].search(p.text)]
        if not telling and not (headed and source.children(clause.id)):
            continue
        for_all = bool(telling) and telling[0] is pieces[0] and bool(_WHOLE_CHAPTER.search(telling[0].text))
        overlap = 1.0 if headed or for_all else _overlap(said, telling[0].text)
        if overlap >= _LEAST_OVERLAP and (best is None or overlap > best[0]):
            best = overlap, _Find(clause, tuple(telling))
    return best[1] if best else None


def _overlap(said: str, text: str) -> float:
    """The share of a text's pairs of characters that the answer says as well."""
    pairs = {a + b for a, b in pairwise(text)}
    spoken = {a + b for a, b in pairwise(said)}
    return len(pairs & spoken) / len(pairs) if pairs else 0.0


def _under_same_heading(lead: Clause, source: ClauseSource) -> Iterator[Clause]:
    """Units below the lead clause, then those beside it."""
    yield from (c for c in source.children(lead.id) if c.kind is not ClauseKind.PARAGRAPH)
    yield from (c for c in beside(source, lead) if c.id != lead.id)


def _as_related(kind: Kind, find: _Find, source: ClauseSource, as_of: date, language: Language) -> Related:
    """A find as it is shown: its words, with the items of a list that it opens."""
    clause = find.clause
    quotes = [p.text for p in find.pieces] or [clause.text]
    text = _shortened(quotes, "")
    if quotes[-1].rstrip().endswith(("：", ":")) or not find.pieces:
        below = [c.text for c in source.children(clause.id) if c.kind is not ClauseKind.PARAGRAPH]
        text = _shortened([*(p.text for p in find.pieces), *below], "\n")
    return Related(kind, text, cite(source, clause.id, quotes[:1], as_of, language))


def _shortened(parts: list[str], between: str) -> str:
    """The parts joined as far as they fit, with a mark where more follows."""
    shown = parts[0].strip()
    for part in parts[1:]:
        if len(shown) + len(part) > _LONGEST:
            return shown + between + "……"
        shown += between + part.strip()
    return shown
