"""``policyqa models``: the language models of this machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.options import AsOfOption, IndexOption, JsonOption, as_date, index_dir
from app.console import print_facts, print_json, print_line, print_message, print_table
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from rag.generators.language_model import LanguageModel, Message

_QUESTION = "武汉对人工智能应用示范场景资助多少？"
_GIGABYTE = 1e9

app = typer.Typer(help="Show, fetch and try the language models that write answers.")

NameArgument = Annotated[str, typer.Argument(help="Name on the hub, or a folder.", metavar="MODEL")]


@app.command("list")
def list_models(as_json: JsonOption = False) -> None:
    """List the models that are looked for where none is named, and which of them are in place."""
    from rag.generators.model_files import KNOWN, find_model

    rows = [
        {
            "name": known.name,
            "gigabytes": known.gigabytes,
            "licence": known.licence,
            "for": "GPU" if known.gpu else "CPU",
            "path": str(find_model(known.name) or ""),
        }
        for known in KNOWN
    ]
    if as_json:
        for row in rows:
            print_json(row)
        return
    cells = (tuple(str(cell) for cell in row.values()) for row in rows)
    print_table(("name", "GB", "licence", "for", "in place at"), cells)


@app.command()
def pull(
    model: NameArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="A folder to fetch it into, to be copied elsewhere.", metavar="DIR"),
    ] = None,
) -> None:
    """Fetch a model from the hub, or from the mirror that HF_ENDPOINT names; broken off, it goes on."""
    from rag.generators.pulling import describe
    from rag.generators.pulling import pull as fetch

    found = describe(model)
    for file in found.files:
        print_message(f"{file.size / _GIGABYTE:8.3f} GB  {file.name}")
    print_message(f"{found.size / _GIGABYTE:8.3f} GB  in all; licence: {found.licence or 'not stated'}")
    print_line(str(fetch(found, output)))


@app.command()
def path(model: NameArgument) -> None:
    """Print the folder of a model that is on this machine."""
    print_line(str(_folder(model)))


@app.command()
def check(
    model: Annotated[
        str | None,
        typer.Argument(help="Name or folder (else the one that would be taken).", metavar="MODEL"),
    ] = None,
    question: Annotated[str, typer.Option("--question", help="What is asked.")] = _QUESTION,
    index: IndexOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a model, have it answer one question, and show how long it takes and what it needs."""
    from dataclasses import replace

    from app.settings import load_settings
    from rag.engine import PolicyQA
    from rag.generators.choice import open_language_model
    from rag.generators.written import Writer
    from rag.types import Filters

    engine = PolicyQA.from_path(index_dir(index))
    wanted = load_settings().wanted
    if model is not None:
        wanted = replace(wanted, generator="transformers", model=str(_folder(model)))
    started = time.perf_counter()
    watched = _Watched(open_language_model(wanted))
    loaded = time.perf_counter()
    engine.writer = Writer(watched, "as asked")
    answer = engine.ask(question, filters=Filters(as_of=as_date(as_of)))
    facts: dict[str, Any] = {
        "model": watched.name,
        "setting": watched.setting,
        "load_seconds": round(loaded - started, 2),
        "first_word_seconds": round(watched.first - loaded, 2) if watched.first else None,
        "answer_seconds": round(time.perf_counter() - loaded, 2),
        "pieces_a_second": round(watched.rate, 1),
        "memory_gb": round(_memory() / _GIGABYTE, 2),
        "verified": sum(s.verified for s in answer.statements),
        "not_verified": sum(not s.verified for s in answer.statements),
        "instead": f"{answer.instead.value}: {answer.because}" if answer.instead else "",
        "answer": answer.text,
    }
    print_facts(facts, as_json)


def _folder(model: str) -> Path:
    """The folder of a whole model on this machine.

    Raises:
        PolicyQAError: there is none, or it is incomplete.
    """
    from rag.generators.model_files import check_files, find_model

    folder = find_model(model)
    if folder is None:
        raise PolicyQAError(f"No language model {model!r} on this machine: policyqa models pull fetches one")
    check_files(folder)
    return folder


def _memory() -> int:
    """The most bytes taken by this process, on the GPU where a model is there; 0 where nobody tells."""
    import torch

    if torch.cuda.is_available() and torch.cuda.max_memory_allocated():
        return int(torch.cuda.max_memory_allocated())
    if sys.platform == "win32":
        return 0
    import resource

    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return taken if sys.platform == "darwin" else taken * 1024


class _Watched:
    """A language model with a look at when it writes."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self.name, self.setting, self.reading = model.name, model.setting, model.reading
        self.first = 0.0
        self._pieces = 0
        self._seconds = 0.0

    @property
    def rate(self) -> float:
        """Pieces of text a second, the reading left out."""
        return self._pieces / self._seconds if self._seconds else 0.0

    def ahead(self, cancel: Event) -> int:
        """How many generations come before the one that an event ends."""
        return self._model.ahead(cancel)

    def generate(
        self, messages: Sequence[Message], max_tokens: int, cancel: Event | None = None
    ) -> Generator[str, None, None]:
        """Writes the next message."""
        last = 0.0
        for piece in self._model.generate(messages, max_tokens, cancel):
            now = time.perf_counter()
            self.first = self.first or now
            if last:
                self._pieces += 1
                self._seconds += now - last
            last = now
            yield piece
