"""In which arithmetic a language model computes here, chosen by measuring."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

_READ, _WRITTEN = 32, 4
_TYPICAL = (800, 150)
"""Tokens read and written for a usual answer, by which arithmetics are compared."""

_MARGIN = 1.2
_MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second that a model reads and writes."""

    reading: float
    writing: float

    @property
    def seconds(self) -> float:
        """How long a usual answer takes."""
        return _TYPICAL[0] / self.reading + _TYPICAL[1] / self.writing


def choose_arithmetic(model: PreTrainedModel) -> tuple[str, Speed]:
    """Brings a model onto the best device, in the arithmetic that is fastest there.

    On a GPU a model computes in half precision. On a CPU the stored arithmetic and float32 are measured on
    a short prompt, for half precision is fast only where the processor knows it.

    Args:
        model: a loaded causal language model; it is changed in place.

    Returns:
        Device and arithmetic in a few words, and the model's speed.
    """
    import torch

    quantised = getattr(model, "hf_quantizer", None) is not None
    small = ", weights of 4 bits" if getattr(model, "is_loaded_in_4bit", False) else ""
    if torch.cuda.is_available():
        if not quantised:
            _convert(model, torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16, "cuda")
        return f"{torch.cuda.get_device_name()}, {_short(model.dtype)}{small}", measure(model)
    stored = model.dtype
    speed = measure(model)
    if quantised or stored == torch.float32:
        return f"CPU, {_short(stored)}{small}", speed
    if not _fits(model.num_parameters() * 4):
        return f"CPU, {_short(stored)}: too little memory for float32", speed
    _convert(model, torch.float32, "cpu")
    wide = measure(model)
    told = f"{_short(stored)} {speed.seconds:.1f} s, float32 {wide.seconds:.1f} s for a usual answer"
    if wide.seconds <= speed.seconds:
        return f"CPU, float32 ({told})", wide
    _convert(model, stored, "cpu")
    return f"CPU, {_short(stored)} ({told})", speed


def _convert(model: torch.nn.Module, dtype: torch.dtype, device: str) -> None:
    model.to(device=device, dtype=dtype)


def measure(model: PreTrainedModel) -> Speed:
    """How fast a model reads and writes, by a short prompt of its own."""
    import torch
    from transformers import DynamicCache

    ids = torch.zeros((1, _READ), dtype=torch.long, device=model.device)

    def run() -> Speed:
        cache = DynamicCache(config=model.config)

        def read(tokens: int, times: int) -> None:
            for _ in range(times):
                model(input_ids=ids[:, :tokens], past_key_values=cache, use_cache=True, logits_to_keep=1)

        reading = _time(lambda: read(_READ, 1), model.device)
        writing = _time(lambda: read(1, _WRITTEN), model.device)
        return Speed(_READ / reading, _WRITTEN / writing)

    with torch.inference_mode():
        run()  # the first one also sets up
        return run()


def _time(work: Callable[[], object], device: torch.device) -> float:
    import torch

    started = time.perf_counter()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return max(time.perf_counter() - started, 1e-6)


def _fits(size: float) -> bool:
    """Whether so many more bytes fit into the memory; where that cannot be told, they may."""
    if not _MEMINFO.exists():
        return True
    rows = dict(line.split(":") for line in _MEMINFO.read_text().splitlines())
    return int(rows["MemAvailable"].split()[0]) * 1024 > size * _MARGIN


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
