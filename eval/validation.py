"""Checks question files against their format and the corpus that they ask about."""

from __future__ import annotations

import ast
import json
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from corpus.text import fold, language_of, squash
from corpus.types import Corpus
from eval.sets import is_given, read_text

ANSWERABLE = frozenset({
    "direct", "colloquial", "situational", "multi", "typo", "terse", "traditional", "mixed", "longform",
    "english", "compare",
})  # fmt: skip
UNANSWERABLE = frozenset({
    "unanswerable", "absent", "other-city", "false-premise", "off-topic", "offtopic", "injection", "chitchat",
})  # fmt: skip
_FIELDS = {"id", "lang", "kind", "question", "evidence", "answer_points"}
_SHORTEST_QUOTE = 8  # letters and digits
_MOST_POINTS = 5
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_SCALES = {"万": 1e4, "亿": 1e8, "%": 0.01, "‰": 0.001}

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Source:
    """The units that quotes must stand in, by the number of their document.

    Attributes:
        corpus: the documents asked about; their position is the number that a quote names.
    """

    corpus: Corpus

    @cached_property
    def units(self) -> dict[int, list[str]]:
        """The squashed text of every clause and paragraph unit, by document number."""
        position = {document.id: document.position for document in self.corpus.documents}
        texts: dict[int, list[str]] = defaultdict(list)
        for clause in self.corpus.clauses:
            texts[position[clause.document]].append(squash(clause.text))
        return texts

    def holding(self, quote: str) -> dict[int, list[str]]:
        """The units that a squashed quote stands in, by document number."""
        found = {doc: [text for text in texts if quote in text] for doc, texts in self.units.items()}
        return {doc: texts for doc, texts in found.items() if texts}


def check_files(paths: Sequence[Path], corpus: Corpus) -> list[str]:
    """What is wrong with question files, one line a fault; empty where all is well.

    Args:
        paths: question files of one set; ids must differ over all of them.
        corpus: the documents asked about.
    """
    source, faults, seen = Source(corpus), [], set[str]()
    for path in paths:
        exclusive = not is_given(path)
        for number, line in enumerate(read_text(path).splitlines(), 1):
            if not line.strip():
                continue
            row: Row = {}
            try:
                row = _object(line)
                found = list(check_row(row, source, exclusive))
                if row["id"] in seen:
                    found.append("its id is taken")
                seen.add(row["id"])
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                found = [f"is not a question: {error!r}"]
            faults += [f"{path.name} line {number} {row.get('id', '')}: {fault}" for fault in found]
    return faults


def _object(line: str) -> Row:
    row = json.loads(line)
    if not isinstance(row, dict):
        raise TypeError("no object")
    return row


def check_row(row: Row, source: Source, exclusive: bool = True) -> Iterator[str]:
    """The faults of one question or dialogue.

    Args:
        row: the question.
        source: the units that its quotes must stand in.
        exclusive: whether a quote must stand in no document that its group does not list. An answer from
            such a document is as right, and would be counted as wrong.
    """
    if "turns" in row:
        if set(row) != {"id", "lang", "turns"}:
            yield f"has the fields {sorted(row)}"
        if len(row["turns"]) < 2:
            yield "a dialogue has at least two turns"
        for k, turn in enumerate(row["turns"], 1):
            yield from (f"turn {k}: {fault}" for fault in _question_faults(turn, source, exclusive))
        return
    if set(row) - {"sums"} != _FIELDS:
        yield f"has the fields {sorted(row)}"
    if row["kind"] not in (ANSWERABLE if row["evidence"] else UNANSWERABLE):
        yield f"kind {row['kind']!r} does not go with {'some' if row['evidence'] else 'no'} evidence"
    if language_of(row["question"]) != row["lang"]:
        yield f"is not in the language {row['lang']!r}"
    yield from _question_faults(row, source, exclusive)


def _question_faults(row: Row, source: Source, exclusive: bool) -> Iterator[str]:
    if row["question"].strip() != row["question"] or not row["question"]:
        yield "the question is empty or has spaces around it"
    points: list[str] = row["answer_points"]
    if bool(points) != bool(row["evidence"]) or len(points) > _MOST_POINTS:
        yield f"{len(points)} answer points for {len(row['evidence'])} groups of evidence"
    cited: list[str] = []
    for group in row["evidence"]:
        if not group["any_of"]:
            yield "a group without alternatives"
        listed = {alternative["doc"] for alternative in group["any_of"]}
        for alternative in group["any_of"]:
            quote = squash(alternative["quote"])
            held = source.holding(quote) if len(quote) >= _SHORTEST_QUOTE else {}
            cited += held.get(alternative["doc"], [])
            if alternative["doc"] not in held:
                yield f"no unit of document {alternative['doc']} holds {alternative['quote']!r}"
            if exclusive and (others := set(held) - listed):
                yield f"{alternative['quote']!r} stands in documents {sorted(others)} too"
    yield from _point_faults(points, row.get("sums", {}), cited)


def _point_faults(points: Sequence[str], sums: Mapping[str, str], cited: Sequence[str]) -> Iterator[str]:
    """Answer points are words of the evidence, or figures whose sum is given and right."""
    for point in points:
        if point in sums:
            if not _equal(point, sums[point]):
                yield f"{point} is not {sums[point]}"
        elif not any(squash(point) in text for text in cited):
            yield f"the answer point {point!r} is no words of the evidence"
    if extra := set(sums) - set(points):
        yield f"sums of no answer point: {sorted(extra)}"


def _equal(shown: str, expression: str) -> bool:
    """Whether a figure such as 1500万 is the value of an expression such as 5000万 * 30%."""
    return abs(_value(shown) - _value(expression)) <= 1e-6 * abs(_value(shown))


def _value(expression: str) -> float:
    """The value of digits, + - * / and 万, 亿, %, ‰; units behind them such as 元 do not count.

    Raises:
        ValueError: it is no such expression.
    """
    plain = re.sub(r"[元个]", "", fold(expression).replace("×", "*").replace(",", ""))
    plain = re.sub("[万亿%‰]", lambda mark: f"*{_SCALES[mark[0]]!r}", plain)
    try:
        return _evaluate(ast.parse(plain, mode="eval").body)
    except (SyntaxError, ZeroDivisionError) as error:
        raise ValueError(f"{expression!r} is no sum") from error


def _evaluate(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_evaluate(node.left), _evaluate(node.right))
    raise ValueError(f"{ast.unparse(node)!r} is no sum")
