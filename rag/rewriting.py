"""A follow-up question rewritten by a language model so that it can be understood alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from threading import Event

from corpus.text import fold, language_of
from rag.figures import figures, unsupported
from rag.generators.language_model import LanguageModel, write
from rag.generators.prompts import rewrite_prompt
from rag.lexicon import load_lexicon
from rag.types import Query, Turn

_TURNS = 3
_MOST_TOKENS = 100
_LONGEST = 200
_HAN_OR_WORD = re.compile(r"[㐀-鿿]|[a-z]+")
_MARKS = "“”\"'「」 \t"


def rewrite(model: LanguageModel, query: Query, history: Sequence[Turn], cancel: Event) -> str:
    """Asks a model for a follow-up as one question that stands alone.

    It may only join what the person has said: a word or figure that stands in none of the questions makes
    it void, and so does another language.

    Args:
        model: the model.
        query: the follow-up as the rules understand it.
        history: the dialogue's earlier turns, the oldest first.
        cancel: ends the generation when it is set.

    Returns:
        The question; empty where the question stands alone or what is written does not hold.

    Raises:
        PolicyQAError: if the model cannot be reached or cannot go on.
    """
    if query.standalone == query.question or not history:
        return ""
    before = [_asked(turn) for turn in history[-_TURNS:]]
    written = ""
    with closing(write(model, rewrite_prompt(query.question, before), _MOST_TOKENS, cancel)) as pieces:
        for piece in pieces:
            written += piece
            if "\n" in written.strip():
                break
    line = written.strip().partition("\n")[0].strip(_MARKS)
    return line if not cancel.is_set() and _holds(line, query, before) else ""


def _asked(turn: Turn) -> str:
    return (
        turn.answer.standalone_question if turn.answer and turn.answer.standalone_question else turn.question
    )


def _holds(line: str, query: Query, before: Sequence[str]) -> bool:
    """Whether a rewritten question only says what the person has said."""
    told = "\n".join((*before, query.question))
    if not line or len(line) > _LONGEST or language_of(line) != query.language:
        return False
    if unsupported(figures(line), figures(told)):
        return False
    known = set(_HAN_OR_WORD.findall(fold(told)))
    known |= {c for word in load_lexicon().function for c in (_HAN_OR_WORD.findall(word))}
    return set(_HAN_OR_WORD.findall(fold(line))) <= known
