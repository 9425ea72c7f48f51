"""Completing a follow-up question from the turns before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from corpus.text import fold, language_of
from rag.asking import facts_asked
from rag.gazetteer import Gazetteer, Name, Named
from rag.lexicon import load_lexicon
from rag.types import Concept, Fact, Turn
from rag.wording import BARE, STATED_FIGURE, carried, concepts_of, own_weight

SHORT = 6.0
"""Content weight up to which a follow-up that points back leans on the subject before."""

WHOLE_SUBJECT, PART_SUBJECT, HINT = 0.5, 0.35, 0.15
"""Shares of weight at which the words of the turns before are carried on: into a question without a
subject, into one that points back or names a new side of it, into one that only lacks the place."""

_FIRST_AFTER_OTHER = 0.6
_NEW_SIDE = 1.0  # a whole word of its own, and nothing asked of it: 企业上云呢？
_CONTEXT = re.compile(r"^[（(](?P<context>.*?)[）)]\s*(?P<own>.+)$", re.DOTALL)
_JOINT = "；"
_END = re.compile(r"[\s?？!！。.,，]+$")
_ELLIPSIS = re.compile(r"呢\s*(?:$|[,，?？])|^(?:那|那么|and |what about|how about)")


@dataclass(frozen=True, slots=True)
class Completed:
    """A question with what the dialogue adds.

    Attributes:
        standalone: the question as it can be understood alone.
        named: the zones and documents meant.
        names: the names in the folded question itself.
        carried: content words of the turn it follows up.
        facts: kinds of fact asked for before, for a question that names none itself.
        recent: ids of the clauses cited before.
        context: the earlier questions that it leans on, where they are not said anew.
        lean: how much it leans on them, from 0 to 1.
    """

    standalone: str
    named: Named
    names: tuple[Name, ...] = ()
    carried: tuple[Concept, ...] = ()
    facts: tuple[Fact, ...] = ()
    recent: tuple[str, ...] = ()
    context: str = ""
    lean: float = 0.0


@dataclass(frozen=True, slots=True)
class _Before:
    """The turn that a follow-up leans on.

    Attributes:
        subject: the question that the dialogue is about, without its end mark.
        last: the last question that named something of its own since; empty where there is none.
        named: what they named.
        cited: ids of the clauses cited for it, each with its document's.
        facts: the kinds of fact that were asked for.
    """

    subject: str
    last: str
    named: Named
    cited: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]

    @property
    def context(self) -> str:
        """Its questions as one text."""
        return _JOINT.join(part for part in (self.subject, self.last) if part)


def complete(question: str, history: Sequence[Turn], gazetteer: Gazetteer) -> Completed:
    """Completes a question from a dialogue.

    Args:
        question: what the person typed.
        history: the dialogue's earlier turns, the oldest first.
        gazetteer: the names of the collection.

    Returns:
        The completed question; one that stands alone is unchanged.
    """
    folded = fold(question)
    named = gazetteer.find(folded)
    alone = Completed(question, named, named.names)
    before = _turn_leant_on(history, gazetteer)
    if before is None or named.absent:
        return alone
    own = own_weight(concepts_of(folded, named.names))
    placed = bool(named.local or named.documents)
    pointing = bool(load_lexicon().pronouns.search(folded) or _ELLIPSIS.search(folded))
    if placed and own > BARE and not pointing:
        return alone
    if not named.local:
        named = gazetteer.find(folded, before.named.local)
    return _lean(question, named, before, own, pointing, gazetteer)


def _lean(
    question: str, named: Named, before: _Before, own: float, pointing: bool, gazetteer: Gazetteer
) -> Completed:
    new_side = pointing and own >= _NEW_SIDE and not facts_asked(fold(question))
    if own <= BARE and not new_side:
        share = WHOLE_SUBJECT
    elif pointing and own <= SHORT:
        share = PART_SUBJECT
    else:
        share = HINT
    scope = _scope(named, before)
    first = share * _FIRST_AFTER_OTHER if before.last else share
    words = carried(_content(before.last, gazetteer), share) + carried(
        _content(before.subject, gazetteer), first
    )
    exchanged = _exchanged(question, named, before, gazetteer) if own <= BARE else ""
    # Another figure is a case of the question exchanged; another place, of whatever was asked last.
    facts = before.facts if named.local else facts_asked(fold(exchanged)) or before.facts
    return Completed(
        standalone=exchanged or _in_context(question, before),
        named=scope,
        names=named.names,
        carried=words,
        facts=facts if pointing or own <= BARE else (),
        recent=() if named.local else tuple(c for c, d in before.cited if d not in scope.excluded),
        context="" if exchanged else before.context,
        lean=0.0 if exchanged else share,
    )


def _content(question: str, gazetteer: Gazetteer) -> tuple[Concept, ...]:
    folded = fold(question)
    return concepts_of(folded, gazetteer.find(folded).names)


def _scope(named: Named, before: _Before) -> Named:
    """The places and documents meant: those named now, else those of the turns before."""
    if named.local:
        return named
    excluded = set(named.excluded)
    if named.documents and named.excluded:
        excluded |= {document for _, document in before.cited}
    excluded -= set(named.documents)
    documents = named.documents or before.named.documents
    return replace(
        named,
        zones=before.named.zones,
        local=tuple(d for d in before.named.local if d not in excluded),
        documents=tuple(d for d in documents if d not in excluded),
        excluded=tuple(sorted(excluded)),
    )


def _exchanged(question: str, named: Named, before: _Before, gazetteer: Gazetteer) -> str:
    """The question before with the place or figure named now; empty where that cannot be."""
    subject = before.last or before.subject
    if named.local:
        places = [[(n.start, n.end) for n in gazetteer.find(fold(q)).names] for q in (question, subject)]
        return _exchange(question, subject, *places)
    if not _ELLIPSIS.search(fold(question)):
        return ""
    figures = [[m.span() for m in STATED_FIGURE.finditer(q)] for q in (question, subject)]
    return _exchange(question, subject, *figures)


def _in_context(question: str, before: _Before) -> str:
    """The question with what it leans on in brackets before it."""
    if language_of(question) == "en":
        return f"({before.context}) {question}"
    return f"（{before.context}）{question}"


def _exchange(question: str, subject: str, new: list[tuple[int, int]], old: list[tuple[int, int]]) -> str:
    """The earlier question with the place or figure named now; empty where either names not exactly one."""
    if len(new) != 1 or len(old) != 1:
        return ""
    if len(fold(question)) != len(question) or len(fold(subject)) != len(subject):
        return ""
    (start, end), word = old[0], question[slice(*new[0])].strip()
    mark = "?" if language_of(subject) == "en" else "？"
    return subject[:start] + word + subject[end:] + mark


def _turn_leant_on(history: Sequence[Turn], gazetteer: Gazetteer) -> _Before | None:
    """The last turn that was answered from the documents; without any, the last that names a place."""
    fallback: _Before | None = None
    for turn in reversed(history):
        answer = turn.answer
        if answer and answer.reply:
            continue
        before = _before(turn, gazetteer)
        if answer and answer.citations:
            return before
        if fallback is None and (before.named.local or before.named.documents):
            fallback = before
    return fallback


def _before(turn: Turn, gazetteer: Gazetteer) -> _Before:
    answer = turn.answer
    standalone = (answer.standalone_question if answer else "") or turn.question
    completed = _CONTEXT.match(standalone) if standalone != turn.question else None
    subject, last = standalone, ""
    facts = facts_asked(fold(standalone))
    if completed:
        subject, _, last = completed["context"].partition(_JOINT)
        facts = facts_asked(fold(completed["own"])) or facts
        folded = fold(completed["own"])
        if own_weight(concepts_of(folded, gazetteer.find(folded).names)) > BARE:
            last = completed["own"]
    subject, last = _END.sub("", subject), _END.sub("", last)
    named = gazetteer.find(fold(subject))
    if last:
        later = gazetteer.find(fold(last), named.local)
        named = later if later.local else replace(named, documents=later.documents or named.documents)
    cited = tuple((c.clause_id, c.document) for c in answer.citations) if answer else ()
    return _Before(subject, last, named, cited, facts)
