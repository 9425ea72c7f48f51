"""Options that several commands share, and what they mean."""

from __future__ import annotations

import getpass
import os
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.console import print_message
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from rag.engine import PolicyQA
    from rag.generators.written import Writer
    from rag.reranker import CrossEncoders
    from rag.types import Filters

IndexOption = Annotated[
    Path | None,
    typer.Option(
        "--index", help="Folder of the index (else POLICYQA_INDEX, else the default).", metavar="DIR"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON, one object a line.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="The day of asking (else today).", metavar="YYYY-MM-DD"
    ),
]
ZoneOption = Annotated[
    list[str] | None, typer.Option("--zone", help="Only this zone; may be given several times.")
]
InForceOption = Annotated[
    bool, typer.Option("--in-force", help="Leave out policies that have expired on the day of asking.")
]
DeviceOption = Annotated[
    str, typer.Option("--device", help="Where the model runs: auto, cpu or cuda.", metavar="DEVICE")
]
ModelOption = Annotated[
    str | None,
    typer.Option("--model", help="A model folder or name (else the built-in model).", metavar="MODEL"),
]


class Generator(StrEnum):
    """What writes the answers."""

    AUTO = "auto"
    EXTRACTIVE = "extractive"
    TRANSFORMERS = "transformers"
    OPENAI = "openai"


GeneratorOption = Annotated[
    Generator | None,
    typer.Option("--generator", help="What writes the answers (else POLICYQA_GENERATOR, else auto)."),
]


def open_cross_encoders() -> CrossEncoders:
    """The cross-encoders that are set, if any; which ones is told.

    Raises:
        PolicyQAError: one that is set cannot be used.
    """
    from app.settings import load_settings
    from rag.reranker import CrossEncoders

    settings = load_settings()
    found = CrossEncoders.load(settings.reranker, settings.entailment)
    for model, does in ((found.relevance, "reranks"), (found.entailment, "tells entailment")):
        if model is not None:
            print_message(f"policyqa: {model.name} {does}")
    return found


def open_engine(index: Path | None) -> PolicyQA:
    """The engine over an index, with the cross-encoders that are set.

    Raises:
        PolicyQAError: there is no index, or what is set cannot be used.
    """
    from rag.engine import PolicyQA

    return PolicyQA.from_path(index_dir(index), cross_encoders=open_cross_encoders())


def open_generator(option: Generator | None) -> Writer | None:
    """The language model that is to write, if any; which and why is told where one is set.

    Raises:
        PolicyQAError: what is set by name cannot be used.
    """
    from app.settings import load_settings
    from rag.generators.choice import open_writer

    wanted = load_settings().wanted
    writer, choice = open_writer(replace(wanted, generator=option.value) if option else wanted)
    if writer is not None:
        print_message(
            f"policyqa: {choice.model} writes the answers ({choice.reason}; {writer.model.setting})"
        )
    elif choice.why == "fault":
        print_message(f"policyqa: the answers are sentences of the clauses: {choice.reason}")
    return writer


def index_dir(option: Path | None) -> Path:
    """The index folder: the option's, else the settings'."""
    if option is not None:
        return option
    from app.settings import load_settings

    return load_settings().index


def person() -> str:
    """Who runs this command, as the system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def as_date(option: datetime | None) -> date | None:
    """The day that ``--as-of`` names."""
    return option.date() if option else None


def to_filters(engine: PolicyQA, zones: list[str] | None, in_force: bool, as_of: datetime | None) -> Filters:
    """What a person limits the answers to.

    Raises:
        PolicyQAError: the engine's documents know no such zone.
    """
    from app.collection import Collection
    from rag.types import Filters

    collection = Collection(engine.documents)
    meant = dict.fromkeys(zone for name in zones or () for zone in collection.zones_named(name))
    return Filters(zones=tuple(meant), in_force_only=in_force, as_of=as_date(as_of))


def one_or_file(
    question: str | None,
    questions: Path | None,
    output: Path | None,
    zones: list[str] | None,
    in_force: bool,
) -> tuple[Path, Path] | None:
    """Check that there is either one question or a file of questions with a place for the answers.

    Returns:
        The file of questions and the one to write, where it is these that are asked for.

    Raises:
        PolicyQAError: there are both or neither, limits that a file's questions do not take, or an output
            that would replace something other than an older output.
    """
    if (question is None) == (questions is None):
        raise PolicyQAError("give either a question or --questions FILE with --output OUT")
    if questions is None or output is None:
        if questions is not None or output is not None:
            raise PolicyQAError("--questions FILE and --output OUT go together")
        return None
    if zones or in_force:
        raise PolicyQAError("--zone and --in-force are for one question, not for --questions FILE")
    return questions, _replaceable(output, questions)


def _replaceable(output: Path, questions: Path) -> Path:
    """The file that an output is; a link's target, for the link itself would be replaced.

    Raises:
        PolicyQAError: it is a device, a pipe, a folder, or the questions themselves.
    """
    target = Path(os.path.realpath(output))
    if target.exists() and not target.is_file():
        raise PolicyQAError(f"{output} cannot be written: it is no ordinary file")
    if target.exists() and questions.exists() and target.samefile(questions):
        raise PolicyQAError(f"{output} holds the questions: give --output another file")
    return target
