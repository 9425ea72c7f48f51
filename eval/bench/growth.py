"""How building, adding, opening and asking grow with the collection: ``python -m eval.bench.growth``.

Clauses recombined from the shipped collection and from sources given by path. Each size runs in a process
of its own; times are of one run each, those of additions and questions medians.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from eval.bench.machine import describe_machine, peak_memory_bytes, use_cores

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 1_000_000)
COLUMNS = {
    "build_s": "build, s",
    "build_gib": "memory of the build, GiB",
    "add_s": "add one document, s",
    "replace_s": "replace one, s",
    "remove_s": "remove one, s",
    "open_s": "open, s",
    "open_gib": "memory when open, GiB",
    "words_ms": "by words, ms",
    "vectors_ms": "by vectors, ms",
}
_CHANGES = 3
_QUESTIONS = 50


def main() -> int:
    """Measures every size and prints a table; with ``--plot`` draws it, too."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument(
        "--source", type=Path, nargs="*", default=[], help="further texts to take sentences of"
    )
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--plot", type=Path, help="an SVG file to write")
    parser.add_argument("--step", nargs=3, metavar=("STEP", "SIZE", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    use_cores(arguments.cores)
    if arguments.step:
        step, size, folder = arguments.step
        work = {"build": _build, "serve": _serve}[step]
        print(json.dumps(work(int(size), Path(folder), arguments.source)))
        return 0
    print(*describe_machine(), sep="\n", end="\n\n")
    print("| clauses |", " | ".join(COLUMNS.values()), "|\n|---|" + "---|" * len(COLUMNS), flush=True)
    rows = []
    for size in arguments.sizes:
        rows.append(_measure(size, arguments))
        print(f"| {size:,} |", " | ".join(f"{rows[-1][name]:.3g}" for name in COLUMNS), "|", flush=True)
    if len(rows) > 1:
        fitted = {name: _exponent(arguments.sizes, [row[name] for row in rows]) for name in COLUMNS}
        print("| exponent |", " | ".join(f"{fitted[name]:.2f}" for name in COLUMNS), "|")
    if arguments.plot:
        from eval.bench.plot import draw_growth

        lines = {label: [row[name] for row in rows] for name, label in COLUMNS.items()}
        arguments.plot.write_text(draw_growth(arguments.sizes, lines), "utf-8")
    return 0


def _measure(size: int, arguments: argparse.Namespace) -> dict[str, float]:
    found: dict[str, float] = {}
    with TemporaryDirectory() as scratch:
        for step in ("build", "serve"):
            command = [sys.executable, "-m", "eval.bench.growth", "--cores", str(arguments.cores)]
            command += ["--source", *map(str, arguments.source), "--step", step, str(size), scratch]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found |= json.loads(done.stdout)
    return found


def _exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The b of a * size ** b, by least squares of the logarithms."""
    slope, _ = np.polyfit(np.log(sizes), np.log(values), 1)
    return float(slope)


def _build(size: int, scratch: Path, sources: Sequence[Path]) -> dict[str, float]:
    from corpus.types import Corpus
    from embeddings.build import add_documents, build_index, remove_documents
    from embeddings.encoder import Encoder
    from eval.bench.synthetic import real_clauses, recombined

    clauses, encoder, folder = real_clauses(sources), Encoder.load(), scratch / "index"
    corpus = recombined(clauses, size)
    started = time.perf_counter()
    build_index(corpus, folder, encoder)
    found = {"build_s": time.perf_counter() - started, "build_gib": peak_memory_bytes() / 2**30}
    chosen = corpus.documents[: 2 * _CHANGES]
    held = [Corpus((d,), tuple(c for c in corpus.clauses if c.document == d.id)) for d in chosen]
    found["add_s"] = _median(lambda n: add_documents(recombined(clauses, 50, n, "new"), folder, encoder))
    found["replace_s"] = _median(lambda n: add_documents(held[n], folder, encoder))
    found["remove_s"] = _median(lambda n: remove_documents([chosen[_CHANGES + n].id], folder))
    return found


def _serve(size: int, scratch: Path, sources: Sequence[Path]) -> dict[str, float]:
    from embeddings.encoder import Encoder
    from embeddings.index import Index
    from eval.bench.synthetic import asked_terms
    from eval.sets import load_golds, set_files
    from rag.retrieval import FIELDS

    encoder = Encoder.load()
    started = time.perf_counter()
    index = Index.open(scratch / "index", encoder)
    found = {"open_s": time.perf_counter() - started, "open_gib": peak_memory_bytes() / 2**30}
    questions = [gold.question for gold in load_golds(set_files("dev"))][:_QUESTIONS]
    terms = [asked_terms(question) for question in questions]
    vectors = encoder.encode_query(questions)
    found["words_ms"] = 1000 * _median(lambda n: index.search_lexical(terms[n], 120, FIELDS), len(questions))
    found["vectors_ms"] = 1000 * _median(
        lambda n: index.search_dense(vectors[n : n + 1], 120), len(questions)
    )
    return found


def _median(work: Callable[[int], object], times: int = _CHANGES) -> float:
    seconds = []
    for n in range(times):
        started = time.perf_counter()
        work(n)
        seconds.append(time.perf_counter() - started)
    return median(seconds)


if __name__ == "__main__":
    sys.exit(main())
