"""What the product says of itself: refusals, greetings, how far an answer reaches (``data/replies.toml``)."""

from __future__ import annotations

from collections.abc import Sequence

from rag.lexicon import read_toml
from rag.places import short_name
from rag.refusal import Grounds
from rag.types import Citation, Note, Query


def reason_for(query: Query, grounds: Grounds, named: str = "") -> str:
    """One sentence that says why a question is not answered.

    Args:
        query: the question as understood.
        grounds: why it is not.
        named: the figure that it takes for granted, or the detail that no clause states, where that is why.

    Returns:
        The sentence, in the question's language.
    """
    text = str(read_toml("replies.toml")["refusal"][grounds.value][query.language])
    return text.replace("{place}", "、".join(query.absent)).replace("{named}", named)


def small_talk_reply(query: Query) -> str:
    """The answer to a greeting or thanks."""
    return str(read_toml("replies.toml")["smalltalk"][query.smalltalk][query.language])


def scope_notes(query: Query, citations: Sequence[Citation], documents: int) -> tuple[Note, ...]:
    """Notes on how far an answer reaches.

    Args:
        query: the question as understood.
        citations: what the answer cites.
        documents: how many documents the collection holds.

    Returns:
        A note on places named that the collection does not hold, on places compared that say nothing about
        what is asked, and on what a question about all the places is answered from.
    """
    cited = {citation.zone for citation in citations}
    silent = [short_name(zone, query.language) or zone for zone in query.zones if zone not in cited]
    texts = read_toml("replies.toml")["scope"]
    said = []
    if query.absent:
        said.append(("absent", "、".join(query.absent)))
    if silent:
        said.append(("silent", ("、" if query.language == "zh" else ", ").join(silent)))
    if query.survey:
        said.append(("survey", str(documents)))
    return tuple(Note("scope", str(texts[kind][query.language]).replace("{}", what)) for kind, what in said)
