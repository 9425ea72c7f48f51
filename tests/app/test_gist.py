"""The unofficial English summary of a clause is shown as one, wherever an answer is shown."""

import pytest

from app.i18n import messages
from app.markdown import answer_markdown
from app.terminal import answer_lines
from rag.types import Answer, Citation, Statement

GIST = "Tianjin pays RMB 20,000 for each 5G station."


def answer(gist: str) -> Answer:
    citation = Citation(
        clause_id="a/1",
        document="a",
        label="《办法》第一条",
        title="办法",
        zone="",
        path=("第一条",),
        text="第一条 每个 5G 基站奖励 2 万元。",
        quote="每个 5G 基站奖励 2 万元。",
        validity="",
        gist=gist,
    )
    return Answer("How much?", "en", (Statement("RMB 20,000.", (1,)),), (citation,))


def as_markdown(shown: Answer) -> str:
    return answer_markdown("How much?", shown, messages("en"))


def as_terminal(shown: Answer) -> str:
    return "\n".join(line for line, _ in answer_lines(shown, messages("en")))


@pytest.mark.parametrize("show", [as_markdown, as_terminal])
def test_the_summary_is_marked_as_unofficial_and_stands_behind_the_quote(show) -> None:
    text = show(answer(GIST))
    assert text.index("基站奖励") < text.index("Unofficial summary") < text.index("Tianjin pays")


@pytest.mark.parametrize("show", [as_markdown, as_terminal])
def test_without_one_nothing_is_said_of_it(show) -> None:
    assert "summary" not in show(answer(""))
