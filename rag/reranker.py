"""Cross-encoders, which read two texts together: whether one answers the other, whether one follows from it.

Neither is needed. Where one is configured, a reranker puts the best candidates of retrieval into a better
order, and an entailment model tells of a language model's statement whether it says what its clause says.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, Protocol

from corpus.errors import PolicyQAError
from rag.generators.model_files import check_files, find_model, read_config
from rag.types import ClauseSource, Ranked

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

Task = Literal["relevance", "entailment"]

RERANKED = 20
"""How many of the best candidates are read anew."""

_SHARE = 0.5  # of a cross-encoder's score beside the fused one; equal, for nothing is fitted
_LONGEST = 512  # tokens of a pair; attention takes time by their square
_BATCH = 16
_ENTAILMENT = "entailment"


class PairScorer(Protocol):
    """What scores pairs of texts."""

    @property
    def name(self) -> str:
        """What it is called."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Scores pairs.

        Args:
            pairs: for relevance a question and a passage, for entailment what is known and what is claimed.

        Returns:
            For each pair how sure it is that the second answers the first, or follows from it, from 0 to 1.
        """


@dataclass(frozen=True, slots=True)
class CrossEncoders:
    """The cross-encoders in use.

    Attributes:
        relevance: reranks candidates, and tells whether a clause speaks of what a statement says.
        entailment: tells whether a statement says what its clause says.
    """

    relevance: PairScorer | None = None
    entailment: PairScorer | None = None

    @property
    def names(self) -> dict[str, str]:
        """The name of each that is in use, by what it tells."""
        held = {"relevance": self.relevance, "entailment": self.entailment}
        return {task: model.name for task, model in held.items() if model}

    @classmethod
    def load(cls, relevance: str = "", entailment: str = "") -> CrossEncoders:
        """Loads what is named.

        Args:
            relevance: folder or name of a reranker; none where empty.
            entailment: folder or name of an entailment model; none where empty.

        Raises:
            PolicyQAError: one is not on this machine or cannot be used.
        """
        return cls(
            CrossEncoderModel.load(relevance, "relevance") if relevance else None,
            CrossEncoderModel.load(entailment, "entailment") if entailment else None,
        )


class CrossEncoderModel:
    """A cross-encoder of sentence-transformers; it serves one caller at a time.

    Attributes:
        name: the name or folder it was loaded by.
    """

    def __init__(self, model: CrossEncoder, name: str, column: int | None) -> None:
        """Takes a ready model; ``load`` makes one of a folder.

        Args:
            model: the model.
            name: what it is called.
            column: which of its outputs stands for entailment; None for a model of one output.
        """
        self.name = name
        self._model: Any = model
        self._column = column
        self._turn = Lock()

    @classmethod
    def load(cls, name_or_path: str, task: Task) -> CrossEncoderModel:
        """Loads a model that is on this machine; nothing is ever downloaded.

        Args:
            name_or_path: its folder, or its name in the local Hugging Face cache.
            task: what it is to tell. A model for relevance has one output, one for entailment an output that
                is labelled so.

        Raises:
            PolicyQAError: there is none, it cannot be read, or it is made for something else.
        """
        folder = find_model(name_or_path)
        if folder is None:
            raise PolicyQAError(
                f"No cross-encoder {name_or_path!r} on this machine, and nothing is downloaded unasked: "
                f"policyqa models pull fetches one"
            )
        check_files(folder)
        # Read by huggingface_hub when it is first imported; a person may still set it to 0.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        import torch
        from sentence_transformers import CrossEncoder

        device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.float16 if device == "cuda" else torch.float32
        try:
            model: Any = CrossEncoder(
                str(folder), device=device, local_files_only=True, model_kwargs={"dtype": dtype}
            )
        except (OSError, ValueError, KeyError, ImportError, RuntimeError, TypeError) as error:
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            raise PolicyQAError(f"The cross-encoder in {folder} cannot be read: {reason}") from error
        model.max_seq_length = min(model.max_seq_length or _LONGEST, _LONGEST)
        return cls(model, name_or_path, _column(model, folder.name, task))

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Scores pairs; see ``PairScorer``. A claim that is read only in part is never said to follow."""
        if not pairs:
            return []
        import torch

        activation = torch.nn.Sigmoid() if self._column is None else torch.nn.Softmax(dim=-1)
        with self._turn:
            rows = self._model.predict(
                list(pairs), batch_size=_BATCH, activation_fn=activation, show_progress_bar=False
            )
            scores = rows if self._column is None else rows[:, self._column]
            whole = [self._column is None or self._is_read_whole(pair) for pair in pairs]
        return [float(score) if read else 0.0 for score, read in zip(scores, whole, strict=True)]

    def _is_read_whole(self, pair: tuple[str, str]) -> bool:
        tokens = self._model.tokenizer(*pair, truncation=False, verbose=False)["input_ids"]
        return bool(len(tokens) <= self._model.max_seq_length)


def tells(folder: Path) -> Task:
    """What a cross-encoder tells, by its configuration: of one output relevance, else entailment."""
    config = read_config(folder)
    outputs = len(config.get("id2label") or ()) or config.get("num_labels", 0)
    return "relevance" if outputs == 1 else "entailment"


def _column(model: CrossEncoder, name: str, task: Task) -> int | None:
    """Which output tells what is to be told; None where there is one only.

    Raises:
        PolicyQAError: the model is made for something else.
    """
    config: Any = model.config
    labels = {str(label).lower(): number for number, label in config.id2label.items()}
    if task == "relevance" and model.num_labels == 1:
        return None
    if task == "entailment" and model.num_labels > 1 and _ENTAILMENT in labels:
        return int(labels[_ENTAILMENT])
    wanted = "one output" if task == "relevance" else f"an output labelled {_ENTAILMENT}"
    raise PolicyQAError(
        f"The model {name} does not tell {task}: it has the outputs {', '.join(labels)}, and needs {wanted}"
    )


def rerank(
    question: str, ranked: Sequence[Ranked], source: ClauseSource, reranker: PairScorer
) -> list[Ranked]:
    """Puts the best candidates into the order of their fused score and a cross-encoder's, in equal shares.

    The fused score stays in it, for it knows which place and document the question names. The others keep
    their places behind.

    Args:
        question: the question as it can be understood alone.
        ranked: the candidates, the best first.
        source: where clauses are looked up.
        reranker: what tells how well a passage answers.

    Returns:
        The candidates, the best with the score 1.
    """
    best, others = ranked[:RERANKED], ranked[RERANKED:]
    told = reranker.score([(question, _passage(r.clause_id, source)) for r in best])
    fused = [(1 - _SHARE) * r.score + _SHARE * score for r, score in zip(best, told, strict=True)]
    ceiling = max(fused, default=0.0) or 1.0
    found = [replace(r, score=score / ceiling) for r, score in zip(best, fused, strict=True)]
    found.sort(key=lambda r: (-r.score, r.clause_id))
    least = found[-1].score if found else 0.0
    return [*found, *(replace(r, score=min(r.score, least)) for r in others)]


def _passage(clause_id: str, source: ClauseSource) -> str:
    """A unit as it is read: its place, its document, the headings above it and its text."""
    unit = source.clauses[clause_id]
    return "\n".join((f"{unit.zone} 《{unit.title}》", *unit.path[:-1], unit.text))
