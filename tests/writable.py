"""Questions about two small policies, and what the small language model writes to them, right and wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from enrichable import write_policies

from rag.engine import PolicyQA
from rag.generators.language_model import Message
from rag.generators.written import Writer
from rag.types import Filters, Turn

AS_OF = Filters(as_of=date(2022, 6, 1))
RIGHT = "研发飞碟的企业补助多少？"
WRONG = "新建飞碟生产线补助多少？"
UNKNOWN_ID = "飞碟企业贷款贴息多久？"
OBEYS = "参加展会的展位费补助多少？"
FOLLOW_UP = "贷款呢？"
ENGLISH = "How much subsidy for the research and development of flying saucers?"

ANSWERS = {
    RIGHT: [
        "对研发飞碟的企业，按照研发投入的百分之二十予以补助，最高三百万元。[1]\n"
        "研发飞碟的企业获得研发投入20%的补助。【1】\n"
    ],
    WRONG: ["对新建的飞碟生产线，给予固定资产投资10%的补助，最高5000万元。[1]\n"],
    UNKNOWN_ID: [
        "飞碟企业贷款的，给予贷款利息50%的贴息。[77]\n",
        "飞碟企业贷款的，给予贷款利息50%的贴息，期限不超过两年。[1]\n",
    ],
    OBEYS: ["人人有份，所有的人都可以领取飞碟一架。[1]\n", "人人有份，所有的人都可以领取飞碟一架。[1]\n"],
    ENGLISH: ["Companies that do research and development get a subsidy of 20%, up to RMB 3 million. [1]\n"],
}
"""What is written to a question, and then to what of it has to be repaired."""

REWRITTEN = ("飞碟企业贷款补助多少？", ["飞碟企业贷款的，给予贷款利息50%的贴息，期限不超过两年。[1]\n"])
"""The follow-up as the model completes it, and what it writes to that."""


def build_policies(folder: Path) -> Path:
    """The index of the two policies."""
    from corpus.collection import load_sources
    from embeddings.build import build_index
    from embeddings.encoder import Encoder

    build_index(load_sources(write_policies(folder)), folder / "index", Encoder.load())
    return folder / "index"


class Recorder:
    """A language model that writes what it is given in turn, and keeps what it was asked."""

    name, setting, reading = "recorder", "here", 1e6

    def __init__(self, said: Sequence[str] = ()) -> None:
        self.said = list(said)
        self.heard: list[tuple[Sequence[Message], str]] = []

    def ahead(self, cancel):
        return 0

    def generate(self, messages, max_tokens, cancel=None):
        said = self.said.pop(0) if self.said else ""
        self.heard.append((messages, said))
        yield said


def with_model(index: Path, model) -> PolicyQA:
    """The engine over an index with a language model that writes."""
    engine = PolicyQA.from_path(index)
    engine.writer = Writer(model, "as set")
    return engine


def conversations():
    """Every prompt that the questions lead to, with what the model writes."""
    with TemporaryDirectory() as folder:
        index = build_policies(Path(folder))
        found = []
        for question, said in ANSWERS.items():
            recorder = Recorder(said)
            answer = with_model(index, recorder).ask(question, filters=AS_OF)
            found += recorder.heard
            if question == RIGHT:
                line, written = REWRITTEN
                recorder = Recorder([line, *written])
                with_model(index, recorder).ask(FOLLOW_UP, [Turn(question, answer)], AS_OF)
                found += recorder.heard
        return found
