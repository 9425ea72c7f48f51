"""What the commands print: data on stdout, progress and messages on stderr."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any

Progress = Callable[[int, int], None]

# What a terminal obeys, or lets run backwards, instead of showing it.
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def prepare_streams() -> None:
    """Make stdout and stderr take any text: where they are closed, and where they cannot encode it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace" if name == "stdout" else "backslashreplace")


def printable(text: str) -> str:
    """A text without the characters by which a document could steer the terminal."""
    return _UNSHOWN.sub("\ufffd", text)


def print_line(text: str = "") -> None:
    """Print one line of data."""
    print(printable(text))


def print_message(text: str) -> None:
    """Print one line for the person, apart from the data."""
    sys.stderr.write(printable(text) + "\n")
    sys.stderr.flush()


def print_json(value: object) -> None:
    """Print a value as one line of JSON; with escapes where stdout has no UTF-8."""
    utf8 = (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    print(json.dumps(value, ensure_ascii=not utf8))


def print_facts(facts: Mapping[str, Any], as_json: bool) -> None:
    """Print names and values, one a line, or all as one JSON object."""
    if as_json:
        print_json(facts)
        return
    widest = max(map(len, facts), default=0)
    for name, value in facts.items():
        print_line(f"{name:<{widest}}  {value}")


def print_table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Print rows as a table that fits the terminal; elsewhere one row a line with tabs between the cells."""
    if not sys.stdout.isatty():
        for row in (heads, *rows):
            print_line("\t".join(" ".join(cell.split()) for cell in row))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console(highlight=False).print(table)


def beginning(text: str, length: int = 80) -> str:
    """A text's first characters on one line."""
    line = " ".join(text[: 2 * length].split())
    return line if len(line) <= length else line[:length] + "…"


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A progress bar on stderr; nothing where stderr is no terminal.

    Args:
        title: what is being done.

    Yields:
        A function of (steps done, all steps).
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
