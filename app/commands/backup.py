"""``policyqa backup``: a copy of what the server keeps while the server serves."""

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
    """Copy index, keys, settings, feedback, history and record into a new folder, while the server serves."""
    from app.backup import back_up
    from app.documents import audit
    from app.feedback import store as feedback
    from app.history import store as history
    from app.settings import load_settings, settings_file

    settings = load_settings()
    kept = (settings.keys, settings_file(), settings.data / audit.FILE)
    files = [path for path in kept if path is not None and path.is_file()]
    stored = (settings.data / feedback.FILE, settings.data / history.FILE)
    databases = [path for path in stored if path.is_file()]
    back_up(index_dir(index), files, databases, target)
    print_line(f"{target}: complete and checked")
