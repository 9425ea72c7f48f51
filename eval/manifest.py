"""What a run was measured on: enough to say whether two runs can be compared, and why they differ."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from embeddings.manifest import read_manifest
from eval.bench.machine import LIBRARIES, describe_machine
from rag.engine import PolicyQA

_PACKAGES = ("corpus", "embeddings", "rag")
_DIGITS = 16


def describe_run(
    engine: PolicyQA,
    index_dir: Path,
    paths: Sequence[Path],
    as_of: date | None,
    answers: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The manifest of a run, ready for JSON.

    Args:
        engine: what answered.
        index_dir: the index that it asked.
        paths: the question files.
        as_of: the day of asking; None means today.
        answers: the rows that were written.
    """
    index = read_manifest(index_dir)
    return {
        "kind": "policyqa-run",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(["policyqa", *sys.argv[1:]]),
        "as_of": (as_of or date.today()).isoformat(),
        "questions": {path.name: _digest([path]) for path in paths},
        "index": {"corpus": index.corpus, "chunker": index.chunker, "clauses": index.clauses},
        "model": {"name": Path(index.model.name).name, "fingerprint": index.model.fingerprint},
        "generator": sorted({row["generator"] for row in answers}),
        "writer": engine.writer.model.setting if engine.writer else "",
        "cross_encoders": engine.cross_encoders.names,
        "code": {package: _digest(_sources(package)) for package in _PACKAGES},
        "config": {path.name: _digest([path]) for path in _data_files()},
        "versions": {name: version(name) for name in ("policyqa", *LIBRARIES)}
        | {"python": platform.python_version()},
        "machine": describe_machine()[0].removeprefix("machine").partition(", load")[0].strip(),
        "documents": {
            document.id: {"number": document.position, "title": document.title, "zone": document.zone}
            for document in engine.documents.values()
        },
    }


def _sources(package: str) -> list[Path]:
    """The code of a package."""
    return sorted(_root(package).rglob("*.py"))


def _data_files() -> list[Path]:
    """The weights, rules and word lists by which answers are found."""
    return sorted(path for path in (_root("rag") / "data").iterdir() if path.is_file())


def _root(package: str) -> Path:
    return Path(str(files(package)))


def _digest(paths: Iterable[Path]) -> str:
    """The beginning of a SHA-256 over files."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:_DIGITS]
