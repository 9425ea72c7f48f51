"""Several devices at once, by sentence-transformers' own pool of processes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import InputModule

from embeddings.packed.backend import PackedBackend
from embeddings.packed.stream import Vectors

CHUNK = 8_192  # texts a process is given at a time


class PackedModule(InputModule):
    """The whole model as one module, which every process of the pool opens on its own device."""

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._folder = folder
        self._dtype = dtype
        self._backend: PackedBackend | None = None

    def preprocess(self, inputs: Any, prompt: str | None = None, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401
        """The texts as they are, and a tensor that is sent where they are to be encoded."""
        return {"texts": list(inputs), "where": torch.empty(0)}

    def forward(self, features: dict[str, Any], **kwargs: object) -> dict[str, Any]:
        """Encodes the texts on the device that ``where`` was sent to."""
        device = features["where"].device
        if self._backend is None:
            if device.type == "cuda":
                torch.cuda.set_device(device)
            self._backend = PackedBackend(self._folder, str(device), self._dtype)
        vectors = self._backend.encode_here(features["texts"], None)
        return {"sentence_embedding": torch.from_numpy(vectors)}

    def save(self, output_path: str, *args: object, **kwargs: object) -> None:
        """Never saved: the folder is there already."""
        raise NotImplementedError


def encode_on_devices(
    folder: Path, dtype: torch.dtype, texts: Sequence[str], devices: Sequence[str]
) -> Vectors:
    """Encodes texts on several devices.

    Args:
        folder: the model's folder.
        dtype: its arithmetic.
        texts: n texts, with their prompt.
        devices: one process is started for each, such as ``cuda:0``.

    Returns:
        ``(n, dimension)`` float32 rows of any length.
    """
    model = SentenceTransformer(modules=[PackedModule(folder, dtype)], device="cpu")
    chunk = min(CHUNK, -(-len(texts) // len(devices)))
    vectors: Vectors = model.encode(
        list(texts), prompt="", device=list(devices), batch_size=chunk, chunk_size=chunk
    )
    return vectors
