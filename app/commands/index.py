"""``policyqa index``: building and checking an index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

from app.commands.options import DeviceOption, IndexOption, JsonOption, ModelOption, index_dir, person
from app.console import print_facts, print_line, print_message, progress_bar
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from corpus.types import Corpus
    from embeddings.encoder import Device, Encoder
    from embeddings.report import BuildReport

app = typer.Typer(help="Build and check an index.")


@app.command()
def build(
    more: Annotated[list[Path] | None, typer.Argument(help="More sources.", metavar="[PATH...]")] = None,
    source: Annotated[
        list[Path] | None,
        typer.Option("--source", help="A file or folder, else the shipped compendium.", metavar="PATH..."),
    ] = None,
    index: IndexOption = None,
    device: DeviceOption = "auto",
    model: ModelOption = None,
    milvus: Annotated[
        str | None,
        typer.Option("--milvus", help="A Milvus that searches it (else POLICYQA_MILVUS).", metavar="URI"),
    ] = None,
    workers: Annotated[
        str | None,
        typer.Option("--workers", help="Embed by Ray: ray, or ray:N for N workers.", metavar="ray[:N]"),
    ] = None,
    if_stale: Annotated[bool, typer.Option("--if-stale", help="Only where missing or out of date.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Build an index, or bring it up to date."""
    from app.documents.progress import Changes
    from app.settings import load_settings
    from embeddings.build import build_index, fingerprint_corpus, is_stale
    from embeddings.ray_job import RayEncoder

    folder = index_dir(index)
    corpus = load_corpus([*(source or ()), *(more or ())])
    local = load_encoder(model, device)
    encoder = local if workers is None else RayEncoder.parse(workers, local, cast("Device", device))
    engine = load_settings().milvus if milvus is None else milvus
    if if_stale and is_stale(folder, fingerprint_corpus(corpus), encoder, engine) is None:
        print_message(f"policyqa: the index {folder} is up to date")
        return
    with (
        progress_bar("embedding passages") as bar,
        Changes(folder).telling(person(), "build", bar) as progress,
    ):
        report = build_index(
            corpus, folder, encoder, keep_changes=not source, milvus=engine, progress=progress
        )
    show_report(report, folder, as_json)


@app.command("info")
def show(index: IndexOption = None, as_json: JsonOption = False) -> None:
    """Show what an index holds and by which model it was built."""
    folder = index_dir(index)
    print_facts({"index": str(folder)} | summary(folder), as_json)


@app.command()
def check(index: IndexOption = None) -> None:
    """Check every file of an index."""
    from embeddings.index import Index

    folder = index_dir(index)
    faults = Index.check(folder)
    if faults:
        raise PolicyQAError("; ".join(faults))
    print_line(f"{folder}: in order")


def load_corpus(paths: Sequence[Path]) -> Corpus:
    """The corpus in some files and folders, else the shipped one; unusable files are listed on stderr.

    Raises:
        PolicyQAError: nothing in them can be used.
    """
    from corpus.collection import load_sources, shipped_corpus

    if not paths:
        return shipped_corpus()
    corpus = load_sources(paths)
    for skipped in corpus.skipped:
        print_message(f"policyqa: skipped {skipped.path}: {skipped.reason}")
    if not corpus.clauses:
        raise PolicyQAError(f"nothing to read in {', '.join(map(str, paths))}")
    return corpus


def load_encoder(model: str | None, device: str) -> Encoder:
    """The model that a person named, else the built-in one.

    Raises:
        PolicyQAError: no such model or device.
    """
    from embeddings.encoder import Encoder
    from embeddings.model_folder import BUILTIN

    if device not in ("auto", "cpu", "cuda"):
        raise PolicyQAError(f"--device {device}: choose auto, cpu or cuda")
    encoder = Encoder.load(model or BUILTIN, cast(Literal["auto", "cpu", "cuda"], device))
    if encoder.note:
        print_message(f"policyqa: {encoder.note}")
    return encoder


def summary(folder: Path) -> dict[str, Any]:
    """What an index holds, by its manifest.

    Raises:
        PolicyQAError: there is no index, or it is damaged.
    """
    from embeddings.manifest import read_manifest

    manifest = read_manifest(folder)
    return {
        "documents": len(manifest.documents),
        "clauses": manifest.clauses,
        "passages": manifest.passages,
        "segments": len(manifest.segments),
        "searched_by": manifest.milvus or "its files",
        "added": len(manifest.added),
        "removed": len(manifest.dropped),
        "model": manifest.model.name,
        "model_fingerprint": manifest.model.fingerprint,
        "dimension": manifest.model.dimension,
        "corpus_fingerprint": manifest.corpus,
        "written": manifest.created,
    }


def show_report(report: BuildReport, folder: Path, as_json: bool) -> None:
    """Print what a change of the index did, with counts and times."""
    seconds = {name: round(value, 2) for name, value in report.seconds.items()}
    if report.note:
        print_message(f"policyqa: {report.note}")
    facts: dict[str, Any] = {
        "index": str(folder),
        "documents": report.documents,
        "clauses": report.clauses,
        "passages": report.passages,
        "embedded": report.embedded,
        "reused": report.reused,
        "removed_documents": report.removed,
        "kept_documents": report.kept,
    }
    if as_json:
        print_facts(facts | {"seconds": seconds}, as_json=True)
        return
    total = sum(report.seconds.values())
    phases = ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items())
    print_facts(facts | {"seconds": f"{total:.2f} ({phases})"}, as_json=False)
