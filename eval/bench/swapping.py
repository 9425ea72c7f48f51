"""Changing an index while it answers, and telling whether an answer fits the state it says it comes from."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Texts = Mapping[str, str]
"""Texts of clauses and paragraph units by their ids."""

QUESTION = "飞碟研发企业最高补助多少万元？"
"""What the document that comes and goes answers, with another amount each time."""

_NAME = "飞碟补助办法.txt"
_FIRST_AMOUNT = 700


@dataclass(slots=True)
class States:
    """What the index held in each of its states, by generation.

    Attributes:
        base: the texts that never change.
        changing: by generation the texts of the document that comes and goes; empty while it is gone.
    """

    base: Texts
    changing: dict[int, Texts] = field(default_factory=dict)

    def faults(self, answer: Mapping[str, Any]) -> list[str]:
        """What is wrong with an answer: citations that its state does not hold, or holds otherwise.

        Args:
            answer: as ``/api/v1/ask`` gives it.

        Returns:
            One line a fault; empty where it is right.
        """
        generation = answer["index_generation"]
        if generation not in self.changing:
            return [f"no state {generation} is known"]
        coming = self.changing[generation]
        found = []
        for citation in [*answer["citations"], *(related["citation"] for related in answer["related"])]:
            name, text = citation["clause_id"], citation["text"]
            held = coming.get(name, self.base.get(name))
            if held != text:
                found.append(f"state {generation}: {name} is {held!r}, cited as {text!r}")
            if any(quote not in text for quote in citation["quotes"]):
                found.append(f"state {generation}: {name} does not hold its quote")
        if answer["question"] == QUESTION:
            said = bool(set(coming) & {citation["clause_id"] for citation in answer["citations"]})
            if said != bool(coming):
                found.append(
                    f"state {generation}: {'not ' * (not said)}answered from the document that comes"
                )
        return found


def read_texts(index: Path) -> tuple[int, Texts]:
    """The generation of an index and the texts that it holds."""
    from embeddings.index import Index

    opened = Index.open(index)
    return opened.manifest.generation, {name: clause.text for name, clause in opened.clauses.items()}


def write_policy(folder: Path, turn: int) -> Path:
    """The document that comes and goes, with an amount of its own for each turn."""
    path = folder / _NAME
    amount = _FIRST_AMOUNT + turn
    text = f"飞碟补助办法\n\n第一条 对飞碟研发企业给予最高{amount}万元补助。\n"
    path.write_text(text, encoding="utf-8")
    return path


def expected_texts(turn: int) -> dict[str, str]:
    """The texts of the document that comes and goes, as this version of the program reads them."""
    from corpus.collection import load_sources

    with tempfile.TemporaryDirectory() as folder:
        corpus = load_sources([write_policy(Path(folder), turn)])
    return {clause.id: clause.text for clause in corpus.clauses}


def main() -> None:
    """Adds a document and removes it again, over and over; prints a line after each change.

    Arguments: the index, how many times, seconds between two changes.
    """
    from corpus.collection import load_sources
    from embeddings.build import add_documents, remove_documents
    from embeddings.encoder import Encoder

    index, times, pause = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    encoder = Encoder.load()
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(times):
            corpus = load_sources([write_policy(Path(folder), turn)])
            add_documents(corpus, index, encoder)
            _wait("added", pause)
            remove_documents([document.id for document in corpus.documents], index)
            _wait("removed", pause)


def _wait(done: str, pause: float) -> None:
    print(done, flush=True)
    time.sleep(pause)


if __name__ == "__main__":
    main()
