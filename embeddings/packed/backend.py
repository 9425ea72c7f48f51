"""The back end of `Encoder` for the folders that are understood here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from embeddings.model_folder import Task, own_prompts
from embeddings.packed.model import load_model
from embeddings.packed.recipe import read_recipe, read_tokenizer
from embeddings.packed.stream import Stream, Vectors

TOKENS_PER_BATCH = {"cpu": 2_048, "cuda": 65_536}
POOLED_FROM = 20_000  # texts for which starting a process on every further GPU pays


class PackedBackend:
    """A BERT- or XLM-RoBERTa-shaped model without padding.

    Attributes:
        dimension: numbers in a vector.
        device: ``cpu``, ``cuda`` or one of several, such as ``cuda:1``.
        prompts: what goes before a query and before a document.
        note: what was to be had and is not, in one line; empty where nothing is lost.
    """

    def __init__(self, folder: Path, device: str, dtype: torch.dtype) -> None:
        """Reads a folder.

        Raises:
            NotUnderstoodError: if anything in it is not known here.
        """
        self._folder = folder
        self._dtype = dtype
        recipe = read_recipe(folder)
        self.tokenizer = read_tokenizer(recipe)
        self.model = load_model(recipe, device, dtype)
        self.dimension = recipe.hidden
        self.device = device
        self.prompts = own_prompts(folder)
        self.note = ""
        kind = torch.device(device).type
        if kind == "cuda":
            try:
                self.model.compile_layers()
            # Compilers fail in kinds of their own, and the same layers run without one.
            except Exception as error:
                self.note = f"the layers run uncompiled: {str(error).strip().splitlines()[0]}"
        self._stream = Stream(self.model, self.tokenizer, TOKENS_PER_BATCH[kind])

    def encode(
        self, texts: Sequence[str], task: Task, progress: Callable[[int, int], None] | None
    ) -> Vectors:
        """Encodes n texts as (n, dimension) float32 rows of any length."""
        prompted = [self.prompts[task] + text for text in texts]
        devices = [f"cuda:{n}" for n in range(torch.cuda.device_count())] if self.device == "cuda" else []
        if len(devices) < 2 or len(texts) < POOLED_FROM:
            return self.encode_here(prompted, progress)
        from embeddings.packed.pool import encode_on_devices

        return encode_on_devices(self._folder, self._dtype, prompted, devices)

    def encode_here(self, prompted: Sequence[str], progress: Callable[[int, int], None] | None) -> Vectors:
        """Encodes n texts with their prompt on this device alone."""
        vectors = np.zeros((len(prompted), self.dimension), dtype=np.float32)
        done = 0
        for rows, part in self._stream.encode(prompted):
            vectors[rows] = part
            done += len(rows)
            if progress:
                progress(done, len(prompted))
        return vectors
