"""``policyqa backup``: a copy of index, keys and settings while the server serves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.options import IndexOption, index_dir
from app.console import print_line


def backup(
    target: Annotated[Path, typer.Argument(help="Folder to make.", metavar="FOLDER", show_default=False)],
    index: IndexOption = None,
) -> None:
    """Copy index, keys, settings and databases into a new folder, while the server serves."""
    from app.backup import back_up
    from app.settings import load_settings, settings_file

    settings = load_settings()
    files = [path for path in (settings.keys, settings_file()) if path is not None and path.is_file()]
    databases = sorted(settings.keys.parent.glob("*.sqlite"))
    back_up(index_dir(index), files, databases, target)
    print_line(f"{target}: complete and checked")
