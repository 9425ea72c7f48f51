"""The chat in the browser: what happens on its page."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import gradio as gr

from app.allowance import TooOftenError
from app.asked import Asked, asking_person, fault_of
from app.conversation import Conversation, State
from app.errors import RequestFailedError
from app.history.personal import NO_HISTORY, History
from app.i18n import choose_language, messages
from app.page import Page, Update
from app.render import render
from corpus.errors import PolicyQAError
from rag.engine import PolicyQA
from rag.generators.choice import EXTRACTIVE, Choice
from rag.types import Answer, Filters, Language

_LOG = logging.getLogger(__name__)
# Gradio keeps a copy of the page for every session, about a third of a megabyte; the longest unused go first.
_MOST_SESSIONS = 1000
# What the page's address and browser wish takes the place of the first inputs; the last is on the server.
# Gradio does not wait for the page's own script, which may come later than this.
_OPENING_JS = """async (_, __, ___, conversation) => {
  while (!window.policyqa) await new Promise((resolve) => setTimeout(resolve, 20));
  return [policyqa.language(), policyqa.zones(), policyqa.question(), conversation];
}"""
# The id of the conversation that was chosen takes the place of the button's own words.
_REOPENING_JS = "(_, conversation) => [policyqa.chosen, conversation]"
# What stands in the box is handed over by a part that no answer changes.
_SENDING_JS = "(_, ...rest) => [document.querySelector('#pq-box textarea, #pq-box input').value, ...rest]"


class Chat(Page):
    """The chat; ``blocks`` is what is mounted, ``asked`` knows the questions being answered."""

    def __init__(
        self,
        engine: PolicyQA,
        as_of: date | None,
        workers: int,
        max_waiting: int,
        choice: Choice = EXTRACTIVE,
        asked: Asked | None = None,
        history: History = NO_HISTORY,
    ) -> None:
        """Build the page.

        Args:
            engine: what answers.
            as_of: the day of asking; None means the day on which a question comes.
            workers: questions answered at the same time.
            max_waiting: questions that may wait for their turn.
            choice: what writes the answers, and why.
            asked: the questions being answered, and how often a person may ask.
            history: what is kept of whom.
        """
        super().__init__(engine, as_of, choice)
        self._engine = engine
        self.asked = asked or Asked()
        self._history = history
        with self.blocks:
            self._connect()
        self.blocks.state_session_capacity = _MOST_SESSIONS
        self.blocks.queue(default_concurrency_limit=workers, max_size=max_waiting)

    def _connect(self) -> None:
        """Say what happens on every event."""
        talk = [self._conversation, self._transcript, self._sources, self._welcome, self._status]
        entry = [self._box, self._send, self._stop, self._clear, self._switch, self._reopen]
        fixed = [
            self._masthead,
            self._greeting,
            *self._examples,
            *entry,
            self._zones,
            self._in_force,
            self._export,
            self._footer,
        ]
        for trigger, source, handing_over in [
            (self._box.submit, self._typed, _SENDING_JS),
            (self._send.click, self._typed, _SENDING_JS),
            *((button.click, button, None) for button in self._examples),
        ]:
            trigger(
                self._answer,
                [source, self._conversation, self._zones, self._in_force],
                [*talk, *entry],
                js=handing_over,
                show_progress="hidden",
                api_visibility="private",
            )
        quiet: dict[str, Any] = {"show_progress": "hidden", "queue": False, "api_visibility": "private"}
        # Not by Gradio's `cancels`: what that cancels may still show itself after what the button shows.
        self._stop.click(self._stopped, **quiet)
        self._clear.click(self._cleared, [self._conversation], [*talk, *entry], **quiet)
        self._switch.click(self._switched, [self._conversation], [*talk, *fixed], **quiet)
        chosen = [self._reopen, self._conversation]
        self._reopen.click(self._reopened, chosen, [*talk, *entry], js=_REOPENING_JS, **quiet)
        self.blocks.unload(self._left)
        self.blocks.load(
            self._opened,
            [self._switch, self._export, self._clear, self._conversation],
            [*talk, *fixed],
            js=_OPENING_JS,
            **quiet,
        )

    def _opened(
        self,
        preferred: str,
        zones: str,
        question: str,
        conversation: Conversation,
        request: gr.Request | None = None,
    ) -> Update:
        """Fit the page to the browser's language, and to the zones and question that its address names."""
        self._refresh()
        language = choose_language(preferred)
        shown = self._show_talk(replace(conversation, language=language))
        shown |= self._show_fixed(messages(language), self._history.of(asking_person(request)))
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

    def _switched(self, conversation: Conversation, request: gr.Request | None = None) -> Update:
        """Show the page in the other language."""
        language: Language = "en" if conversation.language == "zh" else "zh"
        shown = self._show_talk(replace(conversation, language=language))
        return shown | self._show_fixed(messages(language), self._history.of(asking_person(request)))

    def _reopened(self, chosen: str, conversation: Conversation, request: gr.Request | None = None) -> Update:
        """Show a conversation of the person's history, to be gone on with."""
        self._refresh()
        history, language = self._history.of(asking_person(request)), conversation.language
        try:
            exchanges = history.read(chosen) if history else ()
        except PolicyQAError as error:
            _LOG.error("history cannot be read: %s", error)
            exchanges = ()
        if not exchanges:
            text = messages(language)("history_missing")
            return {self._status: render("notice.html", language, text=text)}
        return self._show_talk(Conversation(language, exchanges, chosen)) | self._show_entry(False)

    def _cleared(self, conversation: Conversation) -> Update:
        return self._show_talk(Conversation(conversation.language)) | self._show_entry(False, emptied=True)

    def _left(self, request: gr.Request) -> None:
        """The person has closed the page: nobody waits for the answer."""
        self.asked.stop(request)

    def _stopped(self, request: gr.Request) -> None:
        """The answer that is being given ends, and shows itself as stopped."""
        self.asked.stop(request)

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
                    # Without a model it is there whole before anybody could see it grow.
                    if self._choice.kind != "extractive":
                        yield self._show_talk(conversation.with_last(answer, "pending"))
                state: State = "stopped" if cancel.is_set() else "done"
            conversation = conversation.with_last(answer, state)
        except TooOftenError as error:
            told = words("error_too_often", wait=error.wait)
            yield self._show_talk(conversation.with_last(None, "failed", told)) | self._show_entry(False)
            return
        except PolicyQAError as error:
            conversation = conversation.with_last(None, "failed", str(error))
        except RequestFailedError:
            conversation = conversation.with_last(None, "failed", words("error_not_ready"))
        except Exception:
            # The person is told in plain words; the cause is for whoever runs the server.
            _LOG.exception("a question could not be answered")
            conversation = conversation.with_last(None, "failed", words("error_unexpected"))
        yield self._finished(conversation, request)

    def _finished(self, conversation: Conversation, request: gr.Request | None) -> Update:
        """Keep the last question in the person's history, and show it as it stays."""
        conversation = self._views.settle(conversation)
        shown = self._show_talk(conversation) | self._show_entry(False)
        try:
            if history := self._history.of(asking_person(request)):
                history.keep(conversation)
        except PolicyQAError as error:
            _LOG.error("a question was not kept in the history: %s", error)
            text = messages(conversation.language)("history_unkept")
            shown[self._status] = render("notice.html", conversation.language, text=text)
        return shown
