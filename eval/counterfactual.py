"""Whether an answer depends on the clause that it cites: take the clause away and ask again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from corpus.text import squash
from corpus.types import Clause, ClauseKind, Passage
from embeddings.dense import Ids, Vectors
from embeddings.encoder import Encoder
from embeddings.index import Index
from embeddings.lexical import WordSearcher
from embeddings.manifest import Manifest, read_manifest
from embeddings.segment import Segment
from rag.engine import Generator, PolicyQA
from rag.generators.written import Writer
from rag.reranker import CrossEncoders
from rag.types import Answer, Filters, Turn

Outcome = Literal["gone", "changed", "twin", "kept"]
"""What becomes of what was said: a refusal; other words; the same words, by another clause that holds them;
or the same words by no clause that holds them. Only the last is unfaithful."""


_LEFT_OUT = "（略）"
"""What stands in the place of a hidden clause: the usual mark of an omission."""


class HidingIndex(Index):
    """An index that can be made to forget clauses for a while: their words and their passages."""

    def __init__(
        self, folder: Path, manifest: Manifest, segments: Sequence[Segment], lexical: WordSearcher | None
    ) -> None:
        super().__init__(folder, manifest, segments, lexical)
        self._whole = dict(self.clauses)
        self._shown = dict(self._whole)
        self.clauses = MappingProxyType(self._shown)
        self._hidden: frozenset[str] = frozenset()

    def hide(self, clause_ids: Iterable[str]) -> None:
        """Forgets these clauses and paragraph units, and no others any more."""
        self._shown.update((name, self._whole[name]) for name in self._hidden)
        self._hidden = frozenset(clause_ids)
        self._shown.update((name, replace(self._whole[name], text=_LEFT_OUT)) for name in self._hidden)

    def family(self, clause_id: str) -> tuple[str, ...]:
        """The ids of a clause with its paragraph units, for the clause or one of them."""
        clause = self._whole[clause_id]
        owner = clause.parent if clause.kind is ClauseKind.PARAGRAPH else clause_id
        below = super().children(owner)
        return (owner, *(unit.id for unit in below if unit.kind is ClauseKind.PARAGRAPH))

    def children(self, clause_id: str) -> tuple[Clause, ...]:  # noqa: D102
        return tuple(self._shown[clause.id] for clause in super().children(clause_id))

    def clauses_of(self, document_id: str) -> tuple[Clause, ...]:  # noqa: D102
        return tuple(self._shown[clause.id] for clause in super().clauses_of(document_id))

    def passages_of(self, clause_id: str) -> tuple[Passage, ...]:  # noqa: D102
        return () if clause_id in self._hidden else super().passages_of(clause_id)

    def search_dense(self, vectors: Vectors, k: int) -> tuple[Ids, Vectors]:  # noqa: D102
        ids, scores = super().search_dense(vectors, k)
        kept = [self.passages[passage].clause not in self._hidden for passage in ids[0].tolist()]
        return ids[:, kept], scores[:, kept]

    def search_wordings(self, vector: Vectors, k: int) -> dict[str, float]:  # noqa: D102
        found = super().search_wordings(vector, k)
        return {clause: score for clause, score in found.items() if clause not in self._hidden}

    def search_lexical(  # noqa: D102
        self, terms: Sequence[tuple[str, float]], k: int, fields: Mapping[str, float]
    ) -> list[tuple[int, float]]:
        found = super().search_lexical(terms, k, fields)
        return [hit for hit in found if self.passages[hit[0]].clause not in self._hidden]


class Counterfactual:
    """Asks questions again without the clause that their answer cites first."""

    def __init__(
        self,
        index: HidingIndex,
        encoder: Encoder,
        generator: Generator | None = None,
        writer: Writer | None = None,
        cross_encoders: CrossEncoders | None = None,
    ) -> None:
        """Joins ready parts; see ``PolicyQA``."""
        self._index = index
        self._engine = PolicyQA(index, encoder, generator, writer, cross_encoders)

    @classmethod
    def from_path(
        cls, index_dir: Path, writer: Writer | None = None, cross_encoders: CrossEncoders | None = None
    ) -> Counterfactual:
        """Opens an index a second time.

        Args:
            index_dir: the index's folder.
            writer: the language model that writes the answers; None for extractive ones.
            cross_encoders: what reads pairs of texts, where it is configured.

        Raises:
            PolicyQAError: there is no index, it is damaged, or its model is not on this machine.
        """
        encoder = Encoder.load(read_manifest(index_dir).model.name)
        index = HidingIndex.open(index_dir, encoder)
        assert isinstance(index, HidingIndex)
        return cls(index, encoder, None, writer, cross_encoders)

    def judge(self, answer: Answer, history: Sequence[Turn], filters: Filters) -> dict[str, Any]:
        """Takes the clause of the first citation away, with its paragraphs, and asks again.

        Args:
            answer: an answer with citations.
            history: the turns before it.
            filters: as they were for the answer.

        Returns:
            ``hidden`` (the ids taken away) and ``outcome``.
        """
        hidden = self._index.family(answer.citations[0].clause_id)
        self._index.hide(hidden)
        try:
            again = self._engine.ask(answer.question, history, filters)
        finally:
            self._index.hide(())
        return {"hidden": list(hidden), "outcome": compare_answers(answer, again, hidden)}


def compare_answers(answer: Answer, again: Answer, hidden: Sequence[str]) -> Outcome:
    """What became of the statements that cite a clause after it was hidden.

    Args:
        answer: the answer before.
        again: the answer after.
        hidden: ids of the clause and its paragraph units.
    """
    cited = {n for n, citation in enumerate(answer.citations, 1) if citation.clause_id in hidden}
    said = {squash(s.text) for s in answer.statements if cited & set(s.citations)}
    again_said = [s for s in again.statements if squash(s.text) in said]
    if not again.statements:
        return "gone"
    if not again_said:
        return "changed"
    twins = (again.citations[n - 1] for s in again_said for n in s.citations)
    held = all(c.clause_id not in hidden and squash(c.quote) in squash(c.text) for c in twins)
    return "twin" if held else "kept"
