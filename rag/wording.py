"""The content words of a question, with the words that policy texts use for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache, lru_cache

from corpus.text import fold
from embeddings.encoder import Encoder
from embeddings.gloss import Glossary as LearnedGlossary
from embeddings.tokens import lexical_tokens
from rag.gazetteer import Name
from rag.glossary import Glossary, load_glossary
from rag.lexicon import Lexicon, load_lexicon
from rag.types import Concept

FUNCTION, ASKING, POLICY, NAME, OWN_FIGURE, ASKED_FIGURE, BROKEN = 0.05, 0.35, 0.35, 0.25, 0.3, 0.6, 0.6
"""Weights of words that say little: function words, words for what is wanted, words of every policy,
names of zones and documents (these steer instead), the person's own figures and others, and pairs of
characters of which one is a function word by itself."""

BARE = 1.5
"""Content weight up to which a question names no subject of its own."""

_WHOLE_NAME = 1.5
_ALTERNATIVE = 0.6
_PART = 0.4
_UNKNOWN_ENGLISH = 0.4
_SHORTEST_GLOSSED = 3
_GLOSSES = 8
_LEAST_COSINE = 0.4
_BESIDE_BEST = 0.6
_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z][a-z0-9&+#'’-]*|\d+[a-z]+")
_FIGURE = re.compile(
    r"(?:rmb|cny|¥|\$)?\s*\d+(?:[.,]\d+)*\s*(?:万亿|亿|千万|百万|万|千|百|million|billion|thousand)?\s*"
    r"(?:元|块|美元|yuan|rmb|个|家|名|人|项|台|套|平方米|平米|%|年|月|天|次|岁|people|employees|staff)?"
)
_OWN_CASE = re.compile(r"[我咱]|本公司|本企业|\b(?:we|our|us|i|my)\b")
_NUMERAL_FIGURE = re.compile(r"[一二两三四五六七八九十百千]+(?:万亿|亿|千万|百万|万)元?")


STATED_FIGURE = re.compile(
    r"(?:RMB|CNY|¥|US\$|\$)?\s*\d+(?:[.,]\d+)*\s*(?:万亿|亿|千万|百万|万|千|百|million|billion|thousand)?\s*"
    r"(?:元|块钱|块|美元|yuan|RMB|个人|个|家|名|人|项|台|套|平方米|平米|%|％|年|个月|天|次|people|employees|staff"
    r"|percent)?"
    r"|[一二两三四五六七八九十百千]+(?:万亿|亿|千万|百万|万)元?"
    r"|(?:一半|[一二两三四五六七八九]成)",
    re.IGNORECASE,
)
"""Amounts, counts and dates as a person types them."""


def concepts_of(
    folded: str, names: Sequence[Name] = (), glossary: Glossary | None = None
) -> tuple[Concept, ...]:
    """Finds the content words of a question.

    Args:
        folded: the folded question.
        names: the names of places and documents in it.
        glossary: what people say for official words; the shipped one where None.

    Returns:
        Concepts in the question's order; a word that comes twice is given once, with its larger weight.
    """
    lexicon, glossary = load_lexicon(), glossary or load_glossary()
    weights = _character_weights(folded, lexicon)
    for name in names:
        if name.steers:
            weights[name.start : name.end] = [
                min(w, NAME, _WHOLE_NAME / (name.end - name.start)) for w in weights[name.start : name.end]
            ]
    found = _han_concepts(folded, weights, lexicon, glossary)
    found += _latin_concepts(folded, names, lexicon, glossary)
    found += [Concept((n.chinese,), NAME if n.steers else 1.0) for n in names if n.chinese]
    found += _number_concepts(folded, weights)
    merged: dict[str, Concept] = {}
    for concept in found:
        held = merged.get(concept.words[0])
        if held is None or held.weight < concept.weight:
            merged[concept.words[0]] = concept
    return tuple(merged.values())


def terms_of(
    concepts: Iterable[Concept], rarity: Callable[[str], float] | None = None
) -> tuple[tuple[str, float], ...]:
    """Turns concepts into weighted tokens for the lexical index.

    Args:
        concepts: content words of a question.
        rarity: how much a token says where it is looked up, such as its idf; None where that is unknown.

    Returns:
        Tokens with weights, each token once. A word's alternatives share its weight. With ``rarity`` they
        count together no more than the person's own word: weight times rarity, summed over the tokens.
    """
    terms: dict[str, float] = {}
    for concept in concepts:
        own, *others = concept.words
        share = concept.weight / max(1, len(others)) ** 0.5
        if not own.isascii() or own.isdigit():
            share *= _ALTERNATIVE
        said = _token_weights((own,), concept.weight)
        instead = _token_weights(others, share)
        part = min(1.0, _worth(said, rarity) / _worth(instead, rarity)) if instead and rarity else 1.0
        for token, weight in (*said.items(), *((token, weight * part) for token, weight in instead.items())):
            terms[token] = max(terms.get(token, 0.0), weight)
    return tuple(terms.items())


def _worth(weights: dict[str, float], rarity: Callable[[str], float]) -> float:
    return sum(weight * rarity(token) for token, weight in weights.items()) or 1.0


def _token_weights(words: Iterable[str], weight: float) -> dict[str, float]:
    """The tokens of some words; a single character counts half."""
    return {
        token: weight if len(token) > 1 else weight / 2 for word in words for token in lexical_tokens(word)
    }


def own_case(folded: str) -> bool:
    """Whether a folded text speaks of the person's own company."""
    return bool(_OWN_CASE.search(folded))


