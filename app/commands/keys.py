"""``policyqa keys``: making, listing and revoking API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.access.people import Role
from app.commands.options import JsonOption
from app.console import print_json, print_line, print_message, print_table

if TYPE_CHECKING:
    from app.access.keys import Keys

app = typer.Typer(help="Make, list and revoke API keys.")

_NameArgument = Annotated[str, typer.Argument(help="The key's name, for you and for the log.")]


@app.command()
def add(
    name: _NameArgument,
    role: Annotated[Role, typer.Option("--role", help="What it allows.")] = Role.ASK,
) -> None:
    """Make a key; it is shown this once and nowhere kept."""
    print_line(_keys().add(name, role))
    print_message("policyqa: keep it: it cannot be shown again (only its hash is stored)")


@app.command("list")
def show(as_json: JsonOption = False) -> None:
    """List the keys, without their texts."""
    keys = _keys().all
    if as_json:
        for key in keys:
            print_json({"name": key.name, "role": key.role, "created": key.created, "revoked": key.revoked})
        return
    rows = ((key.name, str(key.role), key.created, key.revoked) for key in keys)
    print_table(("name", "role", "created", "revoked"), rows)


@app.command()
def revoke(name: _NameArgument) -> None:
    """Revoke a key; running servers refuse it from the next request on."""
    _keys().revoke(name)
    print_message(f"policyqa: the key {name} is revoked")


def _keys() -> Keys:
    from app.access.keys import Keys
    from app.settings import load_settings

    return Keys(load_settings().keys)
