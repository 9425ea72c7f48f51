"""The nearness of sentences to a question."""

from __future__ import annotations

import numpy as np
import pytest

from rag.engine import PolicyQA
from rag.pieces import cut
from rag.question import understand
from rag.sentences import Nearness, question_vector
from rag.types import Turn


def test_the_sentence_that_says_what_is_asked_is_nearest(compendium: PolicyQA) -> None:
    snapshot = compendium._snapshot
    clause = next(c for c in snapshot.index.clauses.values() if c.id == "shanghai-2019-maqiao-plan/1")
    query = understand("Where exactly is the zone, and how large is its area?", (), snapshot.gazetteer)
    near = Nearness(query).of(clause.id, clause.text)
    pieces = cut(clause.id, clause.text)
    assert len(near) == len(pieces)
    assert "选址位于闵行区马桥镇" in pieces[int(np.argmax(near))].text


def test_a_question_that_leans_on_another_has_a_share_of_it(compendium: PolicyQA) -> None:
    snapshot = compendium._snapshot
    first = "武汉对孵化器补助多少？"
    history = [Turn(first, compendium.ask(first))]
    alone = understand("条件呢？", (), snapshot.gazetteer)
    after = understand("条件呢？", history, snapshot.gazetteer)
    subject = understand("孵化器", (), snapshot.gazetteer)
    encoder = snapshot.encoder
    [[before]] = question_vector(alone, encoder) @ question_vector(subject, encoder).T
    [[leaning]] = question_vector(after, encoder) @ question_vector(subject, encoder).T
    assert leaning > before
    assert np.linalg.norm(question_vector(after, encoder)) == pytest.approx(1.0, abs=1e-5)
