"""What is known about single sources and no rule could tell: mends, and furniture line by line.

The facts are data (``data/mends.jsonl``, ``data/furniture.jsonl``), kept under the SHA-256 of the source's
text; every other source is read without them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Mend:
    """One certain correction of a source.

    Attributes:
        source: SHA-256 of the source's text.
        line: line number in the source, from 1.
        before: the words as they stand, unique in the line; empty for ``join``.
        after: the words meant.
        reason: why it is certain.
        join: whether the line continues the paragraph above, cut by a page break.
    """

    source: str
    line: int
    before: str
    after: str
    reason: str
    join: bool = False


def source_key(text: str) -> str:
    """The key under which facts about one source are kept: the SHA-256 of its text.

    Args:
        text: the decoded text.

    Returns:
        64 hexadecimal digits.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _rows(name: str) -> tuple[dict[str, str | int | bool], ...]:
    text = (resources.files("corpus") / "data" / name).read_text("utf-8")
    return tuple(json.loads(line) for line in text.splitlines() if line.strip())


def mends_for(key: str) -> tuple[Mend, ...]:
    """The listed corrections of one source.

    Args:
        key: what :func:`source_key` gives for its text.

    Returns:
        The mends in the order of their lines.
    """
    found = [
        Mend(
            source=key,
            line=int(row["line"]),
            before=str(row.get("before", "")),
            after=str(row.get("after", "")),
            reason=str(row["reason"]),
            join=bool(row.get("join", False)),
        )
        for row in _rows("mends.jsonl")
        if row["source"] == key
    ]
    return tuple(sorted(found, key=lambda mend: mend.line))


def furniture_for(key: str) -> dict[int, str]:
    """The lines of one source that are furniture although no rule finds them.

    Args:
        key: what :func:`source_key` gives for its text.

    Returns:
        Line number to kind of furniture.
    """
    return {int(row["line"]): str(row["kind"]) for row in _rows("furniture.jsonl") if row["source"] == key}
