"""What a question asks: its language, names, content words and the facts wanted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.text import fold, language_of
from rag.asking import facts_asked, small_talk
from rag.dialogue import complete
from rag.gazetteer import Gazetteer
from rag.lexicon import load_lexicon
from rag.types import Query, Turn
from rag.wording import concepts_of, terms_of

_INPUT = re.compile(
    r"(?:RMB|CNY|¥|US\$|\$)?\s*\d+(?:[.,]\d+)*\s*(?:万亿|亿|千万|百万|万|千|百|million|billion|thousand)?\s*"
    r"(?:元|块钱|块|美元|yuan|RMB|个人|个|家|名|人|项|台|套|平方米|平米|%|％|年|个月|天|次|people|employees|staff"
    r"|percent)?"
    r"|[一二两三四五六七八九十百千]+(?:万亿|亿|千万|百万|万)元?"
    r"|(?:一半|[一二两三四五六七八九]成)",
    re.IGNORECASE,
)


def understand(question: str, history: Sequence[Turn], gazetteer: Gazetteer) -> Query:
    """Reads a question.

    Args:
        question: what the person typed.
        history: the dialogue's earlier turns, the oldest first.
        gazetteer: the names of the collection.

    Returns:
        The question as understood, completed from the dialogue where it does not stand alone.
    """
    folded = fold(question)
    smalltalk = small_talk(folded)
    if smalltalk:
        return Query(question, question, language_of(question), folded, (), smalltalk=smalltalk)
    whole = complete(question, history, gazetteer)
    concepts = (*concepts_of(folded, whole.names), *whole.carried)
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
        inputs=tuple(dict.fromkeys(m[0].strip() for m in _INPUT.finditer(question))),
        concepts=concepts,
        local=whole.named.local,
        excluded=whole.named.excluded,
        absent=whole.named.absent,
        recent=whole.recent,
    )
