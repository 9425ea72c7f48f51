"""Endless batches of training pairs: a question-like text and the passage that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from embeddings.training.sources import Sources

Ids = npt.NDArray[np.int64]
Pair = tuple[Ids, Ids]
Stream = Callable[[int], list[Pair]]

PASSAGE = 120  # tokens of a long passage
UNIT = 240  # tokens of a long unit with what stands above it
COMMON_ENGLISH = 150


@dataclass(frozen=True, slots=True)
class Texts:
    """The sources as token ids.

    Attributes:
        entries: dictionary entries as (word, glosses).
        runs: runs of aligned (English, Chinese) sentences.
        questions: (question, articles).
        clauses: (heading, text).
        terms: groups of synonyms in both languages.
        enriched: (wordings, unit).
    """

    entries: list[tuple[Ids, list[Ids]]]
    runs: list[list[Pair]]
    questions: list[tuple[Ids, list[Ids]]]
    clauses: list[Pair]
    terms: list[list[Ids]]
    enriched: list[tuple[list[Ids], Ids]]


def tokenize_sources(sources: Sources, tokenizer: Tokenizer) -> Texts:
    """Turns every text of the sources into token ids."""

    def ids(texts: Sequence[str]) -> list[Ids]:
        encoded = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [np.array(encoding.ids, dtype=np.int64) for encoding in encoded]

    def nested(groups: Sequence[Sequence[str]]) -> list[list[Ids]]:
        flat = iter(ids([text for group in groups for text in group]))
        return [[next(flat) for _ in group] for group in groups]

    entries = zip(
        ids([entry.word for entry in sources.dictionary]),
        nested([entry.glosses for entry in sources.dictionary]),
        strict=True,
    )
    questions = zip(
        ids([question for question, _ in sources.questions]),
        nested([articles for _, articles in sources.questions]),
        strict=True,
    )
    enriched = zip(
        nested([wordings for wordings, _ in sources.enriched]),
        ids([unit for _, unit in sources.enriched]),
        strict=True,
    )
    return Texts(
        entries=[(word, [g for g in glosses if len(g)]) for word, glosses in entries if len(word)],
        runs=[
            [
                (en, zh)
                for en, zh in zip(ids([e for e, _ in run]), ids([z for _, z in run]), strict=True)
                if len(en) and len(zh)
            ]
            for run in sources.runs
        ],
        questions=list(questions),
        clauses=[(h, t) for h, t in nested(sources.clauses) if len(t)],
        terms=nested(sources.terms),
        enriched=list(enriched),
    )


class Examples:
    """Draws batches of pairs from the tokenized sources, reproducibly."""

    def __init__(self, texts: Texts, vocabulary_size: int, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._texts = texts
        self._entries = [entry for entry in texts.entries if entry[1]]
        self._glosses = {int(word[0]): glosses for word, glosses in self._entries if len(word) == 1}
        self.counts = _count_tokens(texts, vocabulary_size)
        total = self.counts.sum()
        self.rarity = 1e-3 / (1e-3 + self.counts / total)
        self._entry_thresholds = self._weigh_entries()
        english = np.concatenate([en for run in texts.runs[:1] for en, _ in run])
        self._common_english = np.bincount(english).argsort()[::-1][:COMMON_ENGLISH]
        self._chinese = [text for _, text in texts.clauses]
        self._chinese += [article for _, articles in texts.questions for article in articles]
        self._chinese += [zh for run in texts.runs[1:] for _, zh in run]

    def _weigh_entries(self) -> npt.NDArray[np.float64]:
        seen = np.array([self.counts[word].min() for word, _ in self._entries], dtype=np.float64)
        weights = np.sqrt(seen + 0.3)
        return np.cumsum(weights / weights.sum())

    def _draw_entries(self, shape: int | tuple[int, int]) -> Ids:
        return np.searchsorted(self._entry_thresholds, self._random.random(shape))

    def dictionary(self, size: int) -> list[Pair]:
        """A gloss, or two, and its Chinese word."""
        chosen = self._draw_entries(size)
        return [(self._gloss(self._entries[i][1]), self._entries[i][0]) for i in chosen]

    def word_bags(self, size: int) -> list[Pair]:
        """A few glosses, and a passage of random words that holds the words they explain."""
        pairs = []
        for chosen in self._draw_entries((size, 20)):
            few = chosen[: self._random.integers(2, 5)]
            query = np.concatenate([self._gloss(self._entries[i][1]) for i in few])
            pairs.append((query, np.concatenate([self._entries[i][0] for i in chosen])))
        return pairs

    def parallel(self, size: int) -> list[Pair]:
        """A sentence or a part of it, and the passage around its translation; either language asks."""
        pairs = []
        for _ in range(size):
            kind = self._random.choice(len(self._texts.runs), p=(0.45, 0.3, 0.25))
            run = self._texts.runs[kind]
            i = int(self._random.integers(len(run)))
            around = self._around(run, i, shuffled=kind == 0)
            question, answer = (0, 1) if self._random.random() < 0.7 else (1, 0)
            passage = np.concatenate([pair[answer] for pair in around])
            pairs.append((self._part(run[i][question]), passage[:PASSAGE]))
        return pairs

    def _around(self, run: list[Pair], i: int, shuffled: bool) -> list[Pair]:
        extra = int(self._random.integers(0, 5))
        if shuffled:
            return [run[i], *(run[j] for j in self._random.integers(len(run), size=extra))]
        before = int(self._random.integers(0, extra + 1))
        return [run[i], *run[max(0, i - before) : i], *run[i + 1 : i + 1 + extra - before]]

    def articles(self, size: int) -> list[Pair]:
        """A lay question and its article; a heading and its clause; a part of a clause and the rest."""
        pairs = []
        for _ in range(size):
            draw = self._random.random()
            if draw < 0.3:
                question, articles = self._texts.questions[self._random.integers(len(self._texts.questions))]
                pairs.append((question, articles[self._random.integers(len(articles))]))
            elif draw < 0.5:
                heading, text = self._texts.clauses[self._random.integers(len(self._texts.clauses))]
                pairs.append((heading if len(heading) else self._part(text), text))
            else:
                pairs.append(self._cloze(self._chinese[self._random.integers(len(self._chinese))]))
        return pairs

    def _cloze(self, text: Ids) -> Pair:
        if len(text) < 12:
            return text, text
        length = max(3, len(text) // 4)
        start = int(self._random.integers(len(text) - length))
        rest = np.concatenate([text[:start], text[start + length :]])
        return text[start : start + length], rest if self._random.random() < 0.7 else text

    def glossed(self, size: int) -> list[Pair]:
        """A few telling words of a Chinese passage in English, and the passage."""
        pairs: list[Pair] = []
        while len(pairs) < size:
            text = self._chinese[self._random.integers(len(self._chinese))][:PASSAGE]
            known = np.array([t for t in text if int(t) in self._glosses], dtype=np.int64)
            if not len(known):
                continue
            weights = self.rarity[known]
            count = min(len(known), int(self._random.integers(2, 7)))
            words = self._random.choice(known, size=count, replace=False, p=weights / weights.sum())
            translated = [self._gloss(self._glosses[int(word)]) for word in words]
            noise = self._random.choice(self._common_english, size=int(self._random.integers(0, 6)))
            pairs.append((np.concatenate([*translated, noise]), text))
        return pairs

    def synonyms(self, size: int) -> list[Pair]:
        """Two expressions of one group of terms."""
        groups = self._texts.terms
        pairs = []
        for i in self._random.integers(len(groups), size=size):
            a, b = self._random.choice(len(groups[i]), size=2, replace=False)
            pairs.append((groups[i][a], groups[i][b]))
        return pairs

    def enriched(self, size: int) -> list[Pair]:
        """A question, or a part of it, and the unit of a policy that it was written for."""
        entries = self._texts.enriched
        pairs = []
        for i in self._random.integers(len(entries), size=size):
            wordings, unit = entries[i]
            pairs.append((self._part(wordings[self._random.integers(len(wordings))]), unit[:UNIT]))
        return pairs

    def _gloss(self, glosses: list[Ids]) -> Ids:
        """One gloss, the first ones most often."""
        return glosses[min(int(self._random.exponential(1.2)), len(glosses) - 1)]

    def _part(self, text: Ids) -> Ids:
        """The text or, as often, a stretch of it."""
        if len(text) < 6 or self._random.random() < 0.5:
            return text
        length = int(self._random.integers(3, len(text)))
        start = int(self._random.integers(len(text) - length + 1))
        return text[start : start + length]


def _count_tokens(texts: Texts, vocabulary_size: int) -> npt.NDArray[np.int64]:
    flat = [ids for run in texts.runs for pair in run for ids in pair]
    flat += [question for question, _ in texts.questions]
    flat += [article for _, articles in texts.questions for article in articles]
    flat += [ids for clause in texts.clauses for ids in clause]
    flat += [word for word, _ in texts.entries]
    flat += [wording for wordings, _ in texts.enriched for wording in wordings]
    counts = np.bincount(np.concatenate(flat), minlength=vocabulary_size)
    return counts.astype(np.int64)


def mix_streams(streams: Mapping[Stream, float], size: int, seed: int) -> Callable[[int], list[Pair]]:
    """One stream per batch, drawn by weight: pairs of one kind are each other's hardest contrasts."""
    random = np.random.default_rng(seed)
    names = list(streams)
    weights = np.array([streams[name] for name in names])
    weights = weights / weights.sum()
    return lambda _: names[int(random.choice(len(names), p=weights))](size)
