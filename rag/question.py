"""What a question asks: its language, names, content words and the facts wanted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from corpus.text import fold, language_of, parse_numeral
from rag.asking import facts_asked, small_talk
from rag.dialogue import complete
from rag.gazetteer import Gazetteer
from rag.glossary import Glossary
from rag.lexicon import load_lexicon
from rag.types import Concept, Query, Turn
from rag.wording import NAME, STATED_FIGURE, concepts_of, terms_of

_STORY = 40
"""Characters from which what a person tells before the question is a story."""

_TOLD = 0.2

_ARTICLE = re.compile(
    r"第\s*([〇零一二两三四五六七八九十百千\d]+)\s*条|\b(?:article|section|clause)\s+(\d{1,3})\b"
)
_DIGITS = re.compile("[一二三四五六七八九]{2,}")  # a list of articles: no article has such a number


def understand(
    question: str, history: Sequence[Turn], gazetteer: Gazetteer, glossary: Glossary | None = None
) -> Query:
    """Reads a question.

    Args:
        question: what the person typed.
        history: the dialogue's earlier turns, the oldest first.
        gazetteer: the names of the collection.
        glossary: what people say for official words; the shipped one where None.

    Returns:
        The question as understood, completed from the dialogue where it does not stand alone.
    """
    folded = fold(question)
    smalltalk = small_talk(folded)
    if smalltalk:
        return Query(question, question, language_of(question), folded, (), smalltalk=smalltalk)
    whole = complete(question, history, gazetteer)
    concepts = (*_in_focus(folded, concepts_of(folded, whole.names, glossary)), *whole.carried)
    facts = facts_asked(folded) or whole.facts
    several = len(whole.named.documents) > 1 and bool(load_lexicon().comparison.search(folded))
    return Query(
        question=question,
        standalone=whole.standalone,
        language=language_of(question),
        folded=fold(whole.standalone),
        terms=terms_of(concepts),
        zones=whole.named.zones,
        documents=whole.named.documents,
        facts=facts,
        comparison=several or len(whole.named.zones) > 1,
        survey=not whole.named.local and bool(load_lexicon().survey.search(folded)),
        inputs=tuple(dict.fromkeys(m[0].strip() for m in STATED_FIGURE.finditer(question))),
        concepts=concepts,
        local=whole.named.local,
        excluded=whole.named.excluded,
        absent=whole.named.absent,
        recent=whole.recent,
        articles=_articles(folded),
        context=whole.context,
        lean=whole.lean,
    )


def _in_focus(folded: str, concepts: tuple[Concept, ...]) -> tuple[Concept, ...]:
    """The content words, those of a story that a phrase such as 我只想问 ends at a share of their weight."""
    ends = [end for _, end in load_lexicon().focus.spans(folded) if end >= _STORY]
    if not ends:
        return concepts
    asked = {c.words[0] for c in concepts_of(folded[ends[-1] :])}
    return tuple(
        c if c.words[0] in asked or c.weight <= NAME else replace(c, weight=c.weight * _TOLD)
        for c in concepts
    )


def _articles(folded: str) -> tuple[int, ...]:
    """Values of the articles named, such as 3 for 第三条; 4, 5 and 7 for 第四五七条."""
    found = [m[1] or m[2] for m in _ARTICLE.finditer(folded)]
    numerals = [n for text in found for n in (text if _DIGITS.fullmatch(text) else [text])]
    return tuple(dict.fromkeys(value for n in numerals if (value := parse_numeral(n))))
