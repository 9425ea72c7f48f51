from __future__ import annotations

from app.conversation import Conversation
from rag.types import Answer, Filters, Turn


def test_only_what_was_answered_is_history() -> None:
    answer = Answer(question="甲？", language="zh")
    talk = Conversation().with_new("甲？", Filters()).with_last(answer, "done")
    talk = talk.with_new("乙？", Filters()).with_last(None, "failed", "不行")
    assert talk.history == (Turn("甲？", answer),)
    assert [exchange.state for exchange in talk.exchanges] == ["done", "failed"]
    assert talk.exchanges[-1].error == "不行"


def test_an_answer_that_was_stopped_is_no_history() -> None:
    answer = Answer(question="甲？", language="zh")
    talk = Conversation().with_new("甲？", Filters()).with_last(answer, "stopped")
    assert talk.history == ()
