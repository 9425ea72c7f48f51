"""Trains the built-in model: ``python -m embeddings.train --data ../shared/training --output DIR``."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus.errors import PolicyQAError


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the shipped model is trained.

    Attributes:
        chinese: Chinese words of two and more characters in the vocabulary.
        english: English words in the vocabulary.
        pieces: pieces of English words in the vocabulary.
        dimension: numbers per vector.
        steps: training batches.
        batch: pairs per batch.
        rate: highest learning rate.
        temperature: of the contrast within a batch.
        shares: how often each kind of pair is drawn, by the name of the method of ``Examples``.
        seed: of every random draw.
        threads: processor threads; the result is the same to the bit only with the same number.
        every_document: whether the enrichment of every document is learnt; else that of every fifth is not.
    """

    chinese: int = 19_500
    english: int = 17_500
    pieces: int = 2_500
    dimension: int = 256
    steps: int = 4_000
    batch: int = 1_024
    rate: float = 0.02
    temperature: float = 0.05
    shares: dict[str, float] = field(
        default_factory=lambda: {
            "dictionary": 2.0,
            "word_bags": 0.5,
            "parallel": 2.0,
            "articles": 1.5,
            "glossed": 4.0,
            "synonyms": 0.5,
            "enriched": 2.0,
        }
    )
    seed: int = 20_220_101
    threads: int = 1
    every_document: bool = True


def train(data: Path, output: Path, recipe: Recipe) -> None:
    """Trains the model and writes its folder.

    Args:
        data: the folder of the training texts.
        output: the model's folder; it is replaced when the training has ended.
        recipe: how to train.

    Raises:
        PolicyQAError: if a training text is missing.
    """
    import torch

    from embeddings.training.examples import Examples, mix_streams, tokenize_sources
    from embeddings.training.export import export_model
    from embeddings.training.fit import compose, fit_table
    from embeddings.training.sources import read_sources
    from embeddings.training.vocabulary import build_tokenizer

    torch.set_num_threads(recipe.threads)
    sources = read_sources(data, every_document=recipe.every_document)
    tokenizer = build_tokenizer(sources, recipe.chinese, recipe.english, recipe.pieces)
    print(f"{tokenizer.get_vocab_size():,} tokens", flush=True)
    texts = tokenize_sources(sources, tokenizer)
    examples = Examples(texts, tokenizer.get_vocab_size(), recipe.seed)
    streams = {getattr(examples, name): share for name, share in recipe.shares.items()}
    table = fit_table(
        compose(tokenizer),
        examples.rarity,
        mix_streams(streams, recipe.batch, recipe.seed),
        dimension=recipe.dimension,
        steps=recipe.steps,
        rate=recipe.rate,
        temperature=recipe.temperature,
        seed=recipe.seed,
        report=_Report(recipe.steps),
    )
    export_model(tokenizer, table, output)


class _Report:
    """Prints the mean loss now and then."""

    def __init__(self, steps: int, every: int = 250) -> None:
        self._steps, self._every = steps, every
        self._losses: list[float] = []
        self._start = time.monotonic()

    def __call__(self, step: int, loss: float) -> None:
        self._losses.append(loss)
        if len(self._losses) == self._every or step + 1 == self._steps:
            mean = sum(self._losses) / len(self._losses)
            seconds = time.monotonic() - self._start
            print(f"step {step + 1:,} of {self._steps:,}: loss {mean:.3f}, {seconds:.0f} s", flush=True)
            self._losses.clear()


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the training texts")
    parser.add_argument("--output", type=Path, required=True, help="folder to write the model to")
    parser.add_argument("--steps", type=int, default=Recipe().steps, help="training batches")
    parser.add_argument(
        "--hold-out", action="store_true", help="keep the enrichment of every fifth document out"
    )
    arguments = parser.parse_args(argv)
    try:
        recipe = Recipe(steps=arguments.steps, every_document=not arguments.hold_out)
        train(arguments.data, arguments.output, recipe)
    except PolicyQAError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
