"""Texts to vectors: one class over the built-in static model and any sentence-transformers folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from corpus.errors import PolicyQAError
from embeddings.model_folder import (
    BUILTIN,
    Task,
    effective_prompts,
    find_folder,
    fingerprint,
    static_modules,
)
from embeddings.static_model import StaticBackend

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

Device = Literal["auto", "cpu", "cuda"]
Dtype = Literal["auto", "float32", "float16", "bfloat16"]
Progress = Callable[[int, int], None]
Vectors = npt.NDArray[np.float32]

TOKENS_PER_BATCH = {"cpu": 4_096, "cuda": 65_536}


class _Backend(Protocol):
    dimension: int
    device: str
    prompts: dict[Task, str]
    note: str

    def encode(self, texts: Sequence[str], task: Task, progress: Progress | None) -> Vectors: ...


class Encoder:
    """Turns questions and passages into vectors of length 1.

    Attributes:
        name: the name or path it was loaded by.
        folder: where its files lie.
    """

    def __init__(self, backend: _Backend, name: str, folder: Path) -> None:
        self._backend = backend
        self.name = name
        self.folder = folder

    @classmethod
    def load(
        cls, name_or_path: str | Path = BUILTIN, device: Device = "auto", dtype: Dtype = "auto"
    ) -> Encoder:
        """Loads a model that is on this machine; nothing is ever downloaded.

        A static model on the CPU is read with numpy and tokenizers alone, a BERT or XLM-RoBERTa is run
        without padding, and everything else goes through sentence-transformers.

        Args:
            name_or_path: ``static-zh-en`` for the built-in model, the path of a sentence-transformers
                folder, or the name of a model in the local Hugging Face cache.
            device: ``auto`` takes CUDA where there is one and the model gains by it.
            dtype: arithmetic of the model; ``auto`` is bfloat16 on CUDA and on a CPU with matrix units for
                it, else float32. The static model on a CPU always computes in float32.

        Returns:
            The encoder.

        Raises:
            PolicyQAError: if there is no such model or device, or its files cannot be read.
        """
        folder = find_folder(name_or_path)
        try:
            modules = static_modules(folder) if device != "cuda" else None
            backend: _Backend = (
                StaticBackend(folder, modules) if modules else _open_transformer(folder, device, dtype)
            )
        except PolicyQAError:
            raise
        # The libraries below raise bare Exceptions and their own kinds for damaged files.
        except Exception as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise PolicyQAError(
                f"{folder} cannot be read as a sentence-transformers model: {reason}"
            ) from error
        by_path = str(name_or_path) != BUILTIN and Path(name_or_path).expanduser().is_dir()
        # An index remembers the name: it must lead to the model from any working directory.
        return cls(backend, str(folder.absolute()) if by_path else str(name_or_path), folder)

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return self._backend.dimension

    @property
    def device(self) -> str:
        """The device it computes on: ``cpu`` or ``cuda``."""
        return self._backend.device

    @property
    def prompts(self) -> Mapping[str, str]:
        """What the model puts before a text, by ``query`` and ``document``; empty where it wants nothing."""
        return {str(task): prompt for task, prompt in self._backend.prompts.items()}

    @property
    def token_vectors(self) -> tuple[Tokenizer, Vectors] | None:
        """A static model's tokenizer and its ``(tokens, dimension)`` table; None for other models."""
        backend = self._backend
        return (backend.tokenizer, backend.table) if isinstance(backend, StaticBackend) else None

    @property
    def note(self) -> str:
        """Why the model runs slower than it could, in one line; empty where nothing is lost."""
        return self._backend.note

    @cached_property
    def fingerprint(self) -> str:
        """32 hex digits that change when the weights, the tokenizer or the configuration change."""
        return fingerprint(self.folder)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encodes questions.

        Args:
            texts: n questions.

        Returns:
            ``(n, dimension)`` float32 rows of length 1; a text without any known token is all zeros.
        """
        return _normalised(self._backend.encode(_well_formed(texts), "query", None))

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encodes passages.

        Args:
            texts: n passages.
            progress: called with (texts done, n) after every batch.

        Returns:
            ``(n, dimension)`` float32 rows of length 1; a text without any known token is all zeros.
        """
        return _normalised(self._backend.encode(_well_formed(texts), "document", progress))


