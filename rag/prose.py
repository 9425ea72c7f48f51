"""Judges what a language model writes about clauses, statement by statement.

Words that say exactly what a clause says are verified. Words that a clause contradicts, or does not speak
of, fail. Of all others, English ones among them, nobody can tell without understanding them: they are
verified only where an entailment model is configured and finds that statement and sentence say the same.
Else they stay unverified, and the clause's own sentence stands beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum

from corpus.text import fold, language_of, squash
from corpus.types import Clause
from rag.citations import cite, lead_in
from rag.faithful import Support, find_support, is_part, tokens, whole_sentences
from rag.figures import figures, same_figure, unsupported
from rag.gazetteer import Gazetteer
from rag.pieces import SHORTEST_QUOTE
from rag.reranker import CrossEncoders
from rag.roles import bigrams
from rag.types import Citation, ClauseSource, Query, Statement
from rag.verification import check_statement

Likeness = Callable[[str, Sequence[str]], Sequence[float]]
"""How near a text is in meaning to each of several others, whatever their languages."""

_NEAR_COPY = 0.85
"""From here on words are the clause's sentence with an error; what they add is not worth the doubt."""

_SPOKEN_OF = 0.5  # share of a statement's pairs of characters that the cited clause holds
_MEANT = 0.3  # least likeness of an English statement to the clause it cites: other clauses stay below
_RELEVANT = 0.5  # from here on a reranker takes a sentence for what a statement speaks of
_ENTAILED = 0.9  # how sure an entailment model must be, in both directions


