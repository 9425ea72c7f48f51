"""What a question demands to be told, such as a share or how many months, and whether words tell it.

The clause about the right thing often leaves open the one detail that is asked for. To quote it all the same
would be an answer that does not answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from corpus.text import fold
from rag.figures import FigureKind, figures
from rag.lexicon import Cue, cue_of, read_toml, spans_apart
from rag.pieces import states
from rag.types import ClauseSource, Fact, Language, Query, Ranked

_NEARLY = 0.85
_SENTENCE = re.compile(r"(?:[^?!。;\n.]|\.(?!\s))+[?!。;\n.]?")
_ASKED_INDIRECTLY = re.compile(
    r"想知道|想问|请问|告诉我|问一下|\b(?:tell me|want to know|would like to know)\b"
)


@dataclass(frozen=True, slots=True)
class Demand:
    """One kind of detail that questions ask for.

    Attributes:
        asked: how it is asked for.
        names: what it is called, in each language.
        kinds: figures that tell it.
        units: units of further figures that do.
        marks: words that do.
    """

    asked: Cue
    names: dict[Language, str]
    kinds: frozenset[FigureKind]
    units: frozenset[str]
    marks: re.Pattern[str]

    def told_by(self, text: str) -> bool:
        """Whether a text states a detail of this kind."""
        found = (f for f in figures(text) if not (f.kind is FigureKind.NUMBER and f.unit))  # 5G, L4
        if any(f.kind in self.kinds or f.unit in self.units for f in found):
            return True
        return bool(self.marks.search(text))


@cache
def _demands() -> tuple[Demand, ...]:
    return tuple(
        Demand(
            cue_of(entry),
            entry["name"],
            frozenset(map(FigureKind, entry["kinds"])),
            frozenset(entry["units"]),
            re.compile("|".join(entry["marks"]) or r"(?!)"),
        )
        for entry in read_toml("demands.toml").values()
    )


def demands_of(question: str) -> tuple[Demand, ...]:
    """The details that a question demands.

    Args:
        question: what the person typed.

    Returns:
        Each kind once, in the order in which they are asked for. Where sentences end in a question mark,
        the others tell a story and demand nothing.
    """
    sentences = _SENTENCE.findall(fold(question))
    asking = [s for s in sentences if s.endswith("?") or _ASKED_INDIRECTLY.search(s)] or sentences
    spans = spans_apart((demand.asked for demand in _demands()), "\n".join(asking))
    return tuple(_demands()[n] for n in dict.fromkeys(number for _, _, number in spans))


def untold(query: Query, text: str) -> Demand | None:
    """The detail that a question demands and a text does not tell.

    Args:
        query: the question as understood.
        text: the words of an answer.

    Returns:
        The first of the details; None where none is demanded, the text tells one of them or the office that
        is asked first, or several places are asked about, each of which may tell something else.
    """
    if query.survey or query.comparison:
        return None
    first = query.facts[0] if query.facts else None
    if first is Fact.OFFICE and states(first, text):
        return None
    demanded = demands_of(query.question)
    return None if not demanded or any(d.told_by(text) for d in demanded) else demanded[0]


def first_telling(query: Query, ranked: Sequence[Ranked], source: ClauseSource) -> Sequence[Ranked]:
    """The candidate that tells what the answer from all of them did not.

    It must be the best one, of which something else was quoted. In a follow-up it may be another that is
    nearly as good and speaks no less of what is asked: the clause cited before only stood nearer.

    Args:
        query: the question as understood.
        ranked: candidates, the best first.
        source: where clauses are looked up.

    Returns:
        That candidate; empty where there is none.
    """
    best = ranked[:1]
    others = [r for r in ranked[1:] if r.score >= _NEARLY * best[0].score and r.coverage >= best[0].coverage]
    able = (*best, *(others if query.recent else ()))
    return [r for r in able if not untold(query, source.clauses[r.clause_id].text)][:1]
