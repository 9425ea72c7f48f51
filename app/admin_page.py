"""The page on which administrators add, replace and remove documents."""

from __future__ import annotations

import json

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from app.i18n import Messages, choose_language, messages
from app.render import render

ADMIN = "/admin"

# What the page's script says; it writes them as text, like everything that comes from files.
_SPOKEN = (
    "admin_reading", "admin_publish", "admin_discard", "admin_remove", "admin_remove_sure",
    "admin_replaces_none", "admin_replaces", "admin_units", "admin_more", "admin_published",
    "admin_removed", "admin_rolled_back", "admin_unreachable", "admin_rollback_sure", "admin_no_records",
    "admin_doing_add", "admin_doing_replace", "admin_doing_remove", "admin_doing_rollback",
    "admin_doing_build", "admin_change_preparing", "admin_change_embedding", "admin_change_writing",
    "admin_change_done", "admin_change_failed", "admin_change_interrupted",
)  # fmt: skip


def add_page(app: FastAPI) -> None:
    """Serve the page; the gate lets administrators in only."""

    @app.get(ADMIN, response_class=HTMLResponse, include_in_schema=False)
    def page(request: Request, lang: str = "") -> HTMLResponse:
        language = choose_language(lang or request.headers.get("accept-language"))
        spoken = _spoken(messages(language))
        return HTMLResponse(render("admin.html", language, spoken=json.dumps(spoken, ensure_ascii=False)))


def _spoken(words: Messages) -> dict[str, str]:
    return {key: words(key) for key in _SPOKEN}
