"""How fast texts become vectors: ``python -m eval.bench.embed [--shape SHAPE] [--device cuda]``.

Without a shape: the built-in model on one core, and how long ``policyqa ask`` takes from a cold start. With
one: an encoder of that shape with random weights, run by us and by sentence-transformers in turn, on the
compendium's passages or, with ``--long``, on its documents. Operations are those of the tokens alone, without
any padding, and their rate is set against the matrix rate measured on the same machine in the same run. One
core is timed by its own clock, which other work on the machine disturbs less; all else by the wall's.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from corpus.collection import shipped_corpus
from corpus.passages import split_passages
from embeddings.encoder import Encoder, has_matrix_units
from embeddings.model_folder import BUILTIN, MODELS
from embeddings.parts import embedded_text
from eval.bench.machine import describe_machine, spread, use_cores
from eval.bench.shapes import SHAPES, make_model

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

Vectors = npt.NDArray[np.float32]
Given = TypeVar("Given")
Made = TypeVar("Made")
Clock = Callable[[], float]
Encode = Callable[[Sequence[str]], Vectors]

LIBRARIES = ("torch", "transformers", "sentence-transformers")
BATCH_SIZES = {"cpu": (8, 32, 128), "cuda": (32, 128, 512)}
TEXTS = {"cpu": 200, "cuda": 20_000}
QUESTION = "武汉对人工智能企业有什么补贴？"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--texts", type=int, help="how many; the passages over again where there are fewer")
    parser.add_argument("--long", action="store_true", help="whole documents instead of passages")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cores", type=int, help="default: 1 for the built-in model, 2 for a shape")
    arguments = parser.parse_args()
    cores = arguments.cores or (2 if arguments.shape else 1)
    use_cores(cores)
    print(*describe_machine(), sep="\n")
    if arguments.shape is None:
        _bench_static(arguments.runs)
        _bench_cold_start(arguments.runs)
        return
    texts = _documents() if arguments.long else _passages()
    texts = list(islice(cycle(texts), arguments.texts or TEXTS[arguments.device]))
    with TemporaryDirectory() as scratch:
        folder = make_model(SHAPES[arguments.shape], Path(scratch) / arguments.shape)
        alone = arguments.device == "cpu" and cores == 1
        clock = time.process_time if alone else time.perf_counter
        _bench_shape(folder, arguments.device, texts, arguments.runs, clock)


def _passages() -> list[str]:
    passages = [passage.text for passage in split_passages(shipped_corpus().clauses)]
    random.Random(7).shuffle(passages)
    return passages


def _documents() -> list[str]:
    corpus = shipped_corpus()
    return [
        "\n".join(clause.text for clause in corpus.clauses if clause.document == document.id)
        for document in corpus.documents
    ]


def _bench_static(runs: int) -> None:
    """In seconds of one core's time; the model is read anew for each run, for a tokenizer remembers words."""
    from sentence_transformers import SentenceTransformer

    passages = split_passages(shipped_corpus().clauses)
    for name, texts in (
        ("passages", [passage.text for passage in passages]),
        ("passages with their context", [embedded_text(passage) for passage in passages]),
    ):
        rates: dict[str, list[float]] = {"ours": [], "sentence-transformers": []}
        for _ in range(runs):
            encoder = Encoder.load()
            encoder.encode_document(["补贴"] * 64)  # widens the table
            ours, seconds = _timed(encoder.encode_document, texts, time.process_time)
            rates["ours"].append(len(texts) / seconds)
            model = SentenceTransformer(str(MODELS / BUILTIN), device="cpu").float()
            theirs, seconds = _timed(model.encode, texts, time.process_time)
            rates["sentence-transformers"].append(len(texts) / seconds)
        length = float(np.mean([len(text) for text in texts]))
        print(f"built-in model, {len(texts)} {name}, {length:.0f} characters on average")
        for way, found in rates.items():
            print(f"  {way:24}", spread(found, "texts/s", 0))
        paired = [a / b for a, b in zip(*rates.values(), strict=True)]
        print(
            f"  {'ratio':24}", spread(paired, "×", 2), f" farthest vector {_farthest(ours, theirs):.1e} apart"
        )


def _farthest(ours: Vectors, theirs: Vectors) -> float:
    return float(np.abs(ours - theirs / np.linalg.norm(theirs, axis=1, keepdims=True)).max())


def _bench_cold_start(runs: int) -> None:
    with TemporaryDirectory() as scratch:
        policyqa = [sys.executable, "-m", "app"]
        subprocess.run(
            [*policyqa, "index", "build", "--index", scratch + "/index"], check=True, capture_output=True
        )
        command = [*policyqa, "ask", QUESTION, "--index", scratch + "/index"]
        wall, cpu = [], []
        for _ in range(runs + 1):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            _, seconds = _timed(_run, command)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            wall.append(seconds)
            cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    print("policyqa ask, a process of its own:", spread(wall[1:], "s"), "  processor", spread(cpu[1:], "s"))


