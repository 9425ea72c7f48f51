"""Fits the table of token vectors to pairs of texts by contrast within each batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from embeddings.training.examples import Ids, Pair
from embeddings.training.words import stem

Table = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Composition:
    """Which features make up each token's vector, in the order of the tokens.

    Attributes:
        starts: ``(tokens + 1,)`` where each token's features begin in the other two.
        features: the features' numbers.
        shares: how much each counts.
    """

    starts: npt.NDArray[np.int64]
    features: npt.NDArray[np.int64]
    shares: npt.NDArray[np.float32]


def compose(tokenizer: Tokenizer) -> Composition:
    """Gives every token a feature of its own and those that it shares with its kin.

    A Chinese word shares those of its characters and of the shorter words that it contains, an English word
    one with all that have its stem, so that rare words start near words that mean something similar.
    """
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    known = {token for token, _ in vocabulary}
    numbers: dict[str, int] = {}
    starts, features, shares = [0], [], []
    for token, _ in vocabulary:
        for group in _features(token, known):
            for name in group:
                features.append(numbers.setdefault(name, len(numbers)))
                shares.append(1.0 / len(group))
        starts.append(len(features))
    return Composition(np.array(starts), np.array(features), np.array(shares, dtype=np.float32))


def _features(token: str, known: Set[str]) -> list[list[str]]:
    """The names of a token's features in groups; each group counts as much as the token's own."""
    if token.isascii():
        return [["=" + token], ["stem " + stem(token)]]
    inner = [
        "=" + token[start:end]
        for start in range(len(token))
        for end in range(start + 2, len(token) + 1)
        if end - start < len(token) and token[start:end] in known
    ]
    groups = [["=" + token], ["in " + character for character in token], inner]
    return [group for group in groups if group]


def fit_table(
    composition: Composition,
    rarity: npt.NDArray[np.float64],
    draw: Callable[[int], list[Pair]],
    *,
    dimension: int,
    steps: int,
    rate: float,
    temperature: float,
    seed: int,
    report: Callable[[int, float], None],
) -> Table:
    """Learns a vector per token.

    Args:
        composition: from :func:`compose`.
        rarity: starting weight of each token.
        draw: gives the pairs of step n; every other pair's passage is a wrong one for a question.
        dimension: numbers per vector.
        steps: how many batches.
        rate: the highest learning rate; it rises over the first twentieth and then falls to nothing.
        temperature: of the softmax over a batch.
        seed: for the first random vectors.
        report: called with (step, loss) after each step.

    Returns:
        ``(tokens, dimension)`` float32.
    """
    generator = torch.Generator().manual_seed(seed)
    size = (int(composition.features.max()) + 1, dimension)
    features = (torch.randn(size, generator=generator) * dimension**-0.5).requires_grad_()
    weights = torch.tensor(np.log(rarity), dtype=torch.float32).requires_grad_()
    optimizer = torch.optim.Adam([features, weights], lr=rate, betas=(0.9, 0.98), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=rate, total_steps=steps, pct_start=0.05, anneal_strategy="linear"
    )
    for step in range(steps):
        pairs = draw(step)
        tokens, texts = _number_tokens([text for pair in zip(*pairs, strict=True) for text in pair])
        vectors = _token_vectors(composition, features, weights, tokens)
        means = functional.normalize(_means(vectors, texts))
        questions, passages = means[: len(pairs)], means[len(pairs) :]
        scores = questions @ passages.T / temperature
        targets = torch.arange(len(pairs))
        loss = functional.cross_entropy(scores, targets) + functional.cross_entropy(scores.T, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        report(step, float(loss.detach()) / 2)
    with torch.no_grad():
        return _token_vectors(composition, features, weights, np.arange(len(rarity))).numpy()


def _number_tokens(texts: Sequence[Ids]) -> tuple[Ids, list[Ids]]:
    """The different tokens of a batch, and the texts with their tokens numbered by these."""
    tokens, numbered = np.unique(np.concatenate(texts), return_inverse=True)
    return tokens, np.split(numbered, np.cumsum([len(text) for text in texts])[:-1])


def _token_vectors(
    composition: Composition, features: torch.Tensor, weights: torch.Tensor, tokens: Ids
) -> torch.Tensor:
    first, last = composition.starts[tokens], composition.starts[tokens + 1]
    places = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])
    vectors = functional.embedding_bag(
        torch.from_numpy(composition.features[places]),
        features,
        torch.from_numpy(np.cumsum(last - first) - (last - first)),
        mode="sum",
        per_sample_weights=torch.from_numpy(composition.shares[places]),
    )
    return vectors * weights[torch.from_numpy(tokens)].exp()[:, None]


def _means(vectors: torch.Tensor, texts: Sequence[Ids]) -> torch.Tensor:
    offsets = np.cumsum([0, *(len(text) for text in texts[:-1])])
    ids = torch.from_numpy(np.concatenate(texts))
    return functional.embedding_bag(ids, vectors, torch.from_numpy(offsets), mode="mean")
