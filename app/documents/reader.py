"""Reads one file of a stranger's: the program of a process that can do nothing else.

``python -m app.documents.reader FILE`` writes the file's documents and clauses to its output. The process
limits itself before it looks at the file; what it parses with need not be trusted with more.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

MEMORY = 1536 * 2**20
"""Bytes of address space."""

SECONDS = 60
"""Seconds of processor time."""

LARGEST_OUTPUT = 128 * 2**20
"""Bytes."""

REFUSED = 3
"""Exit status where the file cannot be used; its one line is on stderr."""

_MOST_CLAUSES = 50_000


def limit_process() -> None:
    """Takes memory, time, files and output from this process, for good."""
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, LARGEST_OUTPUT),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (limit, limit))


def read(path: Path) -> bytes:
    """The documents and clauses of a file: a line with their numbers, then theirs.

    Raises:
        SourceError: the file cannot be used.
    """
    from corpus.collection import parse_sources
    from corpus.errors import SourceError
    from corpus.loaders import read_source
    from embeddings.records import dump_lines

    sources = read_source(path)
    # Records name their own ids: with those a file could take the place of any document.
    if len(sources) != 1 or sources[0].id:
        raise SourceError(f"{path.name}: a file of records; name it .jsonl and use `policyqa documents add`")
    corpus = parse_sources(sources)
    if not corpus.clauses:
        raise SourceError(f"{path.name}: no usable policy text found")
    if len(corpus.clauses) > _MOST_CLAUSES:
        raise SourceError(f"{path.name}: {len(corpus.clauses):,} clauses, more than {_MOST_CLAUSES:,}")
    counts = f"{len(corpus.documents)} {len(corpus.clauses)}\n".encode()
    return counts + dump_lines(corpus.documents) + dump_lines(corpus.clauses)


def main() -> None:
    """Reads the file named on the command line."""
    limit_process()
    from corpus.errors import SourceError

    try:
        sys.stdout.buffer.write(read(Path(sys.argv[1])))
        sys.stdout.flush()
    except SourceError as error:
        sys.stderr.write(" ".join(str(error).split()))
        sys.exit(REFUSED)


if __name__ == "__main__":
    main()
