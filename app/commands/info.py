"""``policyqa info``: version, machine, index and generator at a glance."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from typing import Any

from app.commands.index import summary
from app.commands.options import IndexOption, JsonOption, index_dir
from app.console import print_facts
from corpus.errors import PolicyQAError


def info(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Show the version, the machine, what the index holds and which models are used."""
    folder = index_dir(index)
    facts: dict[str, Any] = {
        "version": version("policyqa"),
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "cpus": os.cpu_count(),
        "index": str(folder),
    }
    try:
        facts |= summary(folder)
    except PolicyQAError as error:
        facts["problem"] = str(error)
    from app.settings import load_settings
    from rag.generators.choice import choose
    from rag.generators.model_files import find_model

    settings = load_settings()
    try:
        choice = choose(settings.wanted)
        facts |= {"generator": choice.kind, "language_model": choice.model, "because": choice.reason}
    except PolicyQAError as error:
        facts["generator_problem"] = str(error)
    for task, model in (("reranker", settings.reranker), ("entailment", settings.entailment)):
        facts[task] = model or "off"
        if model and find_model(model) is None:
            facts[f"{task}_problem"] = f"no model {model!r} on this machine"
    print_facts(facts, as_json)
