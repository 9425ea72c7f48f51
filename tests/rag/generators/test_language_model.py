import itertools

import pytest

from rag.generators.language_model import Message, is_looping, without_thoughts, write

ASKED = [Message("user", "?")]


class Scripted:
    """Says what it is told to, a few characters at a time, and notes how far it came."""

    name, setting = "scripted", "here"

    def __init__(self, pieces):
        self._pieces = pieces
        self.said = 0
        self.ended = False

    def generate(self, messages, max_tokens, cancel=None):
        try:
            for piece in self._pieces:
                self.said += 1
                yield piece
        finally:
            self.ended = True


@pytest.mark.parametrize(
    ("text", "looping"),
    [
        ("的" * 60, True),
        ("给予补助。" * 12, True),
        ("企业可获补助，最高300万元，由市科技局负责。" * 3, True),
        ("甲" + "企业可获补助，最高300万元，由市科技局负责。" * 2, False),
        ("300万元、500万元、1000万元、300万元、500万元、1000万元", False),
        ("", False),
    ],
)
def test_going_round_in_circles_is_noticed(text, looping):
    assert is_looping(text) is looping


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("<think>\n让我想想 <b>\n</think>\n\n答案[1]", "答案[1]"),
        ("<think>\n\n</think>\n\n答案", "答案"),
        ("答案 <think>留下</think>", "答案 <think>留下</think>"),
        ("<thing> 答案", "<thing> 答案"),
        ("<think>没有完", ""),
        ("  答案", "答案"),
        ("<th", "<th"),
        ("", ""),
    ],
)
def test_thoughts_are_left_out(text, rest, size):
    pieces = [text[k : k + size] for k in range(0, len(text), size)]
    assert "".join(without_thoughts(pieces)) == rest


def test_a_model_that_goes_round_in_circles_is_stopped():
    model = Scripted(itertools.repeat("给予补助。"))
    assert "".join(write(model, ASKED, 1000)) == "给予补助。" * 12
    assert model.ended


def test_closing_ends_the_generation():
    model = Scripted(map(str, range(1000)))
    pieces = write(model, ASKED, 1000)
    assert next(pieces) == "0"
    pieces.close()
    assert model.ended and model.said <= 2
