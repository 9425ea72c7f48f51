"""The answers under way, wherever they were asked for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.api.desk import Desk
    from app.chat import Chat
    from app.metrics import Metrics
    from rag.engine import PolicyQA

_LOOK = 0.05  # seconds between two looks


@dataclass(slots=True)
class Work:
    """What the server is answering.

    Attributes:
        desk: what was asked through the programming interface.
        chat: what was asked in the chat.
        stopping: whether no more is taken on.
    """

    desk: Desk
    chat: Chat
    stopping: bool = False

    @property
    def under_way(self) -> int:
        """How many answers are not finished."""
        return self.desk.running + self.desk.waiting + self.chat.asked.running

    async def finish(self, seconds: float) -> None:
        """Takes on no more and waits until all is answered.

        Args:
            seconds: how long at most.
        """
        self.stopping = True
        self.desk.stop_taking()
        until = asyncio.get_running_loop().time() + seconds
        while self.under_way and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(_LOOK)

    def show(self, metrics: Metrics, engine: PolicyQA) -> None:
        """Shows what is under way, and over which index, among the figures."""
        metrics.watch(
            "answers_running", "Answers being made.", lambda: self.desk.running + self.chat.asked.running
        )
        metrics.watch("answers_waiting", "Questions waiting for their turn.", lambda: self.desk.waiting)
        metrics.watch("index_generation", "The state of the index.", lambda: engine.generation)
        metrics.watch("documents", "Documents of the index.", lambda: len(engine.documents))
