"""Scorers judge one answer against its question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from corpus.text import squash
from corpus.types import Clause, Document
from eval.grounding import is_verbatim, judge_alce, judge_figures, judge_statements, resolves
from eval.sets import Gold

Row = Mapping[str, Any]
LEAD = 200  # letters and digits within which what was asked should stand
WINDOW = 400  # letters and digits within which an answer point counts; both double with a second group
CUTS = (1, 5, 20)
_RANKS = 10  # candidates among which the first right one is looked for
_SHOWN = 0.5  # share of the evidence's pairs of characters that the quotes of a right citation must show


@dataclass(frozen=True, slots=True)
class Reference:
    """What citations and candidates are held against.

    Attributes:
        texts: unit id to squashed text; a record whose text is not its unit's supports nothing.
        numbers: document id to the number by which questions name it.
        zones: document id to zone.
    """

    texts: Mapping[str, str]
    numbers: Mapping[str, int] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, documents: Mapping[str, Document], clauses: Mapping[str, Clause]) -> Reference:
        """Reads the units of an index; questions number the documents of its first source."""
        first = next((document.source for document in documents.values()), "")
        return cls(
            {clause.id: squash(clause.text) for clause in clauses.values()},
            {document.id: document.position for document in documents.values() if document.source == first},
            {document.id: document.zone for document in documents.values()},
        )

    def counted(self, record: Row) -> str:
        """The squashed text of a record as far as it counts: exactly its unit's."""
        text = squash(record["text"])
        return text if text == self.texts.get(record["clause_id"]) else ""

    def document_of(self, gold: Gold) -> str:
        """Id of the document of the first evidence; empty where there is none."""
        return next((name for name, number in self.numbers.items() if number in gold.documents[:1]), "")


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one answer; those that do not apply are absent.

    Attributes:
        gold: the question.
        refused: whether the product said that the documents hold no answer.
        values: figure name to value between 0 and 1, for figures that are averaged over questions.
        counts: figure name to (how many, of how many), for figures that are shares of all such things.
        latency_ms: wall time to the complete answer, in milliseconds.
        cpu_ms: processor time spent on it, in milliseconds.
        document: id of the document of the first evidence; empty where there is none.
        zone: that document's zone.
        written: how a language model wrote it, as ``eval.answers`` measures it; empty where none was asked.
    """

    gold: Gold
    refused: bool
    values: Mapping[str, float]
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    latency_ms: float = 0.0
    cpu_ms: float = 0.0
    document: str = ""
    zone: str = ""
    written: Mapping[str, float] = field(default_factory=dict)


def score_answer(gold: Gold, answer: Row, reference: Reference) -> Score:
    """Scores one answer of the batch contract.

    Args:
        gold: the question with its evidence.
        answer: a row that ``policyqa ask --questions`` writes; ``statements`` and ``counterfactual``, which
            ``eval.answers`` adds, may be absent.
        reference: what its citations are held against.
    """
    citations: Sequence[Row] = answer.get("citations") or []
    cited = [reference.counted(citation) for citation in citations]
    refused = bool(answer.get("refused")) or (gold.kind == "chitchat" and not cited)
    document = reference.document_of(gold)
    values: dict[str, float] = {}
    counts: dict[str, tuple[int, int]] = {}
    if citations:
        values["quote verbatim"] = _mean([float(is_verbatim(citation)) for citation in citations])
        counts["citation validity"] = (sum(resolves(c, reference.texts) for c in citations), len(citations))
    if not refused:
        values |= judge_figures(gold.question, answer, bool(cited))
        counts |= judge_statements(gold.question, answer, reference.texts)
        values |= judge_alce(gold.question, answer, reference.texts)
    if "written" in answer:
        values["written"] = float(not answer.get("instead"))
    if answer.get("because") and not answer.get("instead"):
        statements = answer["statements"]
        counts["verified"] = (sum(statement["verified"] for statement in statements), len(statements))
    if "counterfactual" in answer:
        values["counterfactual"] = float(answer["counterfactual"]["outcome"] != "kept")
    if gold.answerable:
        retrieved = [reference.counted(record) for record in answer.get("retrieved") or []]
        values |= _retrieval(gold, retrieved) | _citation(gold, cited) | _points(gold, answer)
        values |= _document_level(gold, citations, reference, values["first citation"])
        counts |= _shown(gold, citations, cited)
        counts["citation precision, micro"] = (sum(_covers_any(text, gold) for text in cited), len(cited))
    return Score(
        gold,
        refused,
        values,
        counts,
        float(answer.get("latency_ms", 0)),
        float(answer.get("cpu_ms", 0)),
        document,
        reference.zones.get(document, ""),
        answer.get("written") or {},
    )


def _covers(text: str, group: Sequence[str]) -> bool:
    return any(squash(quote) in text for quote in group)


def _covers_any(text: str, gold: Gold) -> bool:
    return any(_covers(text, group) for group in gold.evidence)


def _retrieval(gold: Gold, retrieved: Sequence[str]) -> dict[str, float]:
    """Recall at k, the share of evidence groups covered; the first candidate; the first right one's rank."""
    recall = {
        f"R@{k}": _mean([float(any(_covers(t, group) for t in retrieved[:k])) for group in gold.evidence])
        for k in CUTS
    }
    right = [rank for rank, text in enumerate(retrieved[:_RANKS], 1) if _covers_any(text, gold)]
    return recall | {"hit@1": float(right[:1] == [1]), "MRR@10": 1 / right[0] if right else 0.0}


def _citation(gold: Gold, cited: Sequence[str]) -> dict[str, float]:
    right = [float(_covers_any(text, gold)) for text in cited]
    recall = [float(any(_covers(text, group) for text in cited)) for group in gold.evidence]
    return {
        "first citation": right[0] if right else 0.0,
        "citation recall": _mean(recall),
        "citation precision": _mean(right),
    }


def _document_level(
    gold: Gold, citations: Sequence[Row], reference: Reference, exact: float
) -> dict[str, float]:
    """Whether the first citation is of a document that holds evidence, or of another clause of it."""
    first = reference.numbers.get(citations[0].get("document", "")) if citations else None
    right = float(exact or first in gold.documents)
    return {"right document": right, "right document, wrong clause": right - exact}


def _shown(gold: Gold, citations: Sequence[Row], cited: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Of the citations that are right, those whose quoted words show the evidence, not another sentence."""
    shown = 0
    right = [(c, text) for c, text in zip(citations, cited, strict=True) if _covers_any(text, gold)]
    for citation, text in right:
        words = _pairs("\n".join(citation.get("quotes") or [citation["quote"]]))
        quotes = [_pairs(quote) for group in gold.evidence for quote in group if squash(quote) in text]
        shown += any(len(quote & words) >= _SHOWN * len(quote) for quote in quotes)
    return {"evidence quoted": (shown, len(right))}


def _pairs(text: str) -> set[str]:
    text = squash(text)
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _points(gold: Gold, answer: Row) -> dict[str, float]:
    """The share of answer points that stand in the answer, and that stand near its beginning."""
    if not gold.points:
        return {}
    said, room = squash(answer.get("answer", "")), min(2, len(gold.evidence))
    return {
        name: _mean([float(squash(point) in said[: size * room]) for point in gold.points])
        for name, size in (("points", WINDOW), ("points lead", LEAD))
    }


def _mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing, as an answer without citations has no right one."""
    return sum(values) / len(values) if values else 0.0
