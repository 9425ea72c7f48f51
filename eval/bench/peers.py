"""The usual libraries on the same texts, model and questions: ``python -m eval.bench.peers``.

LangChain's FAISS store and txtai's hybrid index (words and vectors) take the collection's passages as they
are and embed them with the same folder of weights by sentence-transformers; the built-in model where none is
named. They are no dependency of the project: ``pip install langchain-community langchain-huggingface txtai``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory

import numpy as np

from corpus.collection import shipped_corpus
from corpus.errors import PolicyQAError
from corpus.types import Clause, Corpus
from embeddings.build import build_index
from embeddings.encoder import Encoder
from embeddings.index import Index
from embeddings.model_folder import BUILTIN, find_folder
from eval.bench.machine import describe_machine, spread, use_cores
from eval.scorers import Reference, score_answer
from eval.sets import Gold, load_golds, set_files
from rag.gazetteer import Gazetteer
from rag.question import understand
from rag.retrieval import Retriever
from rag.types import Filters

AS_OF = date(2022, 1, 31)
_KEPT = 20
_SAME = "PolicyQA without enrichment"  # the same texts and no more
_MEASURES = ("hit@1", "R@5")
_LIBRARIES = ("langchain_community", "langchain_huggingface", "txtai")
_MISSING = "install what is compared: pip install langchain-community langchain-huggingface txtai"

Search = Callable[[str], Sequence[str]]
Builder = Callable[[], Search]


@dataclass(frozen=True, slots=True)
class Texts:
    """What is indexed: passages with their headings, each of a clause."""

    ids: list[str]
    texts: list[str]
    clauses: list[str]


def main() -> int:
    """Measures and prints; returns 2 where a library is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", default=BUILTIN, help="a folder of sentence-transformers")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    use_cores(arguments.cores)
    print(*describe_machine(), sep="\n")
    golds = [gold for gold in load_golds(set_files("dev")) if _is_single(gold)]
    try:
        for library in _LIBRARIES:
            import_module(library)
        with TemporaryDirectory() as scratch:
            compare(Path(scratch), str(find_folder(arguments.model)), golds, arguments.runs)
    except ImportError as error:
        print(f"{error}; {_MISSING}", file=sys.stderr)
        return 2
    except PolicyQAError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _is_single(gold: Gold) -> bool:
    """Whether a question stands alone and has an answer in one place."""
    return gold.answerable and gold.dialogue == gold.id and gold.kind != "compare"


def compare(scratch: Path, model: str, golds: Sequence[Gold], runs: int) -> None:
    """Builds, asks and prints, a line for each system; their order changes from run to run."""
    encoder, corpus = Encoder.load(model), shipped_corpus()
    bare = Corpus(corpus.documents, corpus.clauses, corpus.skipped)
    plain = scratch / "plain"
    build_index(bare, plain, encoder)
    texts = texts_of(Index.open(plain, encoder))
    builders: dict[str, Builder] = {
        "PolicyQA": lambda: ours(corpus, scratch, encoder),
        _SAME: lambda: ours(bare, scratch, encoder),
        "LangChain FAISS": lambda: langchain(texts, model),
        "txtai hybrid": lambda: txtai(texts, model),
    }
    clauses = {clause.id: clause for clause in corpus.clauses}
    reference = Reference.of({document.id: document for document in corpus.documents}, clauses)
    built: dict[str, list[float]] = {name: [] for name in builders}
    asked: dict[str, list[float]] = {name: [] for name in builders}
    found: dict[str, list[float]] = {}
    for run in range(runs):
        names = list(builders)
        for name in names[run % len(names) :] + names[: run % len(names)]:
            started = time.perf_counter()
            search = builders[name]()
            built[name].append(time.perf_counter() - started)
            rows, seconds = ask(search, golds, clauses)
            asked[name].append(1000 * median(seconds))
            scores = [score_answer(gold, row, reference) for gold, row in zip(golds, rows, strict=True)]
            found[name] = [fmean(score.values[measure] for score in scores) for measure in _MEASURES]
    print(f"{len(texts.ids)} passages, {len(golds)} single questions, {runs} runs")
    for name in builders:
        figures = "  ".join(f"{m} {v:.3f}" for m, v in zip(_MEASURES, found[name], strict=True))
        print(
            f"{name}: built in {spread(built[name], 's')}, question {spread(asked[name], 'ms', 1)}; {figures}"
        )
    for name in list(builders)[2:]:
        build, question = (np.median(np.divide(t[name], t[_SAME])) for t in (built, asked))
        print(f"{name}: {build:.2f} times the time of {_SAME} to build, {question:.2f} times that a question")


def ask(
    search: Search, golds: Sequence[Gold], clauses: Mapping[str, Clause]
) -> tuple[list[dict[str, object]], list[float]]:
    """Asks all questions; gives rows that can be scored and the seconds that each took."""
    rows, seconds = [], []
    for gold in golds:
        started = time.perf_counter()
        ids = list(dict.fromkeys(search(gold.question)))[:_KEPT]
        seconds.append(time.perf_counter() - started)
        retrieved = [{"clause_id": clause, "text": clauses[clause].text} for clause in ids]
        rows.append({"id": gold.id, "answer": "", "citations": [], "retrieved": retrieved, "refused": False})
    return rows, seconds


def texts_of(index: Index) -> Texts:
    """The passages of an index with their headings, as its encoder reads them."""
    passages = list(index.passages.values())
    return Texts(
        [str(p.id) for p in passages],
        [f"{p.context}\n{p.text}" for p in passages],
        [p.clause for p in passages],
    )


def ours(corpus: Corpus, scratch: Path, encoder: Encoder) -> Search:
    """An index on the disk, words and vectors, and the retriever over it."""
    with TemporaryDirectory(dir=scratch) as folder:
        build_index(corpus, Path(folder) / "index", encoder)
        index = Index.open(Path(folder) / "index", encoder)
    gazetteer, retriever = Gazetteer(tuple(index.documents.values())), Retriever(index, encoder)

    def search(question: str) -> list[str]:
        query = understand(question, (), gazetteer)
        return [r.clause_id for r in retriever.rank(query, Filters(as_of=AS_OF), AS_OF)[:_KEPT]]

    return search


def langchain(texts: Texts, model: str) -> Search:
    """LangChain's FAISS store in memory."""
    from langchain_community.vectorstores import FAISS
    from langchain_huggingface import HuggingFaceEmbeddings

    metadata = [{"clause": clause} for clause in texts.clauses]
    store = FAISS.from_texts(texts.texts, HuggingFaceEmbeddings(model_name=model), metadata)

    def search(question: str) -> list[str]:
        return [document.metadata["clause"] for document in store.similarity_search(question, k=_KEPT)]

    return search


def txtai(texts: Texts, model: str) -> Search:
    """An index of words and vectors by txtai, in memory."""
    from txtai import Embeddings

    clauses = dict(zip(texts.ids, texts.clauses, strict=True))
    embeddings = Embeddings(path=model, method="sentence-transformers", hybrid=True)
    embeddings.index(zip(texts.ids, texts.texts, strict=True))

    def search(question: str) -> list[str]:
        return [clauses[str(passage)] for passage, _ in embeddings.search(question, _KEPT)]

    return search


if __name__ == "__main__":
    sys.exit(main())
