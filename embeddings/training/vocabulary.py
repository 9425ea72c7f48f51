"""The tokenizer of the built-in model: whole Chinese and English words, with pieces to fall back on."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from corpus.text import language_of
from embeddings.training.sources import Sources
from embeddings.training.words import RUN, split_words

UNKNOWN = "[UNK]"
ENDINGS = ("s", "es", "ed", "d", "ing", "er", "ers", "ly", "ies", "ied", "al", "ness", "ment", "ion", "able")
NUMBERS = [str(number) for number in (*range(101), *range(1900, 2031))]
# A word is preferred over its characters even where it was never seen in a text.
CHARACTER_PENALTY = 2.0
# A word's uses in texts and glosses from which it is common enough for vectors of its inflections.
OFTEN = 20
_NAME = re.compile("[A-Z][A-Za-z]+")


def build_tokenizer(sources: Sources, chinese: int, english: int, pieces: int) -> Tokenizer:
    """Builds the tokenizer.

    Args:
        sources: the training texts.
        chinese: how many Chinese words of two and more characters to hold.
        english: how many English words to hold.
        pieces: how many pieces of English words to fall back on.

    Returns:
        A Unigram tokenizer that folds width, case and accents and drops punctuation.
    """
    counts = _count_words(sources)
    words = _choose_chinese(sources, counts, chinese) + _choose_english(sources, counts, english)
    characters = sorted(_characters(sources, counts, words))
    fallbacks = _english_pieces(counts, pieces)
    total = sum(counts.values())

    def score(token: str, penalty: float = 0.0) -> float:
        return round(math.log((counts[token] + 0.5) / total) - penalty, 2)

    scores: dict[str, float] = {UNKNOWN: -100.0}
    scores |= {word: score(word) for word in words}
    scores |= {c: score(c, CHARACTER_PENALTY) for c in characters}
    lowest = math.log(0.5 / total)
    for piece in (*ENDINGS, *fallbacks, *NUMBERS):
        scores.setdefault(piece, lowest - (0.0 if piece in ENDINGS else 3.0))
    return _assemble(scores)


def _assemble(scores: dict[str, float]) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram(list(scores.items()), unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(RUN), behavior="removed", invert=True)
    return tokenizer


def chinese_texts(sources: Sources) -> Iterable[str]:
    """Every Chinese text of the sources but the dictionary's words."""
    yield from (zh.lower() for run in sources.runs for _, zh in run)
    for question, articles in sources.questions:
        yield question
        yield from articles
    for heading, text in sources.clauses:
        yield heading
        yield text
    for wordings, _ in sources.enriched:
        yield from (wording.lower() for wording in wordings if language_of(wording) == "zh")


def english_texts(sources: Sources) -> Iterable[str]:
    """Every English text of the sources but the dictionary's glosses."""
    yield from (en.lower() for run in sources.runs for en, _ in run)
    for wordings, _ in sources.enriched:
        yield from (wording.lower() for wording in wordings if language_of(wording) == "en")


def _count_words(sources: Sources) -> Counter[str]:
    known = {entry.word for entry in sources.dictionary} | {t for group in sources.terms for t in group}
    counts: Counter[str] = Counter()
    for text in chain(chinese_texts(sources), english_texts(sources)):
        counts.update(split_words(text, known))
    return counts


def _gloss_words(sources: Sources) -> Counter[str]:
    """How many dictionary words each English word helps to explain, names left out."""
    counts: Counter[str] = Counter()
    for entry in sources.dictionary:
        glosses = (_NAME.sub(" ", gloss) for gloss in entry.glosses)
        counts.update(dict.fromkeys(chain.from_iterable(split_words(gloss, set()) for gloss in glosses), 1))
    return counts


def _choose_chinese(sources: Sources, counts: Counter[str], limit: int) -> list[str]:
    """Words seen in the texts by count; then those whose plainest gloss uses the commonest English."""
    common = _gloss_words(sources)
    rank: dict[str, tuple[float, float]] = {}
    for entry in sources.dictionary:
        if not 2 <= len(entry.word) <= 8 or not _is_han(entry.word):
            continue
        gloss = list(split_words(entry.glosses[0].lower(), set()))
        plain = min((math.log(1 + common[word]) for word in gloss), default=0.0)
        rank[entry.word] = (counts[entry.word], plain - 0.7 * len(gloss) - 1.5 * max(0, len(entry.word) - 2))
    chosen = [term for group in sources.terms for term in group if _is_han(term) and 2 <= len(term) <= 4]
    chosen += sorted(rank, key=lambda word: rank[word], reverse=True)
    return list(dict.fromkeys(chosen))[:limit]


def _choose_english(sources: Sources, counts: Counter[str], limit: int) -> list[str]:
    """Words by their use in texts and glosses."""
    weight = _gloss_words(sources)
    # A name counts once an entry: else the county towns of China crowd out common words.
    weight.update(
        name.lower() for entry in sources.dictionary for name in _NAME.findall(entry.glosses[0])[:1]
    )
    for word, count in counts.items():
        if word.isascii() and word.isalpha():
            weight[word] += 2 * count
    for group in sources.terms:
        english = (word for term in group for word in split_words(term.lower(), set()) if word.isascii())
        weight.update(dict.fromkeys(english, 1000))
    ordered = sorted((word for word in weight if len(word) > 1), key=lambda word: (-weight[word], word))
    return _without_inflections(ordered, weight)[:limit]


def _without_inflections(words: list[str], weight: Counter[str]) -> list[str]:
    """Leaves out rare forms that a stem and an ending make up, and adds the stems of common -e and -y words.

    "polic" and "requir" are there so that "policies" and "requiring" keep what they share with their stem.
    """
    chosen: dict[str, None] = {}
    for word in words:
        stems = (word.removesuffix(ending) for ending in ENDINGS if word.endswith(ending))
        if weight[word] < OFTEN and any(len(stem) > 3 and stem in chosen for stem in stems):
            continue
        chosen[word] = None
        if weight[word] >= OFTEN and len(word) > 4 and word[-1] in "ey":
            chosen[word[:-1]] = None
    return list(chosen)


def _characters(sources: Sources, counts: Counter[str], words: list[str]) -> set[str]:
    used = {c for word in words for c in word if not word.isascii()}
    single = {e.word for e in sources.dictionary if len(e.word) == 1 and not e.word.isascii()}
    common = {c for c in single if _in_gb2312(c)}
    return used | common | {w for w in counts if len(w) == 1 and not w.isascii()}


def _is_han(text: str) -> bool:
    return all("\u3400" <= character <= "\u9fff" for character in text)


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _english_pieces(counts: Counter[str], limit: int) -> list[str]:
    """Frequent parts of English words, and every letter and digit."""
    words = sorted(w for w in counts if w.isascii() and w.isalpha())
    tokenizer = Tokenizer(models.BPE())
    trainer = trainers.BpeTrainer(vocab_size=limit, show_progress=False, min_frequency=2)
    tokenizer.train_from_iterator(words, trainer)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    return sorted({*tokenizer.get_vocab(), *letters})
