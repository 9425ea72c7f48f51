"""Whether an answer stands on what it cites: judged from answer and corpus alone, without evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from corpus.text import fold, squash
from rag.computing import recompute
from rag.figures import Figure, figures
from rag.roles import QUOTED, bigrams

Row = Mapping[str, Any]
_MARK = re.compile(r"\[\d{1,3}\]")
_SHORTEST_QUOTE = 6  # letters and digits
_HELD = 0.8  # share of a statement's pairs of Chinese characters that must stand in what it cites
_LARGEST_PLAIN = 10_000  # figures of a note below this are numbers of documents or dates


def is_verbatim(citation: Row) -> bool:
    """Whether the quote is words of the cited text, and more than a scrap of it."""
    quote = squash(citation["quote"])
    return len(quote) >= _SHORTEST_QUOTE and quote in squash(citation["text"])


def resolves(citation: Row, texts: Mapping[str, str]) -> bool:
    """Whether a citation is valid: its unit is there, the text is exactly its, the quote verbatim.

    Args:
        citation: a citation of the batch contract.
        texts: unit id to squashed text.
    """
    return squash(citation["text"]) == texts.get(citation["clause_id"]) and is_verbatim(citation)


def judge_figures(question: str, answer: Row, cited: bool) -> dict[str, float]:
    """The share of the figures stated that are known: cited, asked, or the result of a shown computation.

    Args:
        question: what was asked.
        answer: a row of the batch contract.
        cited: whether it cites anything; an answer without citations has no known figure.

    Returns:
        ``figures cited``; nothing where no figure is stated.
    """
    stated = _values(figures(_MARK.sub(" ", str(answer.get("answer", "")))))
    if not stated:
        return {}
    records = [*(answer.get("citations") or []), *(answer.get("related") or [])]
    known = _values(_known_figures(question, records, answer.get("notes") or []))
    return {"figures cited": len(stated & known) / len(stated) if cited else 0.0}


def judge_statements(question: str, answer: Row, texts: Mapping[str, str]) -> dict[str, tuple[int, int]]:
    """Counts the statements that cite something, and those that their citations support.

    A statement is supported where it cites, every citation is valid, each of its figures is known, and its
    Chinese words, or those that it puts in quotation marks, stand in what it cites, or it shows a computation
    that is right. No model judges it: words that say the same in other words do not count.
    """
    statements: Sequence[Row] = answer.get("statements") or []
    if not statements:
        return {}
    citations: Sequence[Row] = answer.get("citations") or []
    covering = supported = 0
    for statement in statements:
        own = [citations[n - 1] for n in statement["citations"] if 1 <= n <= len(citations)]
        valid = [citation for citation in own if resolves(citation, texts)]
        covering += bool(valid)
        supported += bool(own) and valid == own and _supported(question, statement, own, answer)
    return {
        "statement coverage": (covering, len(statements)),
        "evidence support": (supported, len(statements)),
    }


def judge_alce(question: str, answer: Row, texts: Mapping[str, str]) -> dict[str, float]:
    """Citation recall and precision by statement, as ALCE defines them (Gao et al. 2023, section 3.3).

    A statement has recall 1 where its citations together support it. A citation is precise where its
    statement has recall 1, and it supports the statement alone or the others do not support it without it.
    ALCE asks a model whether texts support a statement; here rules tell, as in ``judge_statements``.

    Returns:
        ``statement recall``, the mean over the answer's statements, and ``statement precision``, over its
        citations; nothing where it has no statements.
    """
    statements: Sequence[Row] = answer.get("statements") or []
    citations: Sequence[Row] = answer.get("citations") or []
    recalled = precise = cited = 0
    for statement in statements:
        own = [citations[n - 1] for n in statement["citations"] if 1 <= n <= len(citations)]
        cited += len(own)
        if not own or not all(resolves(c, texts) for c in own):
            continue
        if not _supported(question, statement, own, answer):
            continue
        recalled += 1
        for n, citation in enumerate(own):
            others = own[:n] + own[n + 1 :]
            alone = _supported(question, statement, [citation], answer)
            precise += alone or not others or not _supported(question, statement, others, answer)
    if not statements:
        return {}
    return {
        "statement recall": recalled / len(statements),
        "statement precision": precise / cited if cited else 0.0,
    }


def _supported(question: str, statement: Row, own: Sequence[Row], answer: Row) -> bool:
    notes: Sequence[Row] = answer.get("notes") or []
    known = _known_figures(question, own, notes)
    if not _values(figures(statement["text"])) <= _values(known):
        return False
    source = squash("\n".join(map(_words, own)))
    if any(len(quote) >= _SHORTEST_QUOTE and quote in source for quote in _quoted(statement["text"])):
        return True
    shown = (
        note["text"] for note in notes if note["kind"] == "computed" and note["text"] in statement["text"]
    )
    if any(recompute(computation, known) for computation in shown):
        return True
    said = _han_pairs(statement["text"])
    held = _han_pairs("\n".join([question, *map(_words, own)]))
    return bool(said) and len(said & held) >= _HELD * len(said)


def _known_figures(question: str, records: Sequence[Row], notes: Sequence[Row]) -> list[Figure]:
    """What an answer may state: the figures of the question and of records, and what is shown to follow."""
    known = list(figures("\n".join([question, *map(_words, records)])))
    for note in notes:
        if note["kind"] == "computed":
            known += recompute(note["text"], known)
        else:
            known += [figure for figure in figures(note["text"]) if figure.value < _LARGEST_PLAIN]
    return known


def _words(record: Row) -> str:
    """Everything that a citation shows of its clause."""
    keys = ("text", "title", "label", "path", "validity", "lead_in")
    return "\n".join(str(record.get(key) or "") for key in keys)


def _values(found: Iterable[Figure]) -> set[float]:
    """The figures by value: 500万 and 5 million are one."""
    return {figure.value for figure in found}


def _quoted(text: str) -> list[str]:
    return [squash(next(filter(None, match.groups()), "")) for match in QUOTED.finditer(text)]


def _han_pairs(text: str) -> set[str]:
    """Pairs of Chinese characters outside the figures, which are held against the source by value."""
    return bigrams(fold(text))
