"""Answers that a language model writes from numbered clauses; each statement is judged before it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event

from corpus.text import squash
from corpus.types import Clause
from rag.citations import cite
from rag.faithful import Support
from rag.generators.extractive import Material, applied_statements, finish_draft, framed_quote
from rag.generators.language_model import LanguageModel, Message, write
from rag.generators.prompts import (
    MOST_TOKENS,
    answer_prompt,
    choose_clauses,
    evidence_budget,
    repair_prompt,
)
from rag.generators.statements import StatementParser, Written
from rag.prose import Bench, Verdict, judge_statement
from rag.types import Citation, Draft, Ranked, Statement

_GAP = "……"


@dataclass(frozen=True, slots=True)
class Task:
    """What an answer is to be written from.

    Attributes:
        material: what is chosen and computed for it.
        ranked: clauses from retrieval, the best first.
        bench: the question, and what statements are judged with.
    """

    material: Material
    ranked: Sequence[Ranked]
    bench: Bench


class Writer:
    """Has a language model write answers, and lets through what holds.

    Attributes:
        model: the language model.
        because: why this one, in a few words.
    """

    def __init__(self, model: LanguageModel, because: str) -> None:
        """Takes a ready model.

        Args:
            model: the language model.
            because: why this one, in a few words.
        """
        self.model = model
        self.because = because

    def compose(self, task: Task, cancel: Event) -> Iterator[Draft]:
        """Writes an answer.

        A statement that fails is replaced by the clause's own sentence where it speaks of one, else written
        once more with the reason, else left out.

        Args:
            task: what it is written from.
            cancel: ends the generation when it is set.

        Yields:
            Growing drafts, one for each statement that holds, and in the end the complete one; none where
            nothing holds.

        Raises:
            PolicyQAError: if the model cannot be reached or cannot go on.
        """
        bench = task.bench
        budget = evidence_budget(self.model.reading)
        shown = choose_clauses(task.material.evidence, task.ranked, bench.source, budget)
        sheet = _Sheet(task, [one.unit for one in shown])
        prompt = answer_prompt(bench.query, shown, bench.source, bench.as_of)
        yield from self._write(prompt, sheet, cancel)
        if sheet.failed and not cancel.is_set():
            faults = [(written.text, reason) for written, reason in sheet.failed]
            again = repair_prompt(prompt, sheet.transcript, faults)
            yield from self._write(again, sheet, cancel)
        if sheet.said and not cancel.is_set():
            yield sheet.complete()

    def _write(self, prompt: Sequence[Message], sheet: _Sheet, cancel: Event) -> Iterator[Draft]:
        parser = StatementParser()
        with closing(write(self.model, prompt, MOST_TOKENS, cancel)) as pieces:
            for piece in pieces:
                sheet.transcript += piece
                for written in parser.feed(piece):
                    if sheet.take(written):
                        yield sheet.draft()
        for written in parser.close() if not cancel.is_set() else ():
            if sheet.take(written):
                yield sheet.draft()


@dataclass(frozen=True, slots=True)
class _Said:
    """One statement that may be shown."""

    text: str
    supports: tuple[Support, ...]
    verified: bool


@dataclass(slots=True)
class _Sheet:
    """What has been written so far.

    Attributes:
        task: what it is written from.
        units: the clauses shown to the model; their ids count from 1.
        said: what may be shown.
        failed: what may not, and could not be replaced, with the reason.
        transcript: all that the model wrote.
    """

    task: Task
    units: Sequence[Clause]
    said: list[_Said] = field(default_factory=list)
    failed: list[tuple[Written, str]] = field(default_factory=list)
    transcript: str = ""

    def take(self, written: Written) -> bool:
        """Judges a statement.

        Returns:
            Whether there is more to be shown.
        """
        cited = [self.units[n - 1] for n in written.ids if 1 <= n <= len(self.units)]
        if written.ids and not cited:
            self.failed.append((written, f"no clause has the id {written.ids[0]}"))
            return False
        judged = judge_statement(written.text, cited, self.task.bench)
        if judged.verdict is not Verdict.FAILED:
            verified = judged.verdict is Verdict.VERIFIED
            return self._add(_Said(written.text, judged.supports, verified))
        resting = {support for said in self.said for support in said.supports}
        own = [self._in_own_words(support) for support in judged.supports if support not in resting]
        added = [self._add(said) for said in own if said]
        if not judged.supports:
            self.failed.append((written, "; ".join(judged.reasons)))
        return any(added)

    def _in_own_words(self, support: Support) -> _Said | None:
        """The clause's own sentence as a statement, where that holds by itself."""
        unit = self.task.bench.source.clauses[support.unit]
        words = _words(unit, support)
        judged = judge_statement(words, [unit], self.task.bench)
        if judged.verdict is not Verdict.VERIFIED:
            return None
        text = self._framed(words, self._cite(unit, (words,)))
        return _Said(text, (support,), True)

    def _framed(self, words: str, citation: Citation) -> str:
        return framed_quote(words, citation, self.task.bench.query, self.task.material.several)

    def _add(self, said: _Said) -> bool:
        """Adds a statement unless it is said already."""
        if any(squash(said.text) == squash(other.text) for other in self.said):
            return False
        self.said.append(said)
        return True

    def draft(self) -> Draft:
        """The statements so far with their citations."""
        statements, citations = self._numbered()
        return Draft(tuple(statements), tuple(citations))

    def complete(self) -> Draft:
        """All statements, with what belongs beside them."""
        bench = self.task.bench
        statements, citations = self._numbered()
        for citation in self._passed_over(citations):
            citations.append(citation)
            statements.append(Statement(self._framed(citation.quote, citation), (len(citations),)))
        return finish_draft(statements, citations, self.task.material, bench.query, bench.source, bench.as_of)

    def _passed_over(self, cited: Sequence[Citation]) -> list[Citation]:
        """What the answer needs and the model did not speak of: the other text of a warning, other places."""
        material = self.task.material
        clauses, zones = {c.clause_id for c in cited}, {c.zone for c in cited}
        return [
            citation
            for citation in material.citations
            if (material.warning and citation.clause_id not in clauses)
            or (material.several and citation.zone not in zones)
        ]

    def _numbered(self) -> tuple[list[Statement], list[Citation]]:
        """The statements, with numbers into the citations."""
        source = self.task.bench.source
        statements = applied_statements(self.task.material)
        quotes: dict[str, list[str]] = {}
        if statements:
            first = self.task.material.citations[0]
            quotes[first.clause_id] = list(first.quotes)
        for said in self.said:
            for support in said.supports:
                unit = source.clauses[support.unit]
                quotes.setdefault(unit.id, []).append(_words(unit, support))
        numbers = {unit: n for n, unit in enumerate(quotes, 1)}
        for said in self.said:
            own = "" if said.verified else _GAP.join(_words(source.clauses[s.unit], s) for s in said.supports)
            cited = tuple(dict.fromkeys(numbers[s.unit] for s in said.supports))
            statements.append(Statement(said.text, cited, said.verified, own))
        units = ((source.clauses[unit], tuple(dict.fromkeys(held))) for unit, held in quotes.items())
        return statements, [self._cite(unit, held) for unit, held in units]

    def _cite(self, unit: Clause, quotes: Sequence[str]) -> Citation:
        bench = self.task.bench
        return cite(bench.source, unit.id, quotes, bench.as_of, bench.query.language)


def _words(unit: Clause, support: Support) -> str:
    """The sentences of a unit that a statement rests on."""
    return unit.text[slice(*support.span)]
