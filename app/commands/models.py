"""``policyqa models``: the models of this machine that write answers, rerank or tell entailment."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.options import AsOfOption, IndexOption, JsonOption, as_date, open_engine
from app.console import print_facts, print_json, print_line, print_message, print_table
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from rag.generators.choice import Wanted

_QUESTION = "武汉对人工智能应用示范场景资助多少？"
_GIGABYTE = 1e9

app = typer.Typer(help="Show, fetch and try the models that write answers and those that rerank.")

NameArgument = Annotated[str, typer.Argument(help="Name on the hub, or a folder.", metavar="MODEL")]


@app.command("list")
def list_models(as_json: JsonOption = False) -> None:
    """List the models that are known to serve, and which of them are in place."""
    from rag.generators.model_files import KNOWN, find_model

    rows = [
        {
            "name": known.name,
            "gigabytes": known.gigabytes,
            "licence": known.licence,
            "does": known.role,
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
    print_table(("name", "GB", "licence", "does", "for", "in place at"), cells)


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
    """Load a model, have it answer one question, and show how long it takes and what it needs.

    A model that reranks or tells entailment reads the question's candidates.
    """
    from app.settings import load_settings

    wanted = load_settings().wanted
    folder = str(_folder(model)) if model is not None else ""
    if folder and not _writes(Path(folder)):
        print_facts(_check_cross_encoder(folder, question, index), as_json)
        return
    if folder:
        wanted = replace(wanted, generator="transformers", model=folder)
    print_facts(_check_writer(wanted, question, index, as_date(as_of)), as_json)


def _check_writer(wanted: Wanted, question: str, index: Path | None, as_of: date | None) -> dict[str, Any]:
    """What came of one question that a language model answered."""
    from rag.generators.choice import open_language_model
    from rag.generators.watching import Watched, peak_memory
    from rag.generators.written import Writer
    from rag.types import Filters

    engine = open_engine(index)
    started = time.perf_counter()
    watched = Watched(open_language_model(wanted))
    loaded = time.perf_counter()
    engine.writer = Writer(watched, "as asked")
    answer = engine.ask(question, filters=Filters(as_of=as_of))
    return {
        "model": watched.name,
        "setting": watched.setting,
        "load_seconds": round(loaded - started, 2),
        "first_word_seconds": round(watched.first - loaded, 2) if watched.first else None,
        "answer_seconds": round(time.perf_counter() - loaded, 2),
        "pieces_a_second": round(watched.rate, 1),
        "memory_gb": round(peak_memory() / _GIGABYTE, 2),
        "verified": sum(s.verified for s in answer.statements),
        "not_verified": sum(not s.verified for s in answer.statements),
        "instead": f"{answer.instead.value}: {answer.because}" if answer.instead else "",
        "answer": answer.text,
    }


def _check_cross_encoder(folder: str, question: str, index: Path | None) -> dict[str, Any]:
    """How a cross-encoder reads the candidates of one question."""
    from rag.generators.watching import peak_memory
    from rag.reranker import RERANKED, CrossEncoderModel, tells

    found = open_engine(index).search(question, RERANKED)
    started = time.perf_counter()
    model = CrossEncoderModel.load(folder, tells(Path(folder)))
    loaded = time.perf_counter()
    scores = model.score([(question, candidate.text) for candidate in found])
    return {
        "model": model.name,
        "tells": tells(Path(folder)),
        "load_seconds": round(loaded - started, 2),
        "pairs": len(scores),
        "pairs_seconds": round(time.perf_counter() - loaded, 2),
        "highest": round(max(scores, default=0.0), 3),
        "lowest": round(min(scores, default=0.0), 3),
        "memory_gb": round(peak_memory() / _GIGABYTE, 2),
    }


def _writes(folder: Path) -> bool:
    """Whether a model's configuration says that it writes: others are made to sort into classes."""
    from rag.generators.model_files import architectures

    return not any(name.endswith("ForSequenceClassification") for name in architectures(folder))


def _folder(model: str) -> Path:
    """The folder of a whole model on this machine.

    Raises:
        PolicyQAError: there is none, or it is incomplete.
    """
    from rag.generators.model_files import check_files, find_model

    folder = find_model(model)
    if folder is None:
        raise PolicyQAError(f"No model {model!r} on this machine: policyqa models pull fetches one")
    check_files(folder)
    return folder