def own_weight(concepts: Iterable[Concept]) -> float:
    """How much of a subject a question names by itself: the sum of its words' weights above light ones."""
    return sum(c.weight for c in concepts if c.weight > BROKEN and not c.carried)


def carried(concepts: Iterable[Concept], share: float) -> tuple[Concept, ...]:
    """The content words of an earlier turn, at a share of their weight."""
    return tuple(replace(c, weight=c.weight * share, carried=True) for c in concepts if c.weight > NAME)


def _character_weights(folded: str, lexicon: Lexicon) -> list[float]:
    """For every character the weight of the longest light word that it stands in; 1 for content."""
    weights = [1.0] * len(folded)
    light = _light_words()
    longest = max(map(len, light))
    for run in _HAN_RUN.finditer(folded):
        position = run.start()
        while position < run.end():
            for length in range(min(longest, run.end() - position), 1, -1):
                weight = light.get(folded[position : position + length])
                if weight is not None:
                    weights[position : position + length] = [weight] * length
                    position += length
                    break
            else:
                position += 1
    figure_weight = OWN_FIGURE if own_case(folded) else ASKED_FIGURE
    for pattern in (_FIGURE, _NUMERAL_FIGURE):
        for figure in pattern.finditer(folded):
            if any(c.isdigit() or c in "亿万" for c in figure[0]):
                start, end = figure.span()
                weights[start:end] = [min(w, figure_weight) for w in weights[start:end]]
    return weights


@cache
def _light_words() -> dict[str, float]:
    """Chinese words of at least two characters that say little, with their weights."""
    lexicon = load_lexicon()
    groups = ((lexicon.policy, POLICY), (lexicon.asking, ASKING), (lexicon.function, FUNCTION))
    return {
        word: weight for words, weight in groups for word in words if len(word) > 1 and not word.isascii()
    }


def _han_concepts(folded: str, weights: list[float], lexicon: Lexicon, glossary: Glossary) -> list[Concept]:
    """Pairs of neighbouring characters; single ones only where a run has no pair."""
    found: list[Concept] = []
    lay = list(glossary.lay_words(folded))
    for run in _HAN_RUN.finditer(folded):
        start, end = run.span()
        if end - start == 1:
            single = FUNCTION if run[0] in lexicon.function else weights[start] * BROKEN
            found.append(Concept((run[0],), single))
        for i in range(start, end - 1):
            pair = folded[i : i + 2]
            weight = (weights[i] + weights[i + 1]) / 2
            others = tuple(w for a, b, words in lay if a <= i and i + 2 <= b for w in words)
            whole = bool(others) or pair in lexicon.content
            if weight > BROKEN and not whole and any(c in lexicon.function for c in pair):
                weight = BROKEN if not all(c in lexicon.function for c in pair) else FUNCTION
            found.append(Concept((pair, *others), weight))
    for start, end, words in lay:
        if end - start == 1:
            found.append(Concept((folded[start:end], *words), ASKING))
    return found


