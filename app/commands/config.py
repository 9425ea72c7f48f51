"""``policyqa config``: the settings in force, where each comes from, and whether they fit together."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import typer

from app.commands.options import JsonOption
from app.console import print_json, print_line, print_table
from corpus.errors import PolicyQAError

app = typer.Typer(help="Show and check the settings.")


@app.command()
def show(as_json: JsonOption = False) -> None:
    """List every setting with its value and where it comes from; secrets are masked."""
    from app.settings import Settings, is_secret, load_settings, read_file, settings_file, source_of

    settings, file = load_settings(), read_file(settings_file())
    rows = []
    for name in Settings.model_fields:
        value = getattr(settings, name)
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        if is_secret(name):
            shown = "********" if value.get_secret_value() else ""
        rows.append((name, shown, source_of(name, file)))
    if as_json:
        for name, shown, source in rows:
            print_json({"setting": name, "value": shown, "source": source})
        return
    print_table(("setting", "value", "from"), rows)


@app.command()
def check() -> None:
    """Check that the settings are valid and that a server could be started with them."""
    from app.access.policy import require_access
    from app.settings import OTHER_VARIABLES, PREFIX, Settings, load_settings, settings_file
    from embeddings.manifest import read_manifest
    from rag.generators.choice import choose

    settings, file = load_settings(), settings_file()
    known = {PREFIX + name.upper() for name in Settings.model_fields} | OTHER_VARIABLES
    for name in sorted(os.environ):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            raise PolicyQAError(f"{name}: there is no such setting (`policyqa config show` lists them)")
    if file is not None and settings.model_key.get_secret_value():
        _require_private(file)
    require_access(settings, settings.host, settings.open)
    choose(settings.wanted)
    read_manifest(settings.index)
    print_line(f"{file or 'the defaults and the environment'}: in order")


def _require_private(file: Path) -> None:
    """Refuse a file with a secret that others may read."""
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise PolicyQAError(f"{file} holds a secret and others may read it: chmod 600 {file}")
