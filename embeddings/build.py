"""Building an index from a corpus, adding to it, removing from it, compacting it.

A build makes the index hold the given corpus. What people have added and removed since with
``add_documents`` and ``remove_documents`` outlives the next build, unless it is told to forget it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from corpus.errors import PolicyQAError
from corpus.types import Corpus, Passage
from embeddings.chunker import chunker_fingerprint
from embeddings.engines.milvus import parse_uri
from embeddings.manifest import Manifest, ModelInfo, NamedModel, differences, read_manifest
from embeddings.neighbours import TARGET_RECALL
from embeddings.parts import DocumentEncoder, Parts, Progress, embed, with_earlier_entries
from embeddings.records import dump_lines
from embeddings.report import BuildReport, Clock
from embeddings.segment import Content, read_documents, read_segment
from embeddings.writer import Change, changing, require_fitting, settled

__all__ = [
    "BuildReport",
    "add_documents",
    "build_index",
    "compact",
    "fingerprint_corpus",
    "is_stale",
    "remove_documents",
]


def fingerprint_corpus(corpus: Corpus) -> str:
    """32 hex digits that change with any document, clause, metadata or enrichment of a corpus."""
    digest = hashlib.sha256(dump_lines(corpus.documents))
    digest.update(dump_lines(corpus.clauses))
    digest.update(dump_lines(corpus.enrichment))
    return digest.hexdigest()[:32]


def is_stale(
    index_dir: str | Path, corpus_fingerprint: str, encoder: NamedModel, milvus: str = ""
) -> str | None:
    """Says why an index should be built anew.

    Args:
        index_dir: the index's folder.
        corpus_fingerprint: ``fingerprint_corpus`` of the corpus it should hold.
        encoder: the model it should have been built with.
        milvus: where Milvus should search it; empty where its own files should.

    Returns:
        One line, or None where the index is up to date.
    """
    try:
        manifest = read_manifest(Path(index_dir))
    except PolicyQAError as error:
        return str(error)
    if found := differences(manifest, encoder, chunker_fingerprint()):
        return "; ".join(found)
    if manifest.corpus != corpus_fingerprint:
        return f"it was built from the corpus {manifest.corpus[:12]}, not {corpus_fingerprint[:12]}"
    if manifest.milvus != (wanted := parse_uri(milvus) if milvus else ""):
        return f"it is searched by {manifest.milvus or 'its files'}, not by {wanted or 'its files'}"
    return None


def build_index(
    corpus: Corpus,
    index_dir: str | Path,
    encoder: DocumentEncoder,
    *,
    passages: Sequence[Passage] | None = None,
    keep_changes: bool = True,
    milvus: str = "",
    progress: Progress | None = None,
) -> BuildReport:
    """Builds an index of a corpus, or brings an existing one up to date.

    Args:
        corpus: what to answer from.
        index_dir: the index's folder; made where there is none.
        encoder: the model.
        passages: the corpus's clauses as passages; None cuts them by ``corpus.passages``.
        keep_changes: False forgets earlier additions and removals: the index then holds the corpus alone.
        milvus: address of a Milvus server, or the file of a Milvus Lite, that is to search it, now and when
            it is added to; empty searches its own files.
        progress: called with (passages embedded, passages to embed).

    Returns:
        What was done.

    Raises:
        PolicyQAError: if there is nothing to index or the index cannot be written; the old one is left.
    """
    clock = Clock()
    uri = parse_uri(milvus) if milvus else ""
    with changing(Path(index_dir)) as change:
        change.milvus = uri
        with clock.phase("read"):
            before, note = _read_before(change)
        old = change.manifest if keep_changes else None
        added, dropped = (set(old.added), set(old.dropped)) if old else (set(), set())
        with clock.phase("split"):
            parts = _combine(corpus, passages, before, added, dropped).checked()
        known = before if change.manifest and _same_model(change.manifest, encoder) else []
        with clock.phase("embed"):
            content, embedded = embed(parts, encoder, known, progress)
        with clock.phase("write"):
            held = {document.id for document in parts.documents}
            manifest = change.commit(
                Manifest(
                    model=ModelInfo.of(encoder),
                    corpus=fingerprint_corpus(corpus),
                    chunker=chunker_fingerprint(),
                    segments=(change.write(content),),
                    added=tuple(sorted(added & held)),
                    dropped=tuple(sorted(dropped & {document.id for document in corpus.documents})),
                    milvus=uri,
                )
            )
    gone = {document.id for segment in before for document in segment.documents} - held
    return BuildReport.of(
        manifest,
        clock,
        embedded=embedded,
        reused=len(parts.passages) - embedded,
        removed=len(gone),
        kept=len(added & held),
        note=" ".join(filter(None, (note, _recall_note(manifest)))),
    )


def add_documents(
    corpus: Corpus,
    index_dir: str | Path,
    encoder: DocumentEncoder,
    *,
    replacing: Iterable[str] = (),
    progress: Progress | None = None,
) -> BuildReport:
    """Adds documents to an index; one whose id it holds already is replaced.

    The cost is in proportion to what is added.

    Args:
        corpus: the documents with their clauses.
        index_dir: the folder of an index built with the same model.
        encoder: the model.
        replacing: ids of documents that they take the place of, in the same step.
        progress: called with (passages embedded, passages to embed).

    Returns:
        What was done.

    Raises:
        PolicyQAError: if there is no index, it does not fit or lacks what is to be replaced, or it cannot
            be written.
    """
    from corpus.passages import split_passages

    clock = Clock()
    with changing(Path(index_dir)) as change:
        old = require_fitting(change, encoder)
        new, replaced = {document.id for document in corpus.documents}, set(replacing)
        _require_held(change, old, replaced)
        gone = replaced - new
        with clock.phase("read"):
            touched = [info for info in old.segments if new & info.live.keys()]
            known = [read_documents(change.folder, info, new) for info in touched]
        with clock.phase("split"):
            cut = split_passages(corpus.clauses)
            entries = with_earlier_entries(corpus.enrichment, corpus.clauses, known)
            parts = Parts(corpus.documents, corpus.clauses, cut, entries).checked()
        with clock.phase("embed"):
            content, embedded = embed(parts, encoder, known, progress)
        with clock.phase("write"):
            segments = [info.without(new | gone) for info in old.segments]
            manifest = change.commit(
                replace(
                    old,
                    segments=settled(change, [*segments, change.write(content)]),
                    added=tuple(sorted({*old.added, *new} - gone)),
                    dropped=tuple(sorted({*old.dropped, *gone} - new)),
                )
            )
    return BuildReport.of(
        manifest,
        clock,
        embedded=embedded,
        reused=len(parts.passages) - embedded,
        removed=len(gone),
        note=_recall_note(manifest),
    )


def remove_documents(ids: Iterable[str], index_dir: str | Path) -> BuildReport:
    """Removes documents from an index: no answer comes from them any more.

    Args:
        ids: ids of documents it holds.
        index_dir: the index's folder.

    Returns:
        What was done.

    Raises:
        PolicyQAError: if there is no index, no such document, or it cannot be written.
    """
    gone = set(ids)
    clock = Clock()
    with changing(Path(index_dir)) as change, clock.phase("write"):
        old = require_fitting(change, None)
        _require_held(change, old, gone)
        segments = [info.without(gone) for info in old.segments]
        manifest = change.commit(
            replace(
                old,
                segments=settled(change, segments),
                added=tuple(sorted({*old.added} - gone)),
                dropped=tuple(sorted({*old.dropped, *gone})),
            )
        )
    return BuildReport.of(manifest, clock, removed=len(gone))


def _require_held(change: Change, manifest: Manifest, ids: set[str]) -> None:
    if unknown := ids - manifest.documents.keys():
        raise PolicyQAError(f"The index in {change.folder} holds no document {', '.join(sorted(unknown))}")


def compact(index_dir: str | Path) -> BuildReport:
    """Writes an index anew as one segment, without what was removed.

    Args:
        index_dir: the index's folder.

    Returns:
        What it holds.

    Raises:
        PolicyQAError: if there is no index or it cannot be written.
    """
    clock = Clock()
    with changing(Path(index_dir)) as change, clock.phase("write"):
        old = require_fitting(change, None)
        segments = (change.merge(old.segments),) if old.documents else ()
        manifest = change.commit(replace(old, segments=segments))
    return BuildReport.of(manifest, clock, reused=manifest.passages, note=_recall_note(manifest))


def _recall_note(manifest: Manifest) -> str:
    """What to know where an approximate search finds too little; empty mostly."""
    low = [info.search for info in manifest.segments if info.search.recall < TARGET_RECALL]
    return "".join(
        f"The approximate search ({search.kind}) has a recall@10 of {search.recall:.3f}, "
        f"less than {TARGET_RECALL}: some nearest passages will be missed."
        for search in low
    )


def _read_before(change: Change) -> tuple[list[Content], str]:
    """What the index held, and a note where that cannot be read."""
    if change.manifest is None:
        lost = " What was added to it must be added again." if change.note else ""
        return [], change.note + lost
    try:
        return [read_segment(change.folder, info).content() for info in change.manifest.segments], ""
    except PolicyQAError as error:
        added = ", ".join(change.manifest.added)
        return [], f"{error}." + (f" These documents must be added again: {added}" if added else "")


def _combine(
    corpus: Corpus,
    passages: Sequence[Passage] | None,
    before: Sequence[Content],
    added: set[str],
    dropped: set[str],
) -> Parts:
    """The corpus without what was dropped or replaced since, and then what was added since."""
    from corpus.passages import split_passages

    documents = [d for segment in before for d in segment.documents if d.id in added]
    clauses = [c for segment in before for c in segment.clauses if c.document in added]
    out = dropped | {document.id for document in documents}
    own = [clause for clause in corpus.clauses if clause.document not in out]
    names = {clause.id for clause in own}
    brought = [entry for entry in corpus.enrichment if entry.id in names]
    entries = with_earlier_entries(brought, [*own, *clauses], before)
    cut = split_passages(own) if passages is None else [p for p in passages if p.clause in names]
    return Parts(
        [*(d for d in corpus.documents if d.id not in out), *documents],
        [*own, *clauses],
        [*cut, *split_passages(clauses)],
        entries,
    )


def _same_model(manifest: Manifest, model: NamedModel) -> bool:
    return replace(manifest.model, name=model.name) == ModelInfo.of(model)
