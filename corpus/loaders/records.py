"""JSON lines: one document a line."""

from __future__ import annotations

import json
from collections.abc import Iterator

from corpus.errors import SourceError
from corpus.loaders.builder import clean, line_blocks
from corpus.source import SourceText

_LONGEST_ID = 200


def read_records(text: str, name: str) -> tuple[SourceText, ...]:
    """Reads documents from JSON lines: ``{"id", "title", "text", …}`` each.

    Args:
        text: the decoded file.
        name: the file's name.

    Returns:
        One source a line, in order; further string fields are kept as its metadata.

    Raises:
        SourceError: a line is no such object, or an id occurs twice; the message names the line.
    """
    sources: list[SourceText] = []
    seen: dict[str, int] = {}
    for number, line in _lines(text):
        where = f"{name}, line {number}"
        source = _read_record(line, name, where)
        if source.id and source.id in seen:
            raise SourceError(f"{where}: the id {source.id!r} stands in line {seen[source.id]} already")
        seen[source.id] = number
        sources.append(source)
    if not sources:
        raise SourceError(f"{name}: holds no documents")
    return tuple(sources)


def looks_like_records(text: str) -> bool:
    """Whether the first line that is not blank is a JSON object with a ``text``."""
    first = next(_lines(text), None)
    if first is None or not first[1].lstrip().startswith("{"):
        return False
    try:
        record = json.loads(first[1])
    except (ValueError, RecursionError):
        return False
    return isinstance(record, dict) and "text" in record


def _lines(text: str) -> Iterator[tuple[int, str]]:
    # Not splitlines: JSON strings may hold U+2028 and the like.
    return ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())


def _read_record(line: str, name: str, where: str) -> SourceText:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise SourceError(f"{where}: not JSON ({error.msg} at column {error.colno})") from None
    except (ValueError, RecursionError):
        raise SourceError(f"{where}: not readable as JSON (nested too deep or a number too long)") from None
    if not isinstance(record, dict):
        raise SourceError(f'{where}: not an object such as {{"id": …, "title": …, "text": …}}')
    text = record.get("text")
    if not isinstance(text, str):
        raise SourceError(f'{where}: the field "text" is missing or no string')
    text = clean(text)
    if not text.strip():
        raise SourceError(f'{where}: the field "text" is empty')
    title = record.get("title") or ""
    if not isinstance(title, str):
        raise SourceError(f'{where}: the field "title" is no string')
    metadata = tuple(
        (clean(key), clean(value))
        for key, value in record.items()
        if key not in ("id", "title", "text") and isinstance(value, str)
    )
    title = " ".join(clean(title).split())
    return SourceText(name, text, line_blocks(text), _read_id(record, where), title, metadata)


def _read_id(record: dict[str, object], where: str) -> str:
    value = record.get("id")
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise SourceError(f'{where}: the field "id" is no string')
    identity = str(value).strip()
    if len(identity) > _LONGEST_ID or not identity.isprintable():
        raise SourceError(f'{where}: the field "id" is longer than {_LONGEST_ID} characters or unprintable')
    return identity
