"""The chat's page: its parts and how they are shown."""

from __future__ import annotations

from datetime import date
from typing import Any

import gradio as gr

from app.authorship import told_of
from app.conversation import Conversation
from app.history.personal import PersonalHistory
from app.i18n import Messages
from app.render import render
from app.views import Views
from rag.engine import PolicyQA
from rag.generators.choice import Choice

_EXAMPLES_SHOWN = 4

Update = dict[Any, Any]


class Page:
    """The parts of the chat's page, without anything that happens on them."""

    def __init__(self, engine: PolicyQA, as_of: date | None, choice: Choice) -> None:
        """Lay out the page.

        Args:
            engine: what answers.
            as_of: the day of asking; None means the day on which a question comes.
            choice: what writes the answers, and why.
        """
        self._as_of = as_of
        self._choice = choice
        self._views = Views(engine, as_of)
        with gr.Blocks(title="PolicyQA 政策问答", analytics_enabled=False, fill_width=True) as self.blocks:
            self._lay_out()

    def _lay_out(self) -> None:
        self._conversation = gr.State(Conversation())
        with gr.Row(elem_id="pq-top"):
            self._masthead = gr.HTML(elem_id="pq-masthead", js_on_load=None, apply_default_css=False)
            self._switch = gr.Button("English", elem_id="pq-switch", size="sm")
            self._reopen = gr.Button("", elem_id="pq-reopen", visible="hidden")
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
                    elem_id="pq-box",
                    lines=1,
                    max_lines=6,
                    container=False,
                    show_label=False,
                    interactive=True,
                )
                # What is sent: Gradio keeps every state of a part that both is read and changes.
                self._typed = gr.Textbox(visible="hidden", elem_id="pq-typed")
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

    def _show_fixed(self, words: Messages, history: PersonalHistory | None) -> Update:
        """Everything apart from the conversation, in one language; with the person's history if any."""
        collection, language = self._views.collection, words.language
        examples = collection.examples(language)[:_EXAMPLES_SHOWN]
        examples += [""] * (_EXAMPLES_SHOWN - len(examples))
        choices = [(collection.short_zone(zone, language), zone) for zone in collection.zones]
        return {
            self._masthead: render("masthead.html", language, collection=collection, history=history),
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
            self._clear: gr.update(value=words("new_conversation" if history else "clear")),
            **{
                button: gr.update(value=text, visible=bool(text))
                for button, text in zip(self._examples, examples, strict=True)
            },
        }

    def _show_entry(self, busy: bool, emptied: bool = False) -> Update:
        return {
            self._send: gr.update(visible=not busy),
            self._stop: gr.update(visible=busy),
            # An answer that is being given shows its own conversation to the end.
            **{part: gr.update(interactive=not busy) for part in (self._clear, self._switch, self._reopen)},
            self._box: gr.update(value="") if emptied else gr.skip(),
        }
