"""What the refusal rule sees of each question of a set, read through the product's own steps."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.errors import PolicyQAError
from corpus.types import Corpus
from embeddings.build import build_index
from embeddings.encoder import Encoder
from embeddings.index import Index
from eval.answers import Progress
from eval.sets import Gold
from rag.engine import PolicyQA
from rag.gazetteer import Gazetteer
from rag.question import understand
from rag.refusal import Signals, judge
from rag.retrieval import Retriever
from rag.steering import within_scope
from rag.types import Filters, Turn

AS_OF = date(2022, 1, 31)


@dataclass(frozen=True, slots=True)
class Judged:
    """One question before the refusal rule.

    Attributes:
        gold: the question.
        found: its signals; None where the rules that are not fitted decide.
        refused: what those other rules decide, where they do.
    """

    gold: Gold
    found: Signals | None
    refused: bool


def read_both(
    corpus: Corpus, golds: Sequence[Gold], encoder: Encoder, progress: Progress
) -> tuple[list[Judged], list[Judged]]:
    """The signals over an index with the corpus's enrichment, and over one without any."""
    found = []
    with TemporaryDirectory() as scratch:
        for number, enriched in enumerate((True, False)):
            folder = Path(scratch) / str(enriched)
            held = corpus if enriched else Corpus(corpus.documents, corpus.clauses, corpus.skipped)
            build_index(held, folder, encoder)
            index = Index.open(folder, encoder)
            rows = []
            for done, row in enumerate(read_signals(index, encoder, golds), 1):
                rows.append(row)
                progress(number * len(golds) + done, 2 * len(golds))
            found.append(rows)
    return found[0], found[1]


def read_signals(index: Index, encoder: Encoder, golds: Sequence[Gold]) -> Iterator[Judged]:
    """The signals of each question, dialogues turn by turn.

    Args:
        index: where it is looked for.
        encoder: the model that the index was built with.
        golds: the questions.

    Raises:
        PolicyQAError: a question is empty or too long.
    """
    engine = PolicyQA(index, encoder)
    gazetteer, retriever = Gazetteer(tuple(index.documents.values())), Retriever(index, encoder)
    filters, history = Filters(as_of=AS_OF), list[Turn]()
    for gold in golds:
        if not gold.follows:
            history = []
        query = understand(gold.question, history, gazetteer)
        answer = engine.ask(gold.question, history, filters)
        history.append(Turn(gold.question, answer))
        if query.smalltalk:
            yield Judged(gold, None, refused=gold.kind == "chitchat")
            continue
        ranked = retriever.rank(query, filters, AS_OF)
        scope = within_scope(query, ranked, index)
        seen: list[Signals] = []

        def answers(found: Signals, seen: list[Signals] = seen) -> float:
            seen.append(found)
            return 1.0

        grounds = judge(query, ranked, scope, index, answers)
        if answer.refusal and judge(query, ranked, scope, index) is None:
            # The clause is there and leaves open the detail that is asked for.
            yield Judged(gold, None, refused=True)
        else:
            yield Judged(gold, seen[0] if seen else None, refused=grounds is not None)


def describe_signals() -> dict[str, str]:
    """What each signal means, in the words of its own documentation.

    Raises:
        PolicyQAError: the documentation names none.
    """
    lines = re.sub(r"\n\s{8}(?=\S)", " ", inspect.getdoc(Signals) or "").splitlines()
    pairs = (re.match(r"\s*(\w+): (.+)", line) for line in lines)
    found = {pair[1]: pair[2].rstrip(".") for pair in pairs if pair}
    if not found:
        raise PolicyQAError("the refusal signals are not documented")
    return found
