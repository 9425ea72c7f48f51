"""How fast and in how much memory the nearest of a million vectors and words of a million clauses are found.

``python -m eval.bench.search``: clauses recombined from the collection; each vector joins four embeddings by
the built-in model (headings, first sentence, the others, all) with a little noise: 1,024 numbers of the
corpus's own distribution. The questions are the development set's. FAISS's Flat is the peer.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from embeddings.dense import Ids, Vectors, VectorStore, write_vectors
from embeddings.encoder import Encoder
from embeddings.lexical import MOST_POSTINGS, LexicalSearcher, write_lexical
from embeddings.manifest import VectorSearch
from embeddings.neighbours import Neighbours, build_neighbours
from embeddings.tokens import lexical_tokens
from eval.bench.machine import describe_machine, peak_memory, use_cores
from eval.bench.synthetic import asked_terms, real_clauses, recombined, sentences_of
from eval.sets import load_golds, set_files
from rag.retrieval import FIELDS

_BLOCK = 20_000
_NOISE = 0.1
_DEPTH = 10
_CANDIDATES, _FOUND = 60, 120  # found by words: what the product ranks, and what it looks at
_COMPARED = 50  # questions that Flat, the slow one, is asked
_NEAR, _FLAT, _HOW, _QUERIES, _WORDS = "approximate", "Flat", "search.json", "queries.npz", "words"


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where the files go; some 8 GB for a million")
    parser.add_argument("--only", choices=("dense", "lexical"))
    parser.add_argument(
        "--source", type=Path, nargs="*", default=[], help="further texts to take sentences of, for the words"
    )
    arguments = parser.parse_args()
    use_cores(arguments.cores)
    print(*describe_machine(), sep="\n", flush=True)
    with TemporaryDirectory(dir=arguments.folder) as folder:
        scratch = Path(folder)
        if arguments.only != "lexical":
            _apart(_build_dense, scratch, arguments.count)
            _apart(_search_dense, scratch, _NEAR)
            _apart(_search_dense, scratch, _FLAT)
            for name in ("questions", "clauses"):
                near, true = (np.load(scratch / f"{kind}-{name}.npy") for kind in (_NEAR, _FLAT))
                hits = sum(len(np.intersect1d(a, b)) for a, b in zip(near, true, strict=False))
                print(f"  {name}: recall@{_DEPTH} {hits / true.size:.4f} over {len(true)}", flush=True)
        if arguments.only != "dense":
            _apart(_build_lexical, scratch, arguments.count, arguments.source)
            _apart(_search_lexical, scratch)
    return 0


def _apart(work: Callable[..., None], *arguments: object) -> None:
    """Runs a step in a process of its own, so that its memory is what it alone needs."""
    process = get_context("spawn").Process(target=work, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit(process.exitcode)


def _questions() -> list[str]:
    return [gold.question for gold in load_golds(set_files("dev"))][:200]


def _build_dense(scratch: Path, count: int) -> None:
    encoder = Encoder.load()
    started = time.perf_counter()
    vectors = _write_vectors(scratch / "vectors.npy", count, encoder)
    print(f"{count:,} x {vectors.shape[1]} vectors made in {time.perf_counter() - started:.0f} s", flush=True)
    asked = _unit(np.tile(encoder.encode_query(_questions()), (1, 4)))
    held = vectors[np.random.default_rng(1).integers(0, count, 200)]
    started = time.perf_counter()
    write_vectors(scratch / _FLAT, np.arange(count, dtype=np.int64), vectors)
    written = time.perf_counter()
    search = build_neighbours(scratch / _NEAR, vectors, asked[: len(asked) // 2])
    print(
        f"vectors written in {written - started:.0f} s, approximate index built in "
        f"{time.perf_counter() - written:.0f} s: {search}\n  memory: {peak_memory()}",
        flush=True,
    )
    (scratch / _HOW).write_text(json.dumps(asdict(search)))
    # The second half of the questions had no part in the tuning.
    np.savez(scratch / _QUERIES, questions=asked[len(asked) // 2 :], clauses=held)


def _search_dense(scratch: Path, kind: str) -> None:
    near = None
    if kind == _NEAR:
        near = Neighbours.open(scratch / _NEAR, VectorSearch(**json.loads((scratch / _HOW).read_text())))
    store = VectorStore(scratch / _FLAT, np.zeros(0, np.int64), near)
    for name, queries in np.load(scratch / _QUERIES).items():
        asked = queries if near else queries[:_COMPARED]
        found: list[Ids] = []
        _print_times(f"  {name}, {kind}", [partial(_keep_nearest, store, query, found) for query in asked])
        np.save(scratch / f"{kind}-{name}.npy", np.stack(found))
    print(f"  memory: {peak_memory()}", flush=True)


def _keep_nearest(store: VectorStore, query: Vectors, found: list[Ids]) -> None:
    scores, ids = store.search(query, _DEPTH)
    found.append(ids[np.argsort(-scores, kind="stable")[:_DEPTH]])


def _print_times(name: str, calls: Sequence[Callable[[], object]]) -> None:
    wall, cpu = [], []
    for call in calls:
        started, used = time.perf_counter(), time.process_time()
        call()
        wall.append(1000 * (time.perf_counter() - started))
        cpu.append(1000 * (time.process_time() - used))
    print(
        f"{name}: median {np.median(wall):.2f} ms, p95 {np.percentile(wall, 95):.2f} ms; CPU median "
        f"{np.median(cpu):.2f} ms, p95 {np.percentile(cpu, 95):.2f} ms, {len(wall)} queries",
        flush=True,
    )


def _write_vectors(path: Path, count: int, encoder: Encoder) -> Vectors:
    chance = np.random.default_rng(0)
    clauses = real_clauses([])
    sentences = [sentences_of(clause.text) for clause in clauses]
    pool = [sentence for own in sentences for sentence in own]
    ends = np.cumsum([len(own) for own in sentences])
    parts = encoder.encode_document(pool)
    heads = encoder.encode_document([f"{c.title}\n" + "\n".join(c.path) for c in clauses])
    like = np.concatenate([np.argsort(-(block @ parts.T))[:, :20] for block in np.array_split(parts, 12)])
    lengths = np.array([len(sentence) for sentence in pool], dtype=np.float32)
    vectors = np.lib.format.open_memmap(path, "w+", np.float32, (count, 4 * encoder.dimension))
    for start in range(0, count, _BLOCK):
        rows = chance.integers(len(clauses), size=min(_BLOCK, count - start))
        size = np.array([len(sentences[row]) for row in rows])
        place = (ends[rows] - size)[:, None] + np.minimum(np.arange(4), size[:, None] - 1)
        swapped = like[place, chance.integers(20, size=place.shape)]
        chosen = np.where(chance.random(place.shape) < 0.7, swapped, place)
        weight = (lengths[chosen] * (np.arange(4) < np.maximum(size, 2)[:, None]))[:, :, None]
        first = (parts[chosen[:, :1]] * weight[:, :1]).sum(axis=1)
        others = (parts[chosen[:, 1:]] * weight[:, 1:]).sum(axis=1)
        titles = np.where(chance.random(len(rows)) < 0.5, rows, chance.integers(len(clauses), size=len(rows)))
        joined = np.concatenate(
            [_unit(heads[titles]), _unit(first), _unit(others), _unit(first + others)], axis=1
        )
        joined /= 2
        joined += chance.standard_normal(joined.shape, dtype=np.float32) * _NOISE / joined.shape[1] ** 0.5
        vectors[start : start + len(rows)] = _unit(joined)
    held: Vectors = np.load(path, mmap_mode="r")
    return held


def _unit(rows: Vectors) -> Vectors:
    unit: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return unit


def _build_lexical(scratch: Path, count: int, sources: Sequence[Path]) -> None:
    started = time.perf_counter()
    write_lexical(scratch / _WORDS, 1, _token_rows(count, sources))
    print(f"{count:,} clauses: words written in {time.perf_counter() - started:.0f} s", flush=True)


def _search_lexical(scratch: Path) -> None:
    terms = [asked_terms(question) for question in _questions() if len(question) >= 30]
    found = []
    for name, postings in (("words within the budget", MOST_POSTINGS), ("all words", sys.maxsize)):
        searcher = LexicalSearcher([scratch / _WORDS], 0, postings)
        hits: list[list[int]] = []
        found.append(hits)
        calls = [partial(_keep_best, searcher, asked, hits) for asked in terms]
        _print_times(f"  {name} of 30 characters, {_FOUND} found", calls)
    for depth in (_DEPTH, _CANDIDATES):
        shares = [len({*near[:depth]} & {*true[:_DEPTH]}) / _DEPTH for near, true in zip(*found, strict=True)]
        print(
            f"  of the first {_DEPTH} by all words {np.mean(shares):.4f} are in the first {depth}", flush=True
        )
    print(f"  memory: {peak_memory()}", flush=True)


def _keep_best(searcher: LexicalSearcher, terms: Sequence[tuple[str, float]], hits: list[list[int]]) -> None:
    found = sorted(searcher.search(terms, FIELDS, _FOUND), key=lambda hit: (-hit[0], hit[2]))
    hits.append([row for _, _, row in found])


def _token_rows(count: int, sources: Sequence[Path]) -> Iterator[Mapping[str, Sequence[str]]]:
    clauses = real_clauses(sources)
    titles = {c.document: lexical_tokens(f"{c.title}\n{c.zone}") for c in clauses}
    made = 0
    while made < count:
        for clause in recombined(clauses, min(_BLOCK, count - made), seed=made).clauses:
            yield {
                "text": lexical_tokens(clause.text),
                "heading": lexical_tokens("\n".join(clause.path)),
                "title": titles.get(clause.document) or lexical_tokens(f"{clause.title}\n{clause.zone}"),
            }
            made += 1


if __name__ == "__main__":
    sys.exit(main())
