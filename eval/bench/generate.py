"""How fast a language model reads and writes here: ``python -m eval.bench.generate [--shape 0.6B]``.

The model has the given shape and random weights: the speed does not depend on their values. To write a token
every weight is read from memory once, so bytes of weights over the memory's rate is the least time that a
token takes. That rate is measured beside each run, so that both are disturbed alike by what else the machine
does; on a GPU it is the one of its own memory.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from eval.bench.machine import describe_machine, spread

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

_STREAMED = 1 << 29  # bytes that are read to measure the memory; many times what any cache holds
_RUNS = 5


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a Qwen3 model's configuration decides how fast it is.

    Attributes:
        hidden: width of the model.
        inner: width of its feed-forward layers.
        layers: how many layers it has.
        heads: attention heads.
        groups: heads of keys and values.
        vocabulary: tokens that it knows.
    """

    hidden: int
    inner: int
    layers: int
    heads: int
    groups: int = 8
    vocabulary: int = 151_936


SHAPES = {
    "tiny": Shape(128, 256, 2, 4, 2, 3_000),
    "0.2B": Shape(512, 1_536, 28, 8),
    "0.6B": Shape(1_024, 3_072, 28, 16),
    "1.7B": Shape(2_048, 6_144, 28, 16),
    "4B": Shape(2_560, 9_728, 36, 32),
}
"""The Qwen3 models that docs/models.md names, a smaller one, and one for tests."""


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of one model in one arithmetic.

    Attributes:
        dtype: the arithmetic.
        weights: bytes that are read for every token.
        memory: bytes a second that the memory gives, one for each run, as the others are.
        reading: tokens a second that are read.
        writing: tokens a second that are written.
    """

    dtype: str
    weights: int
    memory: Sequence[float]
    reading: Sequence[float]
    writing: Sequence[float]

    @property
    def limits(self) -> list[float]:
        """Tokens a second that the memory allows to be written."""
        return [rate / self.weights for rate in self.memory]

    @property
    def reached(self) -> float:
        """What share of its limit a run's writing reaches, the median."""
        return median(wrote / limit for wrote, limit in zip(self.writing, self.limits, strict=True))


def build(shape: Shape, dtype: torch.dtype, device: str) -> PreTrainedModel:
    """A model of a shape with random weights."""
    import torch
    from transformers import AutoModelForCausalLM, Qwen3Config

    config = Qwen3Config(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.groups,
        head_dim=128 if shape.vocabulary > SHAPES["tiny"].vocabulary else 32,
        tie_word_embeddings=True,
        dtype=dtype,
    )
    made: Any = AutoModelForCausalLM
    with torch.device(device):
        model: PreTrainedModel = made.from_config(config, dtype=dtype)
    model.train(False)
    return model


def measure(shape: Shape, dtype_name: str, device: str, prompt: int, written: int, runs: int) -> Result:
    """Measures one model.

    Args:
        shape: its shape.
        dtype_name: its arithmetic, as torch calls it.
        device: ``cpu`` or ``cuda``.
        prompt: tokens that are read.
        written: tokens that are written after them.
        runs: how often; one more before them, which also sets up, is not counted.
    """
    import torch

    model = build(shape, getattr(torch, dtype_name), device)
    weights = sum(p.numel() * p.element_size() for p in model.parameters())
    with torch.inference_mode():
        ids = torch.randint(0, shape.vocabulary, (1, prompt), device=device)
        rates = [_run(model, ids, written) for _ in range(runs + 1)][1:]
    memory, reading, writing = zip(*rates, strict=True)
    return Result(dtype_name, weights, memory, reading, writing)


def _run(model: PreTrainedModel, ids: torch.Tensor, written: int) -> tuple[float, float, float]:
    """Bytes a second of the memory; tokens a second that are read, and then written one after the other."""
    from transformers import DynamicCache

    cache = DynamicCache(config=model.config)

    def step(tokens: torch.Tensor) -> torch.Tensor:
        output = model(input_ids=tokens, past_key_values=cache, use_cache=True, logits_to_keep=1)
        likeliest: torch.Tensor = output.logits[:, -1:].argmax(-1)
        return likeliest.reshape(1, 1)

    def write(token: torch.Tensor) -> torch.Tensor:
        for _ in range(written):
            token = step(token)
            int(token)  # as a writer looks at each before the next
        return token

    device = ids.device.type
    read, token = _timed(lambda: step(ids), device)
    wrote, _ = _timed(lambda: write(token), device)
    return memory_rate(device), ids.shape[1] / read, written / wrote


def memory_rate(device: str) -> float:
    """Bytes a second that are read from memory: the median of sums over an array that no cache holds."""
    import torch

    array = torch.ones(_STREAMED // 4, dtype=torch.float32, device=device)
    with torch.inference_mode():
        seconds = [_timed(array.sum, device)[0] for _ in range(_RUNS)]
    return _STREAMED / median(seconds)


def _timed(work: Callable[[], torch.Tensor], device: str) -> tuple[float, torch.Tensor]:
    import torch

    if device == "cuda":
        torch.cuda.synchronize()
    started = time.perf_counter()
    done = work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started, done


def describe(result: Result) -> Iterator[str]:
    """Lines that tell a result."""
    yield f"{result.dtype}, weights {result.weights / 1e9:.2f} GB"
    yield f"  memory   {spread([rate / 1e9 for rate in result.memory], 'GB/s', 1)}"
    yield f"  reading  {spread(result.reading, 'tokens/s', 1)}"
    yield f"  writing  {spread(result.writing, 'tokens/s', 1)}"
    yield f"  limit    {spread(result.limits, 'tokens/s', 1)}; writing reaches {result.reached:.0%} of it"


def main() -> None:
    """Measures and prints."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, default="0.6B")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="else a GPU where there is one")
    parser.add_argument("--dtype", nargs="+", help="else float32 and bfloat16 on a CPU, bfloat16 on a GPU")
    parser.add_argument("--prompt", type=int, default=800, help="tokens that are read")
    parser.add_argument("--written", type=int, default=32, help="tokens that are written")
    parser.add_argument("--runs", type=int, default=_RUNS)
    given = parser.parse_args()
    device = given.device or ("cuda" if torch.cuda.is_available() else "cpu")
    print("\n".join(describe_machine()))
    if device == "cuda":
        print(f"GPU       {torch.cuda.get_device_name()}")
    print(
        f"model     Qwen3 {given.shape} shape, random weights, torch {torch.__version__}, {device}, "
        f"{torch.get_num_threads()} threads; {given.prompt} tokens read, {given.written} written"
    )
    for dtype in given.dtype or (["bfloat16"] if device == "cuda" else ["float32", "bfloat16"]):
        result = measure(SHAPES[given.shape], dtype, device, given.prompt, given.written, given.runs)
        print("\n".join(describe(result)), flush=True)
    if device == "cuda":
        print(f"peak      {torch.cuda.max_memory_allocated() / 1e9:.1f} GB allocated on the GPU")


if __name__ == "__main__":
    main()
