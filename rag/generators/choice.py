"""What writes the answers: what a person has set, or the best that is in place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from corpus.errors import PolicyQAError
from rag.generators.model_files import KNOWN, find_model

if TYPE_CHECKING:
    from rag.generators.language_model import LanguageModel
    from rag.generators.written import Writer

Kind = Literal["extractive", "transformers", "openai"]
Why = Literal["set", "best", "server", "none", "fault"]

_WRITERS = tuple(model for model in KNOWN if model.role == "writes")
GPU_MODELS = tuple(model.name for model in _WRITERS if model.gpu)
CPU_MODELS = tuple(model.name for model in _WRITERS if not model.gpu)
"""What is looked for where no model is named, the first one in place is taken."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person has set.

    Attributes:
        generator: a kind of generator, or ``auto`` for the best in place.
        model: a model's folder or name; for a server its name there.
        url: address of an OpenAI-style server.
        key: what that server knows us by.
        four_bit: whether a model in this process is read with weights of 4 bits.
    """

    generator: Literal["auto", "extractive", "transformers", "openai"] = "auto"
    model: str = ""
    url: str = ""
    key: str = field(default="", repr=False)
    four_bit: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What writes the answers.

    Attributes:
        kind: the kind of generator.
        model: the language model's folder or name; empty without one.
        why: why: it is set so, it is the best in place, the server set answers, none is in place, the one
            that is set cannot be used.
        reason: the same in a few words.
    """

    kind: Kind
    model: str
    why: Why
    reason: str


EXTRACTIVE = Choice("extractive", "", "set", "as set")
"""No language model."""


def choose(wanted: Wanted) -> Choice:
    """Chooses what writes the answers; no model is loaded yet.

    Args:
        wanted: what a person has set.

    Returns:
        The choice.

    Raises:
        PolicyQAError: what is set by name cannot be had. ``auto`` takes the next best instead, and says so.
    """
    if wanted.generator == "extractive":
        return EXTRACTIVE
    if wanted.generator == "openai":
        return _choose_server(wanted)
    if wanted.generator == "transformers":
        return _choose_local(wanted)
    return _choose_best(wanted)


def _choose_best(wanted: Wanted) -> Choice:
    try:
        if wanted.url:
            return _choose_server(wanted)
        if wanted.model:
            return _choose_local(wanted)
    except PolicyQAError as error:
        return Choice("extractive", "", "fault", str(error))
    model = _model_in_place()
    if model is None:
        return Choice("extractive", "", "none", "no language model is in place")
    return Choice("transformers", model, "best", "the best language model in place")


def _choose_server(wanted: Wanted) -> Choice:
    from rag.generators.openai_server import OpenAIServer, Server

    if not wanted.url:
        raise PolicyQAError("The generator openai needs a server: set POLICYQA_MODEL_URL to its address")
    server = Server.at(wanted.url, wanted.key)
    server.check()
    model = OpenAIServer.connect(server, wanted.model).name
    return Choice("openai", model, "server", f"the server {server.url} answers")


def _choose_local(wanted: Wanted) -> Choice:
    model = wanted.model or _model_in_place()
    if model is None or find_model(model) is None:
        named = f"The language model {model!r} is" if model else "No language model is"
        raise PolicyQAError(f"{named} not on this machine: set POLICYQA_MODEL to a folder or a cached name")
    if wanted.model:
        return Choice("transformers", model, "set", "as set")
    return Choice("transformers", model, "best", "the best language model in place")


def _model_in_place() -> str | None:
    """The best of the known models that is on this machine and suits it."""
    held = [name for name in (*GPU_MODELS, *CPU_MODELS) if find_model(name) is not None]
    if not held:
        return None
    import torch

    order = (*GPU_MODELS, *CPU_MODELS) if torch.cuda.is_available() else CPU_MODELS
    return next((name for name in order if name in held), None)


def open_language_model(wanted: Wanted) -> LanguageModel:
    """Loads or connects the language model that is to be used.

    Args:
        wanted: what a person has set.

    Returns:
        The model, ready to write.

    Raises:
        PolicyQAError: there is none, or it cannot be used.
    """
    choice = choose(wanted)
    if choice.kind == "extractive":
        raise PolicyQAError(
            f"A language model is needed and none is used ({choice.reason}): set POLICYQA_MODEL to a folder, "
            "or POLICYQA_MODEL_URL to a server"
        )
    return _open(choice, wanted)


def open_writer(wanted: Wanted) -> tuple[Writer | None, Choice]:
    """Makes ready what writes the answers.

    Args:
        wanted: what a person has set.

    Returns:
        The writer, None where the answers are extractive, and the choice.

    Raises:
        PolicyQAError: what is set by name cannot be had or used. ``auto`` goes without it, and says so.
    """
    from rag.generators.written import Writer

    choice = choose(wanted)
    if choice.kind == "extractive":
        return None, choice
    try:
        return Writer(_open(choice, wanted), choice.reason), choice
    except PolicyQAError as error:
        if wanted.generator != "auto":
            raise
        return None, Choice("extractive", "", "fault", str(error))


def _open(choice: Choice, wanted: Wanted) -> LanguageModel:
    if choice.kind == "openai":
        from rag.generators.openai_server import OpenAIServer, Server

        return OpenAIServer.connect(Server.at(wanted.url, wanted.key), choice.model)
    from rag.generators.transformers_model import TransformersModel

    return TransformersModel.load(choice.model, wanted.four_bit)