def _open_transformer(folder: Path, device: Device, dtype: Dtype) -> _Backend:
    """Our own back end where it understands the folder, else sentence-transformers."""
    import torch

    from embeddings.packed.backend import PackedBackend
    from embeddings.packed.recipe import NotUnderstoodError

    if device == "cuda" and not torch.cuda.is_available():
        raise PolicyQAError("No CUDA device is usable here: choose the device cpu or auto")
    where = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
    arithmetic: torch.dtype = getattr(torch, _concrete_dtype(dtype, where))
    try:
        return PackedBackend(folder, where, arithmetic)
    except NotUnderstoodError as reason:
        return _SentenceTransformerBackend(folder, where, arithmetic, str(reason))


class _SentenceTransformerBackend:
    """Any sentence-transformers model, in batches of about equal numbers of tokens."""

    def __init__(self, folder: Path, device: str, dtype: torch.dtype, reason: str) -> None:
        # Read by huggingface_hub when it is first imported; a person may still set it to 0.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from sentence_transformers import SentenceTransformer

        self.device = device
        model: Any = SentenceTransformer(
            str(folder), device=device, local_files_only=True, model_kwargs={"dtype": dtype}
        )
        # A static table has no dtype option: it comes in the dtype it was stored in.
        self._model = model.to(dtype)
        self.dimension = self._model.get_embedding_dimension()
        self.prompts = effective_prompts(self._model.prompts, self._model.default_prompt_name)
        self.note = f"the model runs through sentence-transformers: {reason}"

    def encode(self, texts: Sequence[str], task: Task, progress: Progress | None) -> Vectors:
        encode = self._model.encode_query if task == "query" else self._model.encode_document
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        done = 0
        longest = getattr(self._model, "max_seq_length", None) or float("inf")
        for rows in _batches_by_tokens(texts, TOKENS_PER_BATCH[self.device], longest):
            part = encode([texts[row] for row in rows], batch_size=len(rows), convert_to_tensor=True)
            vectors[rows] = part.float().cpu().numpy()
            done += len(rows)
            if progress:
                progress(done, len(texts))
        return vectors


def _concrete_dtype(dtype: Dtype, device: str) -> str:
    if dtype != "auto":
        return dtype
    return "bfloat16" if device == "cuda" or has_matrix_units() else "float32"


def has_matrix_units() -> bool:
    """Whether this processor multiplies matrices of bfloat16 faster than those of float32."""
    import torch

    # Not in every version of torch that works here.
    capabilities = getattr(torch.cpu, "get_capabilities", None)
    return bool(capabilities and capabilities().get("amx_bf16"))


def _batches_by_tokens(texts: Sequence[str], budget: int, longest: float) -> Iterator[list[int]]:
    """Row numbers in batches, longest texts first, each batch padded within the budget of tokens."""
    lengths = [min(_estimate_tokens(text), longest) for text in texts]
    order = sorted(range(len(texts)), key=lambda row: -lengths[row])
    batch: list[int] = []
    for row in order:
        if batch and lengths[batch[0]] * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _estimate_tokens(text: str) -> int:
    """Roughly how many tokens any multilingual tokenizer makes: a Han character is one, four letters one."""
    ascii_letters = sum(character.isascii() for character in text)
    return len(text) - ascii_letters + ascii_letters // 4 + 2


def _well_formed(texts: Sequence[str]) -> list[str]:
    """The texts without lone surrogates, which no tokenizer takes."""
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]


def _normalised(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    normalised: Vectors = vectors / np.maximum(lengths, 1e-12)
    return normalised
