"""The web application: the chat, the clause pages and the health check."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from app.clause_page import clause_page, missing_page
from app.headers import SecurityHeaders
from app.i18n import choose_language
from app.limits import RequestLimit
from app.previews import WithoutPreviews
from app.settings import Settings
from rag.generators.choice import EXTRACTIVE, Choice

if TYPE_CHECKING:
    from rag.engine import PolicyQA

_STATIC = Path(__file__).parent / "static"
_HEAD = """
<link rel="stylesheet" href="ui/tokens.css">
<link rel="stylesheet" href="ui/dark.css">
<link rel="stylesheet" href="ui/chat.css">
<script src="ui/chat.js"></script>
"""


def create_app(
    engine: PolicyQA, settings: Settings, as_of: date | None = None, choice: Choice = EXTRACTIVE
) -> FastAPI:
    """The web application over an opened index.

    Args:
        engine: what answers.
        settings: how many questions at a time.
        as_of: the day of asking; None means the day on which a question comes.
        choice: what writes the answers, and why.
    """
    app = FastAPI(title="PolicyQA", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(WithoutPreviews)
    app.add_middleware(RequestLimit)
    app.add_middleware(SecurityHeaders)
    # Without this, Gradio lets pages of any origin call it with the person's cookies.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.mount("/ui", StaticFiles(directory=_STATIC))

    @app.api_route("/healthz", methods=["GET", "HEAD"])
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.api_route("/clause/{clause_id:path}", methods=["GET", "HEAD"], response_class=HTMLResponse)
    def clause(
        request: Request, clause_id: str, quote: Annotated[Sequence[str], Query()] = (), lang: str = ""
    ) -> HTMLResponse:
        language = choose_language(lang or request.headers.get("accept-language"))
        page = clause_page(engine, clause_id, quote, language, as_of or date.today())
        if page is None:
            return HTMLResponse(missing_page(clause_id, language), status_code=404)
        return HTMLResponse(page)

    _mount_chat(app, engine, settings, as_of, choice)
    return app


def _mount_chat(
    app: FastAPI, engine: PolicyQA, settings: Settings, as_of: date | None, choice: Choice
) -> None:
    # Gradio reads this when it is imported: no word of its use may leave the machine.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr

    from app.chat import Chat
    from app.theme import THEME

    chat = Chat(engine, as_of, settings.workers, settings.max_waiting, choice)
    gr.mount_gradio_app(
        app,
        chat.blocks,
        path="/",
        theme=THEME,
        head=_HEAD,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,  # the chat takes no files; Gradio's upload address is there all the same
        ssr_mode=False,
        favicon_path=str(_STATIC / "favicon.svg"),
    )
