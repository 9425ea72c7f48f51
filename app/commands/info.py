"""``policyqa info``: version, machine and index at a glance."""

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
    """Show the version, the machine and what the index holds."""
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
    print_facts(facts, as_json)
