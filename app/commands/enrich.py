"""``policyqa corpus enrich``: the words by which people look for clauses, by the language model in place."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.index import load_encoder
from app.commands.options import DeviceOption, IndexOption, JsonOption, index_dir
from app.console import Progress, print_facts, print_message, progress_bar
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpus.types import Clause
    from embeddings.index import Index


def enrich(
    documents: Annotated[
        list[str] | None,
        typer.Argument(help="Ids of documents, else all that have no enrichment.", metavar="[DOCUMENT...]"),
    ] = None,
    index: IndexOption = None,
    device: DeviceOption = "auto",
    as_json: JsonOption = False,
) -> None:
    """Let the language model write by which words people look for each clause; what does not hold is dropped.

    Documents that are finished are kept: stopped or failed, the same command goes on with the rest.
    """
    from app.settings import load_settings
    from embeddings.enrich import enrich_document
    from embeddings.index import Index
    from rag import enriching
    from rag.generators.choice import open_language_model

    folder = index_dir(index)
    opened = Index.open(folder)
    todo = _units(opened, documents)
    if not todo:
        print_message(f"policyqa: every document of the index {folder} has enrichment already")
        return
    encoder = load_encoder(opened.manifest.model.name, device)
    model = open_language_model(load_settings().wanted)
    print_message(f"policyqa: {model.name}, {model.setting}")
    dropped: Counter[str] = Counter()
    written = done = 0
    total = sum(map(len, todo.values()))
    with progress_bar("reading clauses") as progress:
        for document, units in todo.items():
            result = enriching.enrich(model, opened, units, partial(_count, progress, done, total))
            written += enrich_document(document, result.entries, folder, encoder)
            done += result.units
            dropped += result.dropped
    facts = {"index": str(folder), "documents": len(todo), "units": total, "entries": written}
    kept_out = dict(dropped.most_common())
    told = ", ".join(f"{count} × {reason}" for reason, count in kept_out.items())
    print_facts(facts | {"dropped": kept_out if as_json else told or "nothing"}, as_json)


def _count(progress: Progress, before: int, total: int, done: int) -> None:
    progress(before + done, total)


def _units(index: Index, documents: Sequence[str] | None) -> dict[str, Sequence[Clause]]:
    """The units to be read, by document.

    Raises:
        PolicyQAError: the index holds no such document.
    """
    from rag.enriching import units_to_enrich

    if unknown := sorted(set(documents or ()) - index.documents.keys()):
        raise PolicyQAError(f"no document {', '.join(unknown)}; policyqa documents list shows them")
    enriched = {index.clauses[unit].document for unit in index.enrichment}
    chosen = list(dict.fromkeys(documents or ())) or [d for d in index.documents if d not in enriched]
    return {document: units for document in chosen if (units := units_to_enrich(index, document))}