def _latin_concepts(
    folded: str, names: Sequence[Name], lexicon: Lexicon, glossary: Glossary
) -> list[Concept]:
    """English words and phrases with their Chinese alternatives, the longest phrases first."""
    found: list[Concept] = []
    words = [m for m in _LATIN.finditer(folded) if not any(n.start <= m.start() < n.end for n in names)]
    i = 0
    while i < len(words):
        for length in range(min(glossary.longest_phrase, len(words) - i), 0, -1):
            phrase = " ".join(_base(m[0]) for m in words[i : i + length])
            chinese = _look_up(phrase, glossary)
            if chinese and (length > 1 or words[i][0] not in lexicon.function):
                weight = _english_weight(phrase, words[i][0] if length == 1 else phrase, lexicon)
                found.append(Concept((phrase, *chinese), weight))
                parts = words[i : i + length] if length > 1 else ()
                found += [
                    _part(part[0], weight, glossary) for part in parts if part[0] not in lexicon.function
                ]
                i += length
                break
        else:
            word = words[i][0]
            if word not in lexicon.function:
                light = _english_weight(_base(word), word, lexicon)
                learned = learned_glosses(_base(word)) if glossary.learned else ()
                known = learned or any(c.isdigit() for c in word)
                found.append(Concept((word, *learned), light if known else min(light, _UNKNOWN_ENGLISH)))
            i += 1
    return found


def _part(word: str, weight: float, glossary: Glossary) -> Concept:
    """A word of a phrase, which a text may hold where it does not hold the whole."""
    return Concept((word, *_look_up(_base(word), glossary)), weight * _PART)


@lru_cache(maxsize=10_000)
def learned_glosses(word: str) -> tuple[str, ...]:
    """Chinese words that the built-in model has learned for an English one.

    Args:
        word: an English word in lower case.

    Returns:
        Those near enough, the nearest first; mostly none for a name.
    """
    if not word.isalpha() or len(word) < _SHORTEST_GLOSSED:
        return ()
    near = _learned().gloss(word, _GLOSSES)
    least = max(_LEAST_COSINE, near[0][1] * _BESIDE_BEST) if near else 1.0
    return tuple(fold(chinese) for chinese, cosine in near if cosine >= least)


@cache
def _learned() -> LearnedGlossary:
    return LearnedGlossary(Encoder.load())


def _english_weight(phrase: str, word: str, lexicon: Lexicon) -> float:
    if phrase in lexicon.asking or word in lexicon.asking:
        return ASKING
    if phrase in lexicon.policy or word in lexicon.policy:
        return POLICY
    return 1.0


def _base(word: str) -> str:
    return re.sub(r"['’]s?$", "", word)


def _look_up(phrase: str, glossary: Glossary) -> tuple[str, ...]:
    """The Chinese words for an English phrase in any of its forms."""
    head, _, last = phrase.rpartition(" ")
    for form in _forms(last):
        chinese = glossary.english.get(f"{head} {form}".strip())
        if chinese:
            return chinese
    return ()


def _forms(word: str) -> list[str]:
    """The word itself and what it may be a plural, a past or an -ing form of."""
    forms = [word]
    for ending, endings in (("ies", ("y",)), ("es", ("", "e")), ("s", ("",)), ("ied", ("y",))):
        if word.endswith(ending):
            forms += [word.removesuffix(ending) + e for e in endings]
    for ending in ("ed", "ing", "er", "ers"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2:
            forms += [stem, stem + "e"]
            if stem[-1] == stem[-2]:
                forms.append(stem[:-1])
    return forms


def _number_concepts(folded: str, weights: list[float]) -> list[Concept]:
    """Numbers, which a text may hold as they stand."""
    return [
        Concept((m[0],), weights[m.start()])
        for m in re.finditer(r"(?<![\w.])\d+(?:\.\d+)?[%‰]?(?![\w.]*[a-z])", folded)
    ]
