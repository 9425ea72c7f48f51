"""What is said of who writes an answer, and of who waits."""

import pytest

from app.authorship import told_by
from app.i18n import messages
from rag.types import Answer, Instead


@pytest.mark.parametrize(
    ("language", "ahead", "told"),
    [
        ("zh", 0, "语言模型正在撰写"),
        ("zh", 3, "前面还有 3 个问题"),
        ("en", 0, "is writing"),
        ("en", 2, "answers 2 other questions first"),
    ],
)
def test_who_waits_is_told_how_many_come_before(language, ahead, told):
    answer = Answer("问", language, because="as set", ahead=ahead)
    assert told in told_by(answer, messages(language))


@pytest.mark.parametrize("instead", Instead)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_why_the_clauses_sentences_stand_is_told(language, instead):
    answer = Answer("问", language, because="not ready in 180 s", instead=instead)
    told = told_by(answer, messages(language))
    assert told and told not in {
        told_by(Answer("问", language, because="not ready in 180 s", instead=other), messages(language))
        for other in Instead
        if other is not instead
    }
