"""``policyqa feedback``: what people said of answers."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.options import JsonOption
from app.console import beginning, print_json, print_message, print_table

if TYPE_CHECKING:
    from app.feedback.store import Feedback

app = typer.Typer(help="Show what people said of answers, and make questions of it.")


@app.command("list")
def show(as_json: JsonOption = False) -> None:
    """List the feedback, the oldest first."""
    found = _kept()
    if as_json:
        for one in found:
            print_json(asdict(one))
        return
    rows = (
        (one.id[:12], one.at, one.person, one.verdict.value, beginning(one.question, 40), beginning(one.note))
        for one in found
    )
    print_table(("id", "at", "person", "verdict", "question", "note"), rows)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Question file to write; an older one is replaced.")],
) -> None:
    """Turn it into candidate evaluation questions, for `policyqa eval check` and a person to complete."""
    from app.feedback.candidates import to_candidates
    from corpus.collection import shipped_corpus
    from embeddings.disk import replace_file

    candidates = to_candidates(_kept(), shipped_corpus())
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in candidates.rows)
    replace_file(file, lines.encode())
    print_message(
        f"policyqa: {len(candidates.rows)} candidates in {file}; without evidence, for a person to add: "
        f"{candidates.open}; left out, for they cite other documents: {candidates.foreign}"
    )


def _kept() -> list[Feedback]:
    from app.feedback.store import FeedbackStore
    from app.settings import load_settings

    settings = load_settings()
    return FeedbackStore(settings.data, settings.feedback_days).all()
