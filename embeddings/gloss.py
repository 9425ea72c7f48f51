"""Chinese words for English ones, read off the vectors of the built-in model.

The static model puts a word of one language next to its translations in the other, so its table is a
learned dictionary: with it a lexical search in Chinese texts can serve an English question.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np
import numpy.typing as npt

from corpus.errors import PolicyQAError
from corpus.text import fold
from embeddings.encoder import Encoder
from embeddings.tokens import lexical_tokens

TERMS = 10
NEAR = 0.35  # a cosine below this is chance
SHARPNESS = 2.0


class Glossary:
    """Finds the Chinese words that lie nearest to English ones."""

    def __init__(self, encoder: Encoder) -> None:
        """Takes the words of a static model.

        Args:
            encoder: the built-in model's encoder, or another static one.

        Raises:
            PolicyQAError: if the model is not static and so has no vector of its own for a word.
        """
        if encoder.token_vectors is None:
            raise PolicyQAError(f"{encoder.name} is no static model: it cannot gloss single words")
        self._tokenizer, self._table = encoder.token_vectors
        chinese = sorted(pair for pair in self._tokenizer.get_vocab().items() if not pair[0].isascii())
        self._terms = [term for term, _ in chinese]
        self._vectors = _unit_rows(self._table[[row for _, row in chinese]])

    def gloss(self, word: str, k: int = TERMS) -> list[tuple[str, float]]:
        """Chinese words for an English word.

        Args:
            word: one English word.
            k: at most how many.

        Returns:
            (Chinese word, cosine), the nearest first; empty where nothing is near.
        """
        glossed = self._gloss_words(fold(word), k)
        return glossed[0][2] if glossed else []

    def search_tokens(self, question: str, k: int = TERMS) -> dict[str, float]:
        """What to look up in a lexical index of Chinese texts for an English question.

        Args:
            question: the question; its Chinese words, names and numbers are looked up as they are.
            k: Chinese words per English word.

        Returns:
            Lexical tokens with weights up to 1: an English word and its glosses weigh less the commoner the
            word is, and a gloss the less the farther it is.
        """
        folded = fold(question)
        weights = dict.fromkeys(lexical_tokens(folded), 1.0)
        glossed = self._gloss_words(folded, k)
        heaviest = max((length for _, length, _ in glossed), default=1.0)
        for word, length, terms in glossed:
            if word in weights:
                weights[word] = length / heaviest
            for term, cosine in terms:
                parts = [token for token in lexical_tokens(term) if len(token) > 1] or [term]
                weight = length / heaviest * cosine**SHARPNESS / len(parts)
                for part in parts:
                    weights[part] = max(weight, weights.get(part, 0.0))
        return weights

    def _gloss_words(self, text: str, k: int) -> list[tuple[str, float, list[tuple[str, float]]]]:
        """For every English word of a text: the word, its vector's length, its Chinese words."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        pieces = zip(encoding.word_ids, encoding.ids, encoding.tokens, strict=True)
        words, vectors = [], []
        for _, group in groupby(pieces, key=lambda piece: piece[0]):
            _, rows, tokens = zip(*group, strict=True)
            word = "".join(tokens)
            if word.isascii() and word.isalpha():
                words.append(word)
                vectors.append(self._table[list(rows)].sum(axis=0))
        if not words:
            return []
        lengths = np.linalg.norm(vectors, axis=1)
        # By einsum, for BLAS wakes threads that go on spinning when so small a product is done.
        cosines = np.einsum("wd,vd->wv", _unit_rows(np.array(vectors)), self._vectors)
        best = _best_columns(cosines, k)
        return [
            (
                word,
                float(lengths[i]),
                [(self._terms[j], float(cosines[i, j])) for j in best[i] if cosines[i, j] >= NEAR],
            )
            for i, word in enumerate(words)
        ]


def _best_columns(scores: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.int64]:
    """For each row the columns of its k best scores, the best first, equal ones by column."""
    k = min(k, scores.shape[1])
    best = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1)


def _unit_rows(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: npt.NDArray[np.float32] = vectors / np.maximum(lengths, 1e-12)
    return unit
