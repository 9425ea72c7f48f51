"""What a question wants support for, where the documents meant speak of it nowhere.

Of a subsidy for electricity the clauses on other subsidies share every word but the one that counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain

from corpus.text import fold
from embeddings.index import Index
from rag.lexicon import read_toml
from rag.types import Query, Ranked

_FULL = 0.99  # the weight of a word of the subject
_MOST_DOCUMENTS = 20
_NUMERALS = "一二两三四五六七八九十几"


def unspoken(query: Query, scope: Sequence[Ranked], index: Index) -> bool:
    """Whether no document meant speaks of the thing that a question wants support for.

    Args:
        query: the question as understood.
        scope: the clauses that may answer, the best first; they are read before the rest of their documents.
        index: where they stand.

    Returns:
        Whether neither the documents nor what people ask about their clauses hold it, in the question's own
        word or an official one for it; false where the question names no such thing, no place or document,
        several places, or one with more documents than are read for that.
    """
    documents = query.documents or query.local
    known = documents and len(documents) <= _MOST_DOCUMENTS and len(query.zones) < 2
    wanted = list(_wanted(query)) if known else []
    units = chain((r.clause_id for r in scope), (c.id for d in documents for c in index.clauses_of(d)))
    while wanted and (unit := next(units, "")):
        text = _text(unit, index)
        wanted = [words for words in wanted if not any(word in text for word in words)]
    return bool(wanted)


def _wanted(query: Query) -> Iterator[tuple[str, ...]]:
    """The things that a question wants support for, each by its own word and official ones."""
    folded = fold(query.question)
    whole = {c.words[0]: c.words for c in query.concepts if not c.carried and c.weight >= _FULL}
    for m in _pattern().finditer(folded):
        longer = folded[max(0, m.start() - 1) : m.start() + 1] in whole  # 审计费 is not 计费
        if m[1] in whole and m[1] not in _verbs() and m[1][0] not in _NUMERALS and not longer:
            yield whole[m[1]]


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(read_toml("unspoken.toml")["wanted"]))


@cache
def _verbs() -> frozenset[str]:
    return frozenset(read_toml("unspoken.toml")["verbs"])


def _text(unit: str, index: Index) -> str:
    """A unit's words and those by which people look for it, folded."""
    entry = index.enrichment.get(unit)
    asked = (*entry.wordings, *entry.terms) if entry else ()
    return fold("\n".join((index.clauses[unit].title, index.clauses[unit].text, *asked)))
