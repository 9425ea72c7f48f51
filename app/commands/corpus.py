"""``policyqa corpus``: what comes of the texts that are answered from."""

from __future__ import annotations

import typer

from app.commands.check import check
from app.commands.enrich import enrich
from app.commands.listing import clauses, documents

app = typer.Typer(help="Show how texts are cut, check and enrich them; `policyqa documents` changes them.")
app.command()(documents)
app.command()(clauses)
app.command()(check)
app.command()(enrich)
