"""Going back to the state of an index before its last change."""

from __future__ import annotations

from pathlib import Path

from corpus.errors import PolicyQAError
from embeddings.chunker import chunker_fingerprint
from embeddings.manifest import PREVIOUS, differences, read_manifest
from embeddings.report import BuildReport, Clock
from embeddings.segment import verify_segment
from embeddings.writer import changing, require_fitting


def roll_back(index_dir: str | Path) -> BuildReport:
    """Makes an index what it was before its last change; doing it twice undoes it.

    Args:
        index_dir: the index's folder.

    Returns:
        What it holds.

    Raises:
        PolicyQAError: if there is no index, no state before, that does not fit, or it cannot be written.
    """
    clock = Clock()
    with changing(Path(index_dir)) as change, clock.phase("write"):
        old = require_fitting(change, None)
        if not (change.folder / PREVIOUS).exists():
            raise PolicyQAError(f"The index in {change.folder} has no state before this one")
        before = read_manifest(change.folder, PREVIOUS)
        if before.generation == old.generation:  # a change was cut short before it counted
            raise PolicyQAError(f"The index in {change.folder} has no state before this one")
        if found := differences(before, old.model, chunker_fingerprint()):
            raise PolicyQAError(f"The state before does not fit: {'; '.join(found)}")
        for info in before.segments:
            if faults := verify_segment(change.folder, info):
                raise PolicyQAError(f"The state before is damaged: {faults[0]}")
        manifest = change.commit(before)
    return BuildReport.of(manifest, clock, reused=manifest.passages)
