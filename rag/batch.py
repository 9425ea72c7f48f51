"""Question files in, answer files out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from corpus.errors import PolicyQAError
from rag.engine import CANDIDATES, PolicyQA
from rag.types import Answer, Candidate, Citation, Filters, Turn

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a file, or one turn of a dialogue of it.

    Attributes:
        id: the question's id; ``ID#2`` for the second turn of the dialogue ID.
        question: its words.
        first: whether it begins a dialogue or stands alone.
    """

    id: str
    question: str
    first: bool = True


def read_questions(path: str | Path) -> tuple[Asked, ...]:
    """Reads a question file.

    Args:
        path: JSON lines; an object has ``id`` and ``question``, or ``id`` and ``turns``, each with a
            ``question``. Other fields are left alone.

    Returns:
        The questions in order, each dialogue's turns one after the other.

    Raises:
        PolicyQAError: if the file cannot be read or a line is no question; the message names the line.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise PolicyQAError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PolicyQAError(f"{path} is not UTF-8 text (byte {error.start})") from error
    asked = [a for n, line in enumerate(lines, 1) if line.strip() for a in _line(line, f"{path}, line {n}")]
    if not asked:
        raise PolicyQAError(f"{path} holds no questions")
    seen: set[str] = set()
    for one in asked:
        if one.id in seen:
            raise PolicyQAError(f"{path} holds two questions with the id {one.id}")
        seen.add(one.id)
    return tuple(asked)


def answer_file(
    engine: PolicyQA,
    questions_path: str | Path,
    output_path: str | Path,
    as_of: date | None = None,
    progress: Progress | None = None,
) -> int:
    """Answers every question of a file.

    Args:
        engine: what answers.
        questions_path: the question file.
        output_path: the file to write, replaced only when all is answered: one JSON object a question.
        as_of: the day of asking; today where None.
        progress: called with (questions done, questions) after each.

    Returns:
        How many questions were answered.

    Raises:
        PolicyQAError: if a file cannot be read or written, or a question is empty or too long.
    """
    asked = read_questions(questions_path)
    filters = Filters(as_of=as_of)

    def rows() -> Iterator[dict[str, Any]]:
        history: list[Turn] = []
        for one in asked:
            if one.first:
                history = []
            with _naming(one):
                answer = engine.ask(one.question, history, filters)
            history.append(Turn(one.question, answer))
            yield answer_row(one.id, answer)

    return _write(output_path, rows(), len(asked), progress)


def search_file(
    engine: PolicyQA,
    questions_path: str | Path,
    output_path: str | Path,
    top: int = CANDIDATES,
    progress: Progress | None = None,
) -> int:
    """Retrieves candidates for every question of a file; a dialogue's turns each stand alone.

    Args:
        engine: what searches.
        questions_path: the question file.
        output_path: the file to write: one JSON object a question, with ``id`` and ``retrieved``.
        top: how many candidates a question.
        progress: called with (questions done, questions) after each.

    Returns:
        How many questions were searched.

    Raises:
        PolicyQAError: if a file cannot be read or written, or a question is empty or too long.
    """
    asked = read_questions(questions_path)

    def rows() -> Iterator[dict[str, Any]]:
        for one in asked:
            with _naming(one):
                found = engine.search(one.question, top)
            yield {"id": one.id, "retrieved": [_candidate(c) for c in found]}

    return _write(output_path, rows(), len(asked), progress)


def answer_row(question_id: str, answer: Answer) -> dict[str, Any]:
    """An answer as a row of an answer file.

    Args:
        question_id: the question's id.
        answer: the answer.

    Returns:
        The row, ready for JSON. Where a language model is in place it says why that one, why the extractive
        answer stands instead if it does, and of each statement whether it is verified.
    """
    row = {
        "id": question_id,
        "answer": answer.text,
        "refused": answer.refusal is not None,
        "citations": [_citation(c) for c in answer.citations],
        "related": [{"kind": r.kind, "note": r.text, **_citation(r.citation)} for r in answer.related],
        "notes": [{"kind": n.kind, "text": n.text} for n in answer.notes],
        "comparison": asdict(answer.comparison) if answer.comparison else None,
        "retrieved": [_candidate(c) for c in answer.retrieved],
        "standalone_question": answer.standalone_question,
        "nearest": [_citation(c) for c in answer.refusal.nearest] if answer.refusal else [],
        "generator": answer.generator,
        "latency_ms": round(answer.latency_ms, 3),
        "cpu_ms": round(answer.cpu_ms, 3),
    }
    return row | _of_model(answer) if answer.because else row


def _of_model(answer: Answer) -> dict[str, Any]:
    """What a row says besides where a language model is in place."""
    instead = answer.instead.value if answer.instead else ""
    return {"because": answer.because, "instead": instead, "statements": statement_rows(answer)}


def statement_rows(answer: Answer) -> list[dict[str, Any]]:
    """The statements of an answer, ready for JSON."""
    return [
        {"text": s.text, "citations": list(s.citations), "verified": s.verified, "own": s.own}
        for s in answer.statements
    ]


def _citation(c: Citation) -> dict[str, Any]:
    return {
        "clause_id": c.clause_id,
        "document": c.document,
        "label": c.label,
        "title": c.title,
        "zone": c.zone,
        "path": " > ".join(c.path),
        "text": c.text,
        "quote": c.quote,
        "validity": c.validity,
    }


def _candidate(c: Candidate) -> dict[str, Any]:
    return {"clause_id": c.clause_id, "document": c.document, "text": c.text, "score": c.score}


def _line(line: str, place: str) -> list[Asked]:
    """The questions of one line."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise PolicyQAError(f"{place} is not JSON: {error}") from error
    if not isinstance(row, dict) or not isinstance(row.get("id"), str | int):
        raise PolicyQAError(f"{place} is no object with an id")
    name = str(row["id"])
    if "turns" not in row:
        return [Asked(name, _question(row, place))]
    turns = row["turns"]
    if not isinstance(turns, list) or not turns:
        raise PolicyQAError(f"{place}: turns is no list of questions")
    return [Asked(f"{name}#{k}", _question(turn, place), k == 1) for k, turn in enumerate(turns, 1)]


def _question(row: object, place: str) -> str:
    question = row.get("question") if isinstance(row, dict) else None
    if not isinstance(question, str):
        raise PolicyQAError(f"{place} has no question")
    return question


@contextmanager
def _naming(one: Asked) -> Iterator[None]:
    """Names the question in the message where it cannot be answered."""
    try:
        yield
    except PolicyQAError as error:
        raise PolicyQAError(f"Question {one.id}: {error}") from error


def _write(path: str | Path, rows: Iterable[dict[str, Any]], total: int, progress: Progress | None) -> int:
    """Writes rows as JSON lines, replacing the file only when all are written."""
    path = Path(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("w", encoding="utf-8") as handle:
            for done, row in enumerate(rows, 1):
                handle.write(json.dumps(row, ensure_ascii=False) + "\n")
                if progress:
                    progress(done, total)
        draft.replace(path)
    except OSError as error:
        raise PolicyQAError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return total