def _bench_shape(folder: Path, device: str, texts: Sequence[str], runs: int, clock: Clock) -> None:
    import torch

    from embeddings.packed.model import flops
    from embeddings.packed.recipe import read_recipe, read_tokenizer

    recipe = read_recipe(folder)
    tokenizer = read_tokenizer(recipe)
    lengths = [len(encoding.ids) for encoding in tokenizer.encode_batch_fast(list(texts))]
    work = flops(recipe, lengths)
    own = Encoder.load(folder, device=device)  # type: ignore[arg-type]
    ways: dict[str, Encode] = {"ours": own.encode_document}
    if device == "cpu" and has_matrix_units():
        ways["ours in float32"] = Encoder.load(folder, device="cpu", dtype="float32").encode_document
    plain = _open(folder, device, torch.float32)
    ways["sentence-transformers, defaults"] = _by(plain)
    ways |= _best_settings(folder, device, texts, clock)
    where = torch.cuda.get_device_name() if device == "cuda" else f"{torch.get_num_threads()} threads"
    print(f"device    {where}, " + ", ".join(f"{name} {version(name)}" for name in LIBRARIES))
    if own.note:
        print("note     ", own.note)
    print(
        f"{folder.name}: {len(texts)} texts of {np.mean(lengths):.0f} tokens on average, "
        f"{max(lengths)} the longest; {work / 1e9:.0f} GFLOP without padding"
    )
    rates = {str(dtype): _matrix_rate(device, dtype, clock) for dtype in (torch.float32, torch.bfloat16)}
    for dtype, rate in rates.items():
        print(f"matrix rate of this machine, {dtype}: {rate / 1e9:.0f} GFLOP/s")
    reference = _unit(_by(plain)(texts))
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    least = {}
    for run in range(runs + 1):
        for way, encode in ways.items():
            vectors, taken = _timed(encode, texts, clock)
            least[way] = float((_unit(vectors) * reference).sum(axis=1).min())
            if run:  # the first only warms up
                seconds[way].append(taken)
    for way, taken_by in seconds.items():
        reached = work / median(taken_by)
        line = (
            f"  {way:50} {spread([len(texts) / one for one in taken_by], 'texts/s', 1)},"
            f" {reached / 1e9:.0f} GFLOP/s, {reached / max(rates.values()):.0%} of the best matrix rate,"
            f" lowest cosine {least[way]:.5f}"
        )
        if way != "ours":
            ratio = [theirs / ours for theirs, ours in zip(taken_by, seconds["ours"], strict=True)]
            line += f", ours is faster by {spread(ratio, '×', 2)}"
        print(line)


def _best_settings(folder: Path, device: str, texts: Sequence[str], clock: Clock) -> Mapping[str, Encode]:
    """The fastest of sentence-transformers' dtypes and batch sizes, each tried once on some of the texts."""
    import torch

    tried: dict[str, tuple[float, Encode]] = {}
    some = texts[: max(1, len(texts) // 4)]
    for dtype in (torch.bfloat16,) if device == "cuda" else (torch.float32, torch.bfloat16):
        model = _open(folder, device, dtype, attn_implementation="sdpa")
        for size in BATCH_SIZES[device]:
            encode = _by(model, batch_size=size)
            encode(some[:8])
            name = f"sentence-transformers, {str(dtype).removeprefix('torch.')}, sdpa, {size} a batch"
            tried[name] = (_timed(encode, some, clock)[1], encode)
    best = min(tried, key=lambda name: tried[name][0])
    return {best: tried[best][1]}


def _open(folder: Path, device: str, dtype: torch.dtype, **settings: object) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device=device, model_kwargs={"dtype": dtype, **settings})


def _by(model: SentenceTransformer, batch_size: int = 32) -> Encode:
    def encode(texts: Sequence[str]) -> Vectors:
        found: Vectors = model.encode(list(texts), batch_size=batch_size)
        return found

    return encode


def _matrix_rate(device: str, dtype: torch.dtype, clock: Clock, rows: int = 4_096) -> float:
    """Operations a second of the fastest of some products of the sizes that encoders have."""
    import torch

    best = 0.0
    for inner, outer in ((384, 1_536), (1_024, 4_096), (4_096, 4_096)):
        left = torch.randn(rows, inner, device=device).to(dtype)
        weight = torch.randn(outer, inner, device=device).to(dtype)
        for _ in range(10):
            _synchronise(device)
            started = clock()
            torch.nn.functional.linear(left, weight)
            _synchronise(device)
            best = max(best, 2.0 * rows * inner * outer / (clock() - started))
    return best


def _synchronise(device: str) -> None:
    if device == "cuda":
        import torch

        torch.cuda.synchronize()


def _unit(vectors: Vectors) -> Vectors:
    wide = np.asarray(vectors, dtype=np.float32)
    unit: Vectors = wide / np.linalg.norm(wide, axis=1, keepdims=True)
    return unit


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _timed(
    work: Callable[[Given], Made], given: Given, clock: Clock = time.perf_counter
) -> tuple[Made, float]:
    started = clock()
    done = work(given)
    return done, clock() - started


if __name__ == "__main__":
    main()
