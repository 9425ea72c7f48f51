"""A writer that is made to be killed: ``python crash_writer.py INDEX ACKNOWLEDGED``.

For every line ``version step`` on its standard input it starts a process that changes the index from that
step on until it is killed, and prints that process's id. Every finished change is written down as
``generation version``.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

from killed import work_until_killed

from corpus.types import Corpus
from embeddings.build import BuildReport, add_documents, build_index, compact, remove_documents
from embeddings.manifest import read_manifest
from small_index import WordEncoder, articles, collection, document, join

BASE = ["alpha", "beta", "gamma"]


def counter(version: int) -> Corpus:
    """A document all of whose articles state the same version."""
    return document("counter", [f"第{version}版：{text}" for text in articles("counter", 5)])


def change(index: Path, step: int, version: int) -> BuildReport:
    """One change of the index, each kind in turn; every fourth states a new version."""
    encoder = WordEncoder()
    if step % 4 == 0:
        return add_documents(counter(version), index, encoder)
    if step % 4 == 1:
        return add_documents(collection([f"extra{step % 3}"]), index, encoder)
    if step % 4 == 2:
        extra = [name for name in read_manifest(index).documents if name.startswith("extra")]
        return remove_documents(extra[:1], index)
    return compact(index) if step % 8 == 3 else build_index(collection(BASE), index, encoder)


def change_forever(index: Path, acknowledged: Path, version: int, first: int) -> None:
    """Changes the index until somebody kills this process."""
    handle = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for step in count(first):
        version += step % 4 == 0
        change(index, step, version)
        os.write(handle, f"{read_manifest(index).generation} {version}\n".encode())


def main() -> None:
    index, acknowledged = map(Path, sys.argv[1:])
    build_index(join(collection(BASE), counter(0)), index, WordEncoder())
    work_until_killed(lambda version, step: change_forever(index, acknowledged, int(version), int(step)))


if __name__ == "__main__":
    main()
