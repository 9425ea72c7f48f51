"""How often a false statement of a language model is shown as verified.

``python -m eval.bench.adversarial [INDEX] [--entailment MODEL]``

Each statement goes the way of a model's answer: in pieces through the parser, through the checks, through
the repair. A model that says what it is told to stands in for one that errs.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from threading import Event

from corpus.text import squash
from corpus.types import Clause
from embeddings.encoder import Encoder
from embeddings.index import Index
from embeddings.manifest import read_manifest
from eval.bench.falsify import FAMILIES, PARAPHRASES, Claim, Ground, disguise, grounds
from rag.faithful import whole_sentences
from rag.gazetteer import Gazetteer
from rag.generators.extractive import Material
from rag.generators.language_model import Message
from rag.generators.written import Task, Writer
from rag.prose import Bench, Judgement, Verdict, judge_statement
from rag.question import understand
from rag.reranker import CrossEncoders
from rag.types import Draft, Ranked

EACH = 100
"""Statements of each family."""

_DAY = date(2022, 1, 1)
_OTHERS = 3
_PIECE = 7
_QUESTION = "企业能得到什么支持？"
_OUTCOMES = ("verified", "unverified", "replaced", "withdrawn")
_PARTS = {
    "no clause has": "id",
    "cites nothing": "id",
    "not the cited clause's": "overlap",
    "does not stand": "figures",
    "said of something else": "role",
    "own figure": "role",
    "is not the cited": "title or article",
    "is not of the cited": "place",
    "quotation marks": "quotation",
    "differs from": "near copy",
}


@dataclass(slots=True)
class Tally:
    """What became of the statements of one family.

    Attributes:
        total: how many there were.
        false_verified: how many false ones were shown as verified.
        outcomes: verified, unverified, replaced by the clause's own sentence, or withdrawn.
        parts: which part of the check kept them from being verified.
        missed: the false statements shown as verified.
    """

    total: int = 0
    false_verified: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)


class Told:
    """A language model that writes what it is told to, a few characters at a time."""

    name, setting, reading = "told", "here", 1e9

    def __init__(self, text: str) -> None:
        self._text = text

    def ahead(self, cancel: Event) -> int:
        """Nobody waits."""
        return 0

    def generate(
        self, messages: Sequence[Message], max_tokens: int, cancel: Event | None = None
    ) -> Generator[str, None, None]:
        """Writes it."""
        for start in range(0, len(self._text), _PIECE):
            yield self._text[start : start + _PIECE]


class Trial:
    """Puts statements through the whole way over one index."""

    def __init__(
        self, index: Index, encoder: Encoder, cross_encoders: CrossEncoders | None = None, seed: int = 1
    ) -> None:
        """Opens the way.

        Args:
            index: an open index.
            encoder: the model it was built with.
            cross_encoders: what reads statement and clause together, where it is configured.
            seed: for the choice of sentences and errors.
        """
        self._cross_encoders = cross_encoders or CrossEncoders()
        self._index = index
        self._encoder = encoder
        self._gazetteer = Gazetteer(tuple(index.documents.values()))
        self._random = Random(seed)
        self._grounds = grounds(index, _sentences)

    def falsehoods(self, family: str, count: int = EACH) -> Tally:
        """Puts false statements of one family through."""
        make = FAMILIES[family]

        def claim(ground: Ground) -> Claim | None:
            made = make(ground, self._random)
            if made is None:
                return None
            text = made.text if family == "invented id" else disguise(made.text, self._random)
            known = self._index.clauses[made.unit].text if made.unit else ""
            true = squash(text) in squash(known)
            return None if true or len(squash(text)) < 8 else Claim(text, made.unit, made.asked)

        return self._run(claim, count, false=True)

    def truths(self, way: str, count: int = EACH) -> Tally:
        """Puts true statements in one kind of other words through."""
        tell = PARAPHRASES[way]

        def claim(ground: Ground) -> Claim | None:
            text = tell(ground, self._random)
            return Claim(text, ground.unit.id) if text else None

        return self._run(claim, count, false=False)

    def _run(self, claim: Callable[[Ground], Claim | None], count: int, false: bool) -> Tally:
        tally = Tally()
        for ground in self._random.sample(self._grounds, len(self._grounds)):
            made = claim(ground)
            if made is None:
                continue
            self._put(made, tally, false)
            if tally.total == count:
                break
        return tally

    def _put(self, claim: Claim, tally: Tally, false: bool) -> None:
        """Has one statement written and notes what is shown of it."""
        query = understand(claim.asked or _QUESTION, (), self._gazetteer)
        bench = Bench(self._index, query, self._gazetteer, self._likeness, _DAY, self._cross_encoders)
        shown = self._shown(claim)
        at = next((n for n, unit in enumerate(shown, 1) if unit.id == claim.unit), len(shown) + 4)
        ranked = [Ranked(unit.id, 1.0, 1.0, 1.0, 1.0) for unit in shown]
        writer = Writer(Told(f"{claim.text}[{at}]\n"), "as told")
        drafts = list(writer.compose(Task(Material((), (), None, None), ranked, bench), Event()))
        cited = [self._index.clauses[claim.unit]] if claim.unit else []
        judged = judge_statement(claim.text, cited, bench)
        outcome = _outcome(drafts[-1] if drafts else None, claim.text)
        tally.total += 1
        tally.outcomes[outcome] += 1
        if outcome != "verified":
            tally.parts[_part(judged)] += 1
        elif false:
            tally.false_verified += 1
            tally.missed.append(claim.text)

    def _shown(self, claim: Claim) -> list[Clause]:
        """The clause that is cited among others, in a random order."""
        others = [g.unit for g in self._random.sample(self._grounds, _OTHERS)]
        cited = [self._index.clauses[claim.unit]] if claim.unit else []
        units = list({unit.document: unit for unit in (*others, *cited)}.values())
        return self._random.sample(units, len(units))

    def _likeness(self, text: str, others: Sequence[str]) -> Sequence[float]:
        vector = self._encoder.encode_query([text])[0]
        return [float(score) for score in self._encoder.encode_document(list(others)) @ vector]


def _sentences(unit: Clause) -> list[str]:
    return [w.text for w in whole_sentences(unit) if not (w.heading or w.bracket)]


def _outcome(draft: Draft | None, claimed: str) -> str:
    """What is shown in the place of a statement."""
    for statement in draft.statements if draft else ():
        if squash(statement.text) == squash(" ".join(claimed.split())):
            return "verified" if statement.verified else "unverified"
    return "replaced" if draft and draft.statements else "withdrawn"


def _part(judged: Judgement) -> str:
    """Which part of the check kept a statement from being verified."""
    if judged.verdict is Verdict.UNVERIFIED:
        return "not word for word"
    reason = "; ".join(judged.reasons)
    return next((part for words, part in _PARTS.items() if words in reason), reason or "other")


def measure(
    index_dir: Path, count: int = EACH, cross_encoders: CrossEncoders | None = None
) -> dict[str, Tally]:
    """Puts every family of false and every kind of true statements through.

    Args:
        index_dir: folder of the index whose clauses are used.
        count: statements of each.
        cross_encoders: what reads statement and clause together, where it is configured.

    Returns:
        What became of them, by family or ``true: kind``.
    """
    encoder = Encoder.load(read_manifest(index_dir).model.name)
    trial = Trial(Index.open(index_dir, encoder), encoder, cross_encoders)
    false = {family: trial.falsehoods(family, count) for family in FAMILIES}
    return false | {f"true: {way}": trial.truths(way, count) for way in PARAPHRASES}


def main() -> int:
    """Prints what became of each family; fails where a false statement was shown as verified."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", nargs="?", type=Path, default=Path("var/index"), help="folder of an index")
    parser.add_argument("--entailment", default="", help="a cross-encoder that tells entailment")
    given = parser.parse_args()
    tallies = measure(given.index, EACH, CrossEncoders.load(entailment=given.entailment))
    print(f"{'family':<20}{'n':>5}" + "".join(f"{name:>12}" for name in _OUTCOMES) + "   kept back by")
    for family, tally in tallies.items():
        shown = "".join(f"{tally.outcomes[name]:>12}" for name in _OUTCOMES)
        parts = ", ".join(f"{part} {count}" for part, count in tally.parts.most_common())
        print(f"{family:<20}{tally.total:>5}{shown}   {parts}")
    wrong = sum(tally.false_verified for tally in tallies.values())
    total = sum(tally.total for family, tally in tallies.items() if not family.startswith("true"))
    print(f"\nfalse statements shown as verified: {wrong} of {total}")
    for text in (text for tally in tallies.values() for text in tally.missed):
        print(f"  {text}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
