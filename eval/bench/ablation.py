"""What each part of retrieval adds: ``python -m eval.bench.ablation [--set dev|test]``.

Every row ranks with the real retriever; what it lacks is switched off where it is built: a weight of nought,
a gazetteer of no documents, an empty glossary, an index without enrichment.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from corpus.collection import shipped_corpus
from corpus.errors import PolicyQAError
from corpus.types import Corpus
from embeddings.build import build_index
from embeddings.encoder import Encoder
from embeddings.index import Index
from eval.bench.machine import describe_machine, use_cores
from eval.scorers import Reference, score_answer
from eval.sets import SETS, Gold, load_golds, set_files
from rag.gazetteer import Gazetteer
from rag.glossary import NO_GLOSSARY, load_glossary
from rag.question import understand
from rag.ranking import Weights, load_weights
from rag.retrieval import Retriever
from rag.types import Filters, Ranked

LANGUAGES = ("zh", "en")
CUTS = ("R@1", "R@5")

_KEPT = 20
_LENGTHS = frozenset({"k1", "b", "average", "heading_words", "title_words"})
_BM25 = _LENGTHS | {"match"}
_NAMED = frozenset({"place", "document", "excluded", "article", "stating"})
_SHAPE = frozenset({"coverage", "fact", "heading_only"})
_DENSE = frozenset({"dense"})
_ENRICHED = frozenset({"asked", "wording"})


@dataclass(frozen=True, slots=True)
class Step:
    """One way to rank.

    Attributes:
        name: what it adds to the row above it.
        weights: names of the weights that it uses; the others are nought.
        zones: whether the zones and documents that a question names steer it.
        glossary: whether lay and English words bring official ones.
        enriched: whether the index holds the words by which people look for a clause.
    """

    name: str
    weights: frozenset[str]
    zones: bool = True
    glossary: bool = True
    enriched: bool = False


BM25 = Step("BM25", _BM25, zones=False, glossary=False)
DENSE = Step("dense", _LENGTHS | _DENSE, zones=False, glossary=False)
STEPS = (
    BM25,
    Step("+ zone", _BM25 | _NAMED, glossary=False),
    Step("+ kind of fact, coverage", _BM25 | _NAMED | _SHAPE, glossary=False),
    Step("+ glossary", _BM25 | _NAMED | _SHAPE),
    Step("+ dense", _BM25 | _NAMED | _SHAPE | _DENSE),
    Step("+ enrichment", _BM25 | _NAMED | _SHAPE | _DENSE | _ENRICHED, enriched=True),
    Step("general way: no zone, no enrichment", _BM25 | _SHAPE | _DENSE, zones=False),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What one step reached.

    Attributes:
        step: the way to rank.
        recall: (language, cut) to the mean recall over the language's questions.
        milliseconds: mean time to read a question and rank its clauses.
    """

    step: Step
    recall: dict[tuple[str, str], float]
    milliseconds: float


def single_questions(golds: Sequence[Gold]) -> list[Gold]:
    """The questions that stand alone and that the documents answer."""
    return [gold for gold in golds if gold.answerable and "#" not in gold.id]


def measure(step: Step, index: Index, encoder: Encoder, golds: Sequence[Gold]) -> Row:
    """Ranks for every question.

    Args:
        step: the way to rank.
        index: an index that holds enrichment or not, as the step wants it.
        encoder: the model that it was built with.
        golds: answerable questions.

    Returns:
        The recall of the evidence by language, as ``eval.scorers`` counts it.
    """
    rank = make_ranker(step, index, encoder)
    reference = Reference.of(index.documents, index.clauses)
    values: dict[tuple[str, str], list[float]] = {}
    spent = 0.0
    for gold in golds:
        started = time.perf_counter()
        ranked = rank(gold.question)
        spent += time.perf_counter() - started
        found = [{"clause_id": r.clause_id, "text": index.clauses[r.clause_id].text} for r in ranked[:_KEPT]]
        score = score_answer(gold, {"citations": (), "retrieved": found}, reference)
        for cut in CUTS:
            values.setdefault((gold.language, cut), []).append(score.values[cut])
    recall = {key: fmean(found_shares) for key, found_shares in values.items()}
    return Row(step, recall, spent / max(1, len(golds)) * 1000)


def make_ranker(step: Step, index: Index, encoder: Encoder) -> Callable[[str], Sequence[Ranked]]:
    """The way from a question to ranked clauses with the parts that a step has, and no others."""
    retriever = Retriever(index, encoder, chosen_weights(step.weights))
    gazetteer = Gazetteer(tuple(index.documents.values()) if step.zones else ())
    glossary = load_glossary() if step.glossary else NO_GLOSSARY

    def rank(question: str) -> Sequence[Ranked]:
        query = understand(question, (), gazetteer, glossary)
        return retriever.rank(query, Filters(), date(2022, 1, 31))

    return rank


def chosen_weights(names: frozenset[str]) -> Weights:
    """The shipped weights of these names; all others are nought."""
    weights = load_weights()
    return replace(weights, **{f.name: 0.0 for f in fields(Weights) if f.name not in names})


def ablate(corpus: Corpus, golds: Sequence[Gold], folder: Path) -> list[Row]:
    """Measures every step.

    Args:
        corpus: documents with their enrichment.
        golds: answerable questions about them.
        folder: where both indexes are built.

    Returns:
        One row a step, in order.
    """
    encoder = Encoder.load()
    indexes = {}
    for enriched, held in ((True, corpus), (False, replace(corpus, enrichment=()))):
        build_index(held, folder / str(enriched), encoder)
        indexes[enriched] = Index.open(folder / str(enriched), encoder)
    return [measure(step, indexes[step.enriched], encoder, golds) for step in STEPS]


def table(rows: Sequence[Row], golds: Sequence[Gold]) -> list[str]:
    """The rows as a Markdown table, with the number of questions of each language."""
    asked = {language: sum(g.language == language for g in golds) for language in LANGUAGES}
    keys = [(language, cut) for language in LANGUAGES for cut in CUTS if asked[language]]
    heads = ["", *(f"{language} {cut} (n={asked[language]})" for language, cut in keys), "ms a question"]
    lines = [heads, ["---"] * len(heads)]
    for row in rows:
        lines.append([row.step.name, *(f"{row.recall[key]:.3f}" for key in keys), f"{row.milliseconds:.0f}"])
    return [f"| {' | '.join(cells)} |" for cells in lines]


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=SETS, default="dev")
    parser.add_argument("--cores", type=int, default=2)
    arguments = parser.parse_args()
    use_cores(arguments.cores)
    print(*describe_machine(), sep="\n")
    try:
        golds = single_questions(load_golds(set_files(arguments.set)))
        with TemporaryDirectory() as scratch:
            rows = ablate(shipped_corpus(), golds, Path(scratch))
    except PolicyQAError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"single questions of the {arguments.set} set", *table(rows, golds), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