class Verdict(StrEnum):
    """What is known of a statement."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of one statement.

    Attributes:
        verdict: what is known of it.
        supports: the sentences that say it, or those that come nearest; empty where no clause cited speaks
            of it.
        reasons: why it failed.
    """

    verdict: Verdict
    supports: tuple[Support, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bench:
    """What statements are judged with.

    Attributes:
        source: where clauses are looked up.
        query: the question; figures that the person stated may be repeated.
        gazetteer: the names of places and documents.
        likeness: compares texts across languages.
        as_of: the day of asking.
        cross_encoders: what reads statement and sentence together, where it is configured.
    """

    source: ClauseSource
    query: Query
    gazetteer: Gazetteer
    likeness: Likeness
    as_of: date
    cross_encoders: CrossEncoders = field(default_factory=CrossEncoders)


def judge_statement(text: str, units: Sequence[Clause], bench: Bench) -> Judgement:
    """Judges one statement.

    Args:
        text: the statement.
        units: the clauses and paragraph units that it cites, in the order of its ids.
        bench: what it is judged with.

    Returns:
        What is known of it.
    """
    if not units:
        return Judgement(Verdict.FAILED, reasons=("cites nothing",))
    if len(squash(text)) < SHORTEST_QUOTE:
        return Judgement(Verdict.FAILED, reasons=("says too little",))
    nearest = {unit.id: _nearest(text, unit, bench) for unit in units}
    speaking = {i: near for i, near in nearest.items() if near is not None}
    if not speaking:
        return Judgement(Verdict.FAILED, reasons=("has words that are not the cited clause's",))
    near = tuple(Support(i, span) for i, span in speaking.items())
    own = {unit.id: unit.text[slice(*speaking[unit.id])] for unit in units if unit.id in speaking}
    about = [unit for unit in units if unit.id in speaking]
    cited = [cite(bench.source, i, (words,), bench.as_of, bench.query.language) for i, words in own.items()]
    reasons = _faults(text, cited, bench)
    if reasons:
        return Judgement(Verdict.FAILED, near, reasons)
    above = [c.lead_in for c in cited]
    support = find_support(text, about, above)
    if support:
        return Judgement(Verdict.VERIFIED, (support,))
    if any(is_part(text, words) or _is_near_copy(text, words) for words in own.values()):
        return Judgement(Verdict.FAILED, near, ("differs from the clause's sentence",))
    meant = _find_meaning(text, about, above, bench)
    return Judgement(Verdict.VERIFIED, (meant,)) if meant else Judgement(Verdict.UNVERIFIED, near)


def _faults(text: str, cited: Sequence[Citation], bench: Bench) -> tuple[str, ...]:
    """What in a statement the cited clauses contradict or do not say."""
    numbers = tuple(range(1, len(cited) + 1))
    reasons = check_statement(Statement(text, numbers), cited, bench.source, bench.query)
    return (*reasons, *_foreign_names(text, cited, bench.gazetteer))


def _foreign_names(text: str, cited: Sequence[Citation], gazetteer: Gazetteer) -> list[str]:
    """Places and documents that a statement names and the cited clauses do not."""
    folded = fold(text)
    about = fold("\n".join(f"{c.zone}\n{c.title}\n{''.join(c.path)}\n{c.lead_in}\n{c.text}" for c in cited))
    names = [n.chinese or folded[n.start : n.end] for n in gazetteer.find(folded).names]
    foreign = [name for name in dict.fromkeys(names) if name.strip("《》").removesuffix("市") not in about]
    return [f"{name} is not of the cited clause" for name in foreign]


def _find_meaning(text: str, units: Sequence[Clause], above: Sequence[str], bench: Bench) -> Support | None:
    """The sentence that says what a statement says, no more and no less, as an entailment model finds.

    Both must follow from each other: what leaves a condition out follows from the clause, but not the clause
    from it. The figures must be the same by value and in the same order, so that none changes its place.
    """
    model = bench.cross_encoders.entailment
    if model is None:
        return None
    for unit, opening in zip(units, above, strict=True):
        for whole in whole_sentences(unit):
            told = f"{opening}{whole.text}"
            if whole.heading or whole.bracket or not _same_figures(text, told):
                continue
            pairs = [(f"{unit.zone}：{told}", text), (f"{unit.zone}：{text}", told)]
            if min(model.score(pairs)) >= _ENTAILED:
                return Support(unit.id, (whole.start, whole.end))
    return None


def _same_figures(text: str, told: str) -> bool:
    said, known = figures(text), figures(told)
    return len(said) == len(known) and all(map(same_figure, said, known))


def _nearest(text: str, unit: Clause, bench: Bench) -> tuple[int, int] | None:
    """The sentence of a unit that comes nearest to a statement; None where the unit does not speak of it."""
    wholes = whole_sentences(unit)
    wholes = [w for w in wholes if not (w.heading or w.bracket)] or wholes
    spans = [(w.start, w.end) for w in wholes]
    told = [w.text for w in wholes]
    if not told:
        return None
    near = _near_by_words(text, unit, told, bench)
    if near is None and bench.cross_encoders.relevance:
        scores = bench.cross_encoders.relevance.score([(text, words) for words in told])
        near = _best(scores) if max(scores) >= _RELEVANT else None
    return None if near is None else spans[near]


def _near_by_words(text: str, unit: Clause, told: Sequence[str], bench: Bench) -> int | None:
    """Which sentence of a unit shares most with a statement; None where the unit shares too little."""
    if language_of(text) == "en":
        scores = bench.likeness(text, [*told, unit.text])
        if max(scores) < _MEANT:
            return None
        lacking = [len(unsupported(figures(text), figures(words))) for words in told]
        return max(range(len(told)), key=lambda n: (-lacking[n], scores[n]))
    said = bigrams(text)
    headings = "。".join((unit.zone, unit.title, *unit.path, lead_in(bench.source, unit)))
    about = bigrams(f"{headings}。{unit.text}")
    if len(said & about) < _SPOKEN_OF * len(said) or not said & bigrams(unit.text):
        return None
    return _best([len(said & bigrams(words)) for words in told])


def _best(scores: Sequence[float]) -> int:
    return max(range(len(scores)), key=scores.__getitem__)


def _is_near_copy(text: str, own: str) -> bool:
    return SequenceMatcher(None, tokens(text), tokens(own), autojunk=False).ratio() >= _NEAR_COPY
