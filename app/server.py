"""The web application: the chat, the clause pages and the programming interface behind one gate."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from app.access.guard import Guard
from app.access.policy import require_access
from app.admin_page import add_page
from app.allowance import Allowance
from app.api import admin, feedback, health, history, openai, routes
from app.api.desk import Desk
from app.api.failing import install_failures
from app.api.service import Service
from app.asked import Asked
from app.clause_page import clause_page, missing_page
from app.documents.audit import Audit
from app.documents.library import Library
from app.embedding.frame import FrameAddress, SubPath, add_script
from app.embedding.origins import AllowedOrigins
from app.feedback.store import FeedbackStore
from app.headers import SecurityHeaders
from app.history.personal import History
from app.history.store import HistoryStore
from app.i18n import choose_language
from app.limits import AskLimit, RequestLimit
from app.metrics import Metrics
from app.observing import Observing
from app.previews import WithoutPreviews
from app.settings import Settings
from app.work import Work
from corpus.errors import PolicyQAError
from rag.generators.choice import EXTRACTIVE, Choice

if TYPE_CHECKING:
    from app.chat import Chat
    from rag.engine import PolicyQA

_LOG = logging.getLogger(__name__)
_STATIC = Path(__file__).parent / "static"
_HEAD = """
<link rel="stylesheet" href="ui/tokens.css">
<link rel="stylesheet" href="ui/dark.css">
<link rel="stylesheet" href="ui/chat.css">
<link rel="stylesheet" href="ui/history.css">
<link rel="stylesheet" href="ui/embed.css">
<script src="ui/frame.js"></script>
<script src="ui/chat.js"></script>
<script src="ui/feedback.js"></script>
<script src="ui/history.js"></script>
"""


def create_app(
    engine: PolicyQA, settings: Settings, as_of: date | None = None, choice: Choice = EXTRACTIVE
) -> FastAPI:
    """The web application over an opened index.

    Args:
        engine: what answers.
        settings: whom it lets in, and how much at a time.
        as_of: the day of asking; None means the day on which a question comes.
        choice: what writes the answers, and why.

    Returns:
        The application; its ``state.work`` is the ``Work`` under way.

    Raises:
        PolicyQAError: other machines could reach it and nothing says whom to let in.
    """
    access = require_access(settings, settings.host, settings.open)
    app = FastAPI(title="PolicyQA", docs_url=None, redoc_url=None, openapi_url="/api/openapi.json")
    metrics, allowance = Metrics(), Allowance(settings.asks_per_minute, settings.asks_at_once)
    app.add_middleware(FrameAddress)
    app.add_middleware(WithoutPreviews)
    app.add_middleware(RequestLimit)
    app.add_middleware(AskLimit, allowance=allowance)
    app.add_middleware(Guard, access=access, allowed_origins=settings.allowed_origins)
    app.add_middleware(AllowedOrigins, origins=settings.allowed_origins)
    app.add_middleware(SecurityHeaders, allowed_origins=settings.allowed_origins)
    app.add_middleware(Observing, metrics=metrics)
    app.add_middleware(SubPath, path=urlsplit(settings.public_url).path)
    desk = Desk(settings.places, settings.max_waiting)
    service = Service(engine, desk, metrics, allowance, as_of, settings.log_questions, settings.public_url)
    app.mount("/ui", StaticFiles(directory=_STATIC))
    add_script(app)

    @app.api_route(
        "/clause/{clause_id:path}",
        methods=["GET", "HEAD"],
        response_class=HTMLResponse,
        include_in_schema=False,
    )
    def clause(
        request: Request, clause_id: str, quote: Annotated[Sequence[str], Query()] = (), lang: str = ""
    ) -> HTMLResponse:
        service.refresh()
        language = choose_language(lang or request.headers.get("accept-language"))
        page = clause_page(engine, clause_id, quote, language, as_of or date.today())
        if page is None:
            return HTMLResponse(missing_page(clause_id, language), status_code=404)
        return HTMLResponse(page)

    kept = _open_history(settings)
    chat = _open_chat(service, settings, choice, kept)
    app.state.work = work = Work(desk, chat)
    work.show(metrics, engine)
    app.include_router(routes.build_router(service))
    app.include_router(openai.build_router(service))
    library = Library(engine, engine.folder, lambda: engine.encoder, Audit(settings.data))
    app.include_router(admin.build_router(library, lambda: service.refresh(wait=True)))
    add_page(app)
    app.include_router(feedback.build_router(FeedbackStore(settings.data, settings.feedback_days)))
    app.include_router(history.build_router(kept, service))
    app.include_router(health.build_router(service, work))
    install_failures(app)
    _mount_chat(app, chat, settings)
    return app


def _open_history(settings: Settings) -> History:
    store = HistoryStore(settings.data, settings.history_days)
    try:
        store.forget_old()
    except PolicyQAError as error:
        _LOG.error("old history was not deleted: %s", error)  # the chat answers all the same
    return History(store, settings.history_days)


def _open_chat(service: Service, settings: Settings, choice: Choice, history: History) -> Chat:
    # Gradio reads this when it is imported: no word of its use may leave the machine.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    from app.chat import Chat

    chat = Chat(
        service.engine,
        service.as_of,
        settings.places,
        settings.max_waiting,
        choice,
        Asked(service.allowance, service.metrics),
        history,
    )
    if settings.mcp:
        from app.api.mcp import add_tools, require_package

        require_package()
        add_tools(chat.blocks, service)
    return chat


def _mount_chat(app: FastAPI, chat: Chat, settings: Settings) -> None:
    import gradio as gr

    from app.api.mcp import keep_at_home
    from app.theme import THEME

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
        mcp_server=settings.mcp,
    )
    keep_at_home(chat.blocks)
