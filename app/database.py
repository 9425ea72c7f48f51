"""SQLite files of the data folder; any number of threads and processes may use one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from corpus.errors import PolicyQAError

_BUSY_SECONDS = 10.0


@contextmanager
def opened(path: Path, tables: str, version: int = 1) -> Iterator[sqlite3.Connection]:
    """Opens a database for one transaction, which is on the disk when this ends.

    What is deleted is overwritten. Begin a transaction that writes with writing: one that has read first does
    not wait for another that writes.

    Args:
        path: the file; it is made where it is not there.
        tables: what makes the tables where they are not there.
        version: the version of the tables.

    Yields:
        The connection.

    Raises:
        PolicyQAError: it cannot be used, or a newer version of the program made it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # SQLite makes the files of its journal as this one is: for its owner alone.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as connection:
            _prepare(connection, path, tables, version)
            with connection:
                yield connection
    except sqlite3.Error as error:
        raise PolicyQAError(f"{path} cannot be used: {error}") from None
    except OSError as error:
        raise PolicyQAError(f"{path} cannot be written: {error.strerror}") from None


def _prepare(connection: sqlite3.Connection, path: Path, tables: str, version: int) -> None:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > version:
        raise PolicyQAError(
            f"{path} was made by a newer version of PolicyQA (tables {found}, here {version}): "
            "install that version, or move the file away"
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    if found < version:
        connection.executescript(f"{tables}; PRAGMA user_version = {version};")
