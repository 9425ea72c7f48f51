"""``policyqa corpus check``: how a source was read, for a person to look over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.options import JsonOption
from app.console import print_json, print_line
from corpus.errors import PolicyQAError

if TYPE_CHECKING:
    from corpus.source import SourceText
    from corpus.types import Corpus


def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files; else the shipped compendium.", metavar="[PATH...]")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the mends, what was set apart, whether any text was lost, and what looks doubtful."""
    from corpus.collection import parse_sources, shipped_path
    from corpus.loaders import read_source

    files = paths or [shipped_path()]
    for folder in (path for path in files if path.is_dir()):
        raise PolicyQAError(f"{folder} is a folder; corpus check takes files")
    reports = [_report(source, parse_sources([source])) for path in files for source in read_source(path)]
    for report in reports:
        if as_json:
            print_json(report)
        else:
            for line in _lines(report):
                print_line(line)
    if faulty := [report["source"] for report in reports if report["missing"] or report["twice"]]:
        raise PolicyQAError(f"text is lost or stands twice in {', '.join(faulty)}")


def _report(source: SourceText, corpus: Corpus) -> dict[str, Any]:
    from corpus.coverage import account, doubt_rows, furniture_rows, mend_rows
    from corpus.enrichment import fit_enrichment, shipped_enrichment

    coverage = account(source, corpus)
    held = {document.id for document in corpus.documents}
    written = [entry for entry in shipped_enrichment() if entry.id.split("/")[0] in held]
    fitting, stale = fit_enrichment(written, corpus.clauses)
    apart = furniture_rows(source)
    return {
        "source": source.name,
        "documents": len(corpus.documents),
        "clauses": len(corpus.clauses),
        "letters": coverage.letters,
        "missing": [source.text[start:end] for start, end in coverage.missing],
        "twice": [source.text[start:end] for start, end in coverage.twice],
        "mends": mend_rows(source),
        "apart": apart,
        "doubts": doubt_rows(corpus),
        "enriched": len(fitting),
        "stale_enrichment": list(stale),
    }


def _lines(report: dict[str, Any]) -> Iterator[str]:
    """A report for reading."""
    letters: dict[str, int] = report["letters"]
    total = sum(letters.values()) or 1
    yield f"{report['source']}: {report['documents']} documents, {report['clauses']} clauses"
    yield ""
    yield f"Mends ({len(report['mends'])}): line, before → after, reason"
    for mend in report["mends"]:
        yield f"  {mend['line']:>5}  {mend['before']!r} → {mend['after']!r}  {mend['reason']}"
    yield ""
    kinds = Counter(str(row["kind"]) for row in report["apart"])
    yield f"Lines set apart ({sum(kinds.values())})"
    for kind, count in kinds.most_common():
        yield f"  {count:>5}  {kind}"
    yield ""
    yield "Coverage, in characters without white space"
    for kind, count in sorted(letters.items(), key=lambda item: -item[1]):
        yield f"  {count:>7}  {count / total:7.2%}  {kind}"
    yield f"  {sum(map(len, report['missing'])):>7}  lost"
    yield f"  {sum(map(len, report['twice'])):>7}  twice"
    yield ""
    stale = report["stale_enrichment"]
    yield f"Enrichment: {report['enriched']} entries; {len(stale)} stale, written for other words"
    for clause in stale:
        yield f"  {clause}"
    yield ""
    yield f"To look at ({len(report['doubts'])})"
    for row in report["doubts"]:
        yield f"  {row['clause']}: {row['doubt']}: {' '.join(row['text'].split())}"
