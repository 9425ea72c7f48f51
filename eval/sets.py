"""Question sets: JSON lines with their evidence by verbatim quotes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.errors import PolicyQAError

QUESTIONS = Path(__file__).parent / "questions"
SETS = ("dev", "test")

_GIVEN = "P*.jsonl"


@dataclass(frozen=True, slots=True)
class Gold:
    """What a question's right answer rests on.

    Attributes:
        id: the question's id; ``ID#2`` for the second turn of a dialogue.
        language: ``zh`` or ``en``.
        kind: direct, colloquial, situational, multi, compare, dialogue, unanswerable, ….
        question: what the person types.
        evidence: groups of verbatim quotes; all groups are needed, any one quote of a group serves.
            Empty where the documents hold no answer.
        points: strings that a right answer shows.
        documents: numbers of the documents that the evidence stands in, the first alternative's first.
    """

    id: str
    language: str
    kind: str
    question: str
    evidence: tuple[tuple[str, ...], ...]
    points: tuple[str, ...]
    documents: tuple[int, ...] = ()

    @property
    def dialogue(self) -> str:
        """The id of the dialogue that it is a turn of; its own where it stands alone."""
        return self.id.partition("#")[0]

    @property
    def follows(self) -> bool:
        """Whether it is a later turn of a dialogue."""
        return "#" in self.id and not self.id.endswith("#1")

    @property
    def answerable(self) -> bool:
        """Whether the documents hold an answer."""
        return bool(self.evidence)


def set_files(name: str) -> list[Path]:
    """The files of a shipped question set, in order.

    Raises:
        PolicyQAError: there is no set of that name.
    """
    files = sorted((QUESTIONS / name).glob("*.jsonl")) if name in SETS else []
    if not files:
        raise PolicyQAError(f"no question set {name!r}: there are {', '.join(SETS)}")
    return files


def shipped_files() -> list[Path]:
    """The files of all shipped question sets, in order."""
    return [path for name in SETS for path in sorted((QUESTIONS / name).glob("*.jsonl"))]


def is_given(path: Path) -> bool:
    """Whether a file came with the corpus: it is kept as it is, and rules made later do not bind it."""
    return path.match(_GIVEN) and path.resolve().parent == (QUESTIONS / "dev").resolve()


def load_golds(paths: Sequence[Path]) -> list[Gold]:
    """Reads question files; a dialogue becomes one entry a turn.

    Raises:
        PolicyQAError: a file cannot be read, or a line is not a question; the message names file and line.
    """
    golds: list[Gold] = []
    for path in paths:
        for number, line in enumerate(read_text(path).splitlines(), 1):
            if not line.strip():
                continue
            try:
                golds.extend(_golds_of(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise PolicyQAError(f"{path.name} line {number} is not a question: {error!r}") from error
    return golds


def read_text(path: Path) -> str:
    """The text of a question file.

    Raises:
        PolicyQAError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PolicyQAError(f"{path} cannot be read: {error.strerror}") from error


def _golds_of(row: dict[str, object]) -> Iterator[Gold]:
    turns = row.get("turns")
    if not isinstance(turns, list):
        yield _gold(row, str(row["id"]), str(row["lang"]), str(row["kind"]))
        return
    for k, turn in enumerate(turns, 1):
        kind = "first turn" if k == 1 else "later turn"
        yield _gold(turn, f"{row['id']}#{k}", str(turn.get("lang", row["lang"])), kind)


def _gold(row: dict[str, object], gold_id: str, language: str, kind: str) -> Gold:
    groups, points = row["evidence"], row.get("answer_points") or []
    assert isinstance(groups, list) and isinstance(points, list)
    evidence = tuple(tuple(str(alternative["quote"]) for alternative in group["any_of"]) for group in groups)
    documents = dict.fromkeys(int(alternative["doc"]) for group in groups for alternative in group["any_of"])
    return Gold(
        gold_id, language, kind, str(row["question"]), evidence, tuple(map(str, points)), tuple(documents)
    )
