"""Records as JSON lines: every field that is not at its default, by its name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

Record = TypeVar("Record")
_BLOCK = 4 * 2**20
_Json = str | float | bool | None | list["_Json"] | dict[str, "_Json"]


def dump_lines(records: Iterable[object]) -> bytes:
    """Writes dataclass records as JSON lines.

    Args:
        records: frozen dataclasses of strings, numbers, dates, enums, tuples and dataclasses.

    Returns:
        One line of UTF-8 JSON a record.
    """
    lines = (json.dumps(_plain(record), ensure_ascii=False, separators=(",", ":")) for record in records)
    return "".join(line + "\n" for line in lines).encode("utf-8", "surrogatepass")


def load_lines(data: bytes, kind: type[Record]) -> list[Record]:
    """Reads records that ``dump_lines`` wrote.

    Args:
        data: its output.
        kind: the dataclass of every line.

    Returns:
        The records in order; fields that this version does not know are left out.

    Raises:
        ValueError: if a line is no such record.
    """
    text = data.decode("utf-8", "surrogatepass").rstrip("\n")
    read = cast("Callable[[object], Record]", _record_reader(cast("Any", kind)))
    try:
        # One call of the parser is several times faster than one a line.
        return [read(row) for row in json.loads("[" + text.replace("\n", ",") + "]")]
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"not a {kind.__name__}: {error}") from error


def read_lines(path: Path, kind: type[Record]) -> list[Record]:
    """Reads a file of records that ``dump_lines`` wrote, some megabytes at a time.

    Args:
        path: the file.
        kind: the dataclass of every line.

    Returns:
        See ``load_lines``.

    Raises:
        ValueError: if a line is no such record.
        OSError: if the file cannot be read.
    """
    records: list[Record] = []
    with path.open("rb") as handle:
        while lines := handle.readlines(_BLOCK):
            records += load_lines(b"".join(lines), kind)
    return records


def _plain(value: object) -> _Json:
    if is_dataclass(value) and not isinstance(value, type):
        given = ((f, getattr(value, f.name)) for f in fields(value))
        return {f.name: _plain(v) for f, v in given if f.default is MISSING or v != f.default}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return cast("_Json", value)


@cache
def _record_reader(kind: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - kinds of values known at run time
    hints: Mapping[str, object] = get_type_hints(kind)
    readers = {f.name: _reader(hints[f.name]) for f in fields(kind)}
    converted = [(name, read) for name, read in readers.items() if read]

    def read_record(row: dict[str, object]) -> object:
        known = row if row.keys() <= readers.keys() else {n: v for n, v in row.items() if n in readers}
        for name, read in converted:
            if (value := known.get(name)) is not None:
                known[name] = read(value)
        return kind(**known)

    return read_record


def _reader(hint: object) -> Callable[[Any], object] | None:
    """How a JSON value becomes a field of this type; None where it is the value itself."""
    if get_origin(hint) is UnionType:
        (inner,) = (part for part in get_args(hint) if part is not NoneType)
        return _reader(inner)
    if get_origin(hint) is tuple:
        item = _reader(get_args(hint)[0])
        return (lambda values: tuple(map(item, values))) if item else tuple
    if not isinstance(hint, type):
        return None
    if is_dataclass(hint):
        return _record_reader(hint)
    if issubclass(hint, date):
        return date.fromisoformat
    return hint if issubclass(hint, StrEnum) else None
