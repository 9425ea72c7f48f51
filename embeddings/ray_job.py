"""The embedding job over many workers: Ray Data hands out texts, each worker has the model on its own device.

A cluster is joined where ``RAY_ADDRESS`` names one, else this machine is used.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from corpus.errors import PolicyQAError
from embeddings.encoder import Device, Encoder, Progress, Vectors

_BATCH = 2_048
"""Texts that a worker takes at a time: it sorts them by length, and loses little with one that dies."""


class RayEncoder:
    """An encoder whose texts are encoded by Ray workers: a ``DocumentEncoder`` with the same vectors."""

    def __init__(self, encoder: Encoder, device: Device, workers: int | None) -> None:
        """Prepares a job; nothing is started before there are texts.

        Args:
            encoder: the model as loaded here; workers load it by its name or path, which they must have too.
            device: where each worker computes.
            workers: how many; None takes one for each GPU, or each core where the model runs on the CPU.
        """
        self._encoder = encoder
        self._device = device
        self._workers = workers

    @classmethod
    def parse(cls, text: str, encoder: Encoder, device: Device) -> RayEncoder:
        """Reads ``ray`` or ``ray:N``.

        Raises:
            PolicyQAError: if the text is neither, or Ray is not installed.
        """
        match = re.fullmatch(r"ray(?::([1-9][0-9]{0,4}))?", text)
        if match is None:
            raise PolicyQAError(f"--workers {text}: write ray, or ray:4 for four workers")
        _import_ray()
        return cls(encoder, device, int(match[1]) if match[1] else None)

    @property
    def name(self) -> str:
        """The name or path it was loaded by."""
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        """Changes whenever the model gives other vectors."""
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return self._encoder.dimension

    @property
    def prompts(self) -> Mapping[str, str]:
        """What the model puts before a text, by ``query`` and ``document``."""
        return self._encoder.prompts

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """See ``Encoder.encode_document``.

        Raises:
            PolicyQAError: if the workers fail.
        """
        return self._encode(texts, "document", progress)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """See ``Encoder.encode_query``.

        Raises:
            PolicyQAError: if the workers fail.
        """
        return self._encode(texts, "query", None)

    def _encode(self, texts: Sequence[str], task: str, progress: Progress | None) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return vectors
        try:
            done = 0
            for batch in self._batches(texts, task):
                vectors[batch["row"]] = batch["vector"]
                done += len(batch["row"])
                if progress:
                    progress(done, len(texts))
        except PolicyQAError:
            raise
        # Ray wraps what its workers raise in kinds of its own.
        except Exception as error:
            reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
            raise PolicyQAError(f"The Ray workers did not finish the embedding: {reason[:300]}") from error
        return vectors

    def _batches(self, texts: Sequence[str], task: str) -> Any:  # noqa: ANN401 - Ray's own iterator
        ray = _import_ray()
        if not ray.is_initialized():
            ray.init(log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
        held = ray.cluster_resources()
        # The workers' machines count, not this one, which may have no GPU; a static model gains by none.
        gpu = self._device != "cpu" and held.get("GPU", 0) >= 1 and self._encoder.token_vectors is None
        batches = -(-len(texts) // _BATCH)
        workers = min(self._workers or int(held["GPU" if gpu else "CPU"]), batches)
        rows = [{"row": row, "text": text} for row, text in enumerate(texts)]
        return (
            ray.data.from_items(rows, override_num_blocks=batches)
            .map_batches(
                _Worker,
                fn_constructor_args=(self._encoder.name, self._device, task),
                compute=ray.data.ActorPoolStrategy(size=workers),
                batch_size=_BATCH,
                num_cpus=0 if gpu else 1,
                num_gpus=1 if gpu else 0,
            )
            .iter_batches(batch_size=None, batch_format="numpy")
        )


class _Worker:
    """One Ray actor with the model in its memory."""

    def __init__(self, name: str, device: Device, task: str) -> None:
        encoder = Encoder.load(name, device)
        self._encode = encoder.encode_query if task == "query" else encoder.encode_document

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return {"row": batch["row"], "vector": self._encode(batch["text"].tolist())}


def _import_ray() -> Any:  # noqa: ANN401 - a module that may not be installed
    # Nothing leaves this machine: Ray reports how it is used unless told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray
        import ray.data
    except ImportError:
        raise PolicyQAError("Embedding by Ray needs an extra: pip install 'policyqa[ray]'") from None
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    return ray
