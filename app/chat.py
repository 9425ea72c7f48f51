"""The chat in the browser: its parts and what happens on them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import gradio as gr

from app.allowance import TooOftenError
from app.asked import Asked, fault_of
from app.authorship import told_of
from app.conversation import Conversation
from app.i18n import Messages, choose_language, messages
from app.render import render
from app.views import Views
from corpus.errors import PolicyQAError
from rag.engine import PolicyQA
from rag.generators.choice import EXTRACTIVE, Choice
from rag.types import Answer, Filters, Language

_LOG = logging.getLogger(__name__)
_EXAMPLES_SHOWN = 4
# Gradio keeps a copy of the page for every session, about a third of a megabyte; the longest unused go first.
_MOST_SESSIONS = 1000
# What the page's address and browser wish takes the place of the first inputs; the last is on the server.
# Gradio does not wait for the page's own script, which may come later than this.
_OPENING_JS = """async (_, __, ___, conversation) => {
  while (!window.policyqa) await new Promise((resolve) => setTimeout(resolve, 20));
  return [policyqa.language(), policyqa.zones(), policyqa.question(), conversation];
}"""

Update = dict[Any, Any]


class Chat:
    """The chat's page; ``blocks`` is what is mounted, ``asked`` knows the questions being answered."""

    def __init__(
        self,
        engine: PolicyQA,
        as_of: date | None,
        workers: int,
        max_waiting: int,
        choice: Choice = EXTRACTIVE,
        asked: Asked | None = None,
    ) -> None:
        """Build the page.

        Args:
            engine: what answers.
            as_of: the day of asking; None means the day on which a question comes.
            workers: questions answered at the same time.
            max_waiting: questions that may wait for their turn.
            choice: what writes the answers, and why.
            asked: the questions being answered, and how often a person may ask.
        """
        self._engine = engine
        self._choice = choice
        self.asked = asked or Asked()
        self._as_of = as_of
        self._views = Views(engine, as_of)
        with gr.Blocks(title="PolicyQA 政策问答", analytics_enabled=False, fill_width=True) as self.blocks:
            self._lay_out()
            self._connect()
        self.blocks.state_session_capacity = _MOST_SESSIONS
        self.blocks.queue(default_concurrency_limit=workers, max_size=max_waiting)

    def _lay_out(self) -> None:
        self._conversation = gr.State(Conversation())
        with gr.Row(elem_id="pq-top"):
            self._masthead = gr.HTML(elem_id="pq-masthead", js_on_load=None, apply_default_css=False)
            self._switch = gr.Button("English", elem_id="pq-switch", size="sm")
        with gr.Row(elem_id="pq-body"):
            with gr.Column(elem_id="pq-talk"):
                with gr.Column(elem_id="pq-scroll"):
                    with gr.Column(elem_id="pq-welcome") as self._welcome:
                        self._greeting = gr.HTML(
                            elem_id="pq-greeting", js_on_load=None, apply_default_css=False
                        )
                        self._examples = [
                            gr.Button("", elem_classes="pq-example") for _ in range(_EXAMPLES_SHOWN)
                        ]
                    self._transcript = gr.HTML(
                        elem_id="pq-transcript", js_on_load=None, apply_default_css=False
                    )
                self._lay_out_composer()
            with gr.Column(elem_id="pq-panel"):
                self._sources = gr.HTML(elem_id="pq-sources", js_on_load=None, apply_default_css=False)

    def _lay_out_composer(self) -> None:
        with gr.Column(elem_id="pq-composer"):
            self._status = gr.HTML(elem_id="pq-status", js_on_load=None, apply_default_css=False)
            with gr.Row(elem_id="pq-entry"):
                self._box = gr.Textbox(
                    elem_id="pq-box", lines=1, max_lines=6, container=False, show_label=False, autofocus=True
                )
                self._send = gr.Button("", elem_id="pq-send", variant="primary")
                self._stop = gr.Button("", elem_id="pq-stop", visible=False)
            with gr.Row(elem_id="pq-filters"):
                self._zones = gr.Dropdown(
                    multiselect=True, elem_id="pq-zones", container=False, show_label=False
                )
                self._in_force = gr.Checkbox(label="…", elem_id="pq-in-force", container=False)
                self._export = gr.Button("", elem_id="pq-export", size="sm")
                self._clear = gr.Button("", elem_id="pq-clear", size="sm")
            self._footer = gr.HTML(elem_id="pq-footer", js_on_load=None, apply_default_css=False)

    def _connect(self) -> None:
        """Say what happens on every event."""
        talk = [self._conversation, self._transcript, self._sources, self._welcome, self._status]
        entry = [self._box, self._send, self._stop]
        fixed = [
            self._masthead,
            self._switch,
            self._greeting,
            *self._examples,
            *entry,
            self._zones,
            self._in_force,
            self._export,
            self._clear,
            self._footer,
        ]
        asked: list[dict[str, Any]] = [
            trigger(
                self._answer,
                [source, self._conversation, self._zones, self._in_force],
                [*talk, *entry],
                show_progress="hidden",
                api_visibility="private",
            )
            for trigger, source in [
                (self._box.submit, self._box),
                (self._send.click, self._box),
                *((button.click, button) for button in self._examples),
            ]
        ]
        quiet: dict[str, Any] = {"show_progress": "hidden", "queue": False, "api_visibility": "private"}
        self._stop.click(self._stopped, [self._conversation], [*talk, *entry], cancels=asked, **quiet)
        self._clear.click(self._cleared, [self._conversation], [*talk, *entry], cancels=asked, **quiet)
        self._switch.click(self._switched, [self._conversation], [*talk, *fixed], **quiet)
        self.blocks.unload(self._left)
        self.blocks.load(
            self._opened,
            [self._switch, self._export, self._clear, self._conversation],
            [*talk, *fixed],
            js=_OPENING_JS,
            **quiet,
        )

    # What is shown

    def _show_talk(self, conversation: Conversation) -> Update:
        """The conversation and its sources, in the conversation's language."""
        turns = self._views.turns(conversation)
        language = conversation.language
        return {
            self._conversation: conversation,
            self._transcript: render("conversation.html", language, turns=turns),
            self._sources: render("sources.html", language, turns=turns, collection=self._views.collection),
            self._welcome: gr.update(visible=not turns),
            self._status: render("status.html", language, turns=turns),
        }

    def _show_fixed(self, words: Messages) -> Update:
        """Everything apart from the conversation, in one language."""
        collection, language = self._views.collection, words.language
        examples = collection.examples(language)[:_EXAMPLES_SHOWN]
        examples += [""] * (_EXAMPLES_SHOWN - len(examples))
        choices = [(collection.short_zone(zone, language), zone) for zone in collection.zones]
        return {
            self._masthead: render("masthead.html", language, collection=collection),
            self._greeting: render("greeting.html", language, written=self._choice.kind != "extractive"),
            self._footer: render("footer.html", language, text=told_of(self._choice, words)),
            self._switch: gr.update(value=words("switch_to")),
            self._box: gr.update(placeholder=words("question_placeholder"), label=words("question_label")),
            self._send: gr.update(value=words("send")),
            self._stop: gr.update(value=words("stop")),
            self._zones: gr.update(
                choices=choices, label=words("zones_label"), info=None, visible=bool(choices)
            ),
            self._in_force: gr.update(label=words("in_force_label")),
            self._export: gr.update(value=words("export")),
            self._clear: gr.update(value=words("clear")),
            **{
                button: gr.update(value=text, visible=bool(text))
                for button, text in zip(self._examples, examples, strict=True)
            },
        }

    def _show_entry(self, busy: bool, emptied: bool = False) -> Update:
        return {
            self._send: gr.update(visible=not busy),
            self._stop: gr.update(visible=busy),
            self._box: gr.update(value="") if emptied else gr.skip(),
        }

    # What happens

    def _opened(self, preferred: str, zones: str, question: str, conversation: Conversation) -> Update:
        """Fit the page to the browser's language, and to the zones and question that its address names."""
        self._refresh()
        language = choose_language(preferred)
        shown = self._show_talk(replace(conversation, language=language)) | self._show_fixed(
            messages(language)
        )
        if named := self._views.collection.zones_known(zones.split(",")):
            shown[self._zones]["value"] = named
        if question and not fault_of(question, messages(language)):
            shown[self._box]["value"] = question
        return shown

    def _refresh(self) -> None:
        """Take up what has been added to the index or removed from it."""
        try:
            self._engine.reload_if_changed()
        except PolicyQAError as error:
            _LOG.warning("the index has changed and cannot be opened, the old state goes on: %s", error)

    def _switched(self, conversation: Conversation) -> Update:
        """Show the page in the other language."""
        language: Language = "en" if conversation.language == "zh" else "zh"
        return self._show_talk(replace(conversation, language=language)) | self._show_fixed(
            messages(language)
        )

    def _cleared(self, conversation: Conversation, request: gr.Request | None = None) -> Update:
        self.asked.stop(request)
        return self._show_talk(replace(conversation, exchanges=())) | self._show_entry(False, emptied=True)

    def _left(self, request: gr.Request) -> None:
        """The person has closed the page: nobody waits for the answer."""
        self.asked.stop(request)

    def _stopped(self, conversation: Conversation, request: gr.Request | None = None) -> Update:
        self.asked.stop(request)
        if conversation.exchanges and conversation.exchanges[-1].state == "pending":
            conversation = conversation.with_last(conversation.exchanges[-1].answer, "stopped")
        return self._show_talk(conversation) | self._show_entry(False)

    def _answer(
        self,
        question: str,
        conversation: Conversation,
        zones: list[str] | None,
        in_force: bool,
        request: gr.Request | None = None,
    ) -> Iterator[Update]:
        """Answer a question, showing the answer as it grows."""
        words = messages(conversation.language)
        question = question.strip()
        if fault := fault_of(question, words):
            yield {self._status: render("notice.html", conversation.language, text=fault)}
            return
        filters = Filters(zones=tuple(zones or ()), in_force_only=in_force, as_of=self._as_of or date.today())
        conversation = conversation.with_new(question, filters)
        yield self._show_talk(conversation) | self._show_entry(True, emptied=True)
        self._refresh()
        answer: Answer | None = None
        try:
            with self.asked.asking(request) as cancel:
                for answer in self._engine.stream(question, conversation.history, filters, cancel):
                    yield self._show_talk(conversation.with_last(answer, "pending"))
                if cancel.is_set():
                    return
            conversation = conversation.with_last(answer, "done")
        except TooOftenError as error:
            conversation = conversation.with_last(None, "failed", words("error_too_often", wait=error.wait))
        except PolicyQAError as error:
            conversation = conversation.with_last(None, "failed", str(error))
        except Exception:
            # The person is told in plain words; the cause is for whoever runs the server.
            _LOG.exception("a question could not be answered")
            conversation = conversation.with_last(None, "failed", words("error_unexpected"))
        yield self._show_talk(conversation) | self._show_entry(False)
