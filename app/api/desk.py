"""Where questions wait for their turn: bounded threads, a bounded queue, and an end when nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing, suppress
from threading import Event, Lock
from typing import TypeVar

from starlette.requests import Request

from app.errors import Code, RequestFailedError

KEEP_ALIVE = 15.0
"""Seconds without anything to tell after which a proxy is shown that the connection lives."""

_RETRY = {"Retry-After": "2"}

T = TypeVar("T")
Work = Callable[[Event], Iterator[T]]
"""Steps of an answer; they end when the event is set."""


class Desk:
    """Runs work that takes long, apart from the event loop and from the threads that serve pages.

    Attributes:
        waiting: how many pieces of work are taken on and have not begun.
        running: how many have begun.
    """

    def __init__(self, places: int, most_waiting: int) -> None:
        """Opens the desk.

        Args:
            places: how many pieces of work run at the same time.
            most_waiting: how many more may wait for their turn.
        """
        self._threads = ThreadPoolExecutor(places, thread_name_prefix="answer")
        self._most_waiting = most_waiting
        self._places = places
        self._counting = Lock()
        self._taken = 0
        self._stopping = False

    @property
    def running(self) -> int:
        """How many pieces of work have begun."""
        return min(self._taken, self._places)

    @property
    def waiting(self) -> int:
        """How many have not begun."""
        return self._taken - self.running

    def stop_taking(self) -> None:
        """Takes on no more work; what is taken on goes on."""
        self._stopping = True

    async def finish(self, work: Work[T]) -> T | None:
        """Has work done for a client that is not watched.

        Returns:
            The last that the work yields.

        Raises:
            RequestFailedError: too much waits already, or the server is being stopped.
        """
        last = None
        async with aclosing(self.follow(None, work)) as steps:
            async for step in steps:
                last = step or last
        return last

    async def follow(self, request: Request | None, work: Work[T]) -> AsyncGenerator[T | None, None]:
        """Has work done and hands on what comes of it, for as long as the client is there.

        Args:
            request: who waits; when the client has gone, the work is stopped. None where nobody is watched.
            work: what is to be done.

        Yields:
            What the work yields; None now and then while there is nothing.

        Raises:
            RequestFailedError: too much waits already, or the server is being stopped.
        """
        if self._stopping:
            raise RequestFailedError(
                Code.STOPPING, "The server is being stopped: ask again in a moment.", _RETRY
            )
        if self._taken >= self._places + self._most_waiting:
            raise RequestFailedError(
                Code.BUSY, "Too many questions are waiting: ask again in a moment.", _RETRY
            )
        with self._counting:
            self._taken += 1
        told: asyncio.Queue[Callable[[], T | None]] = asyncio.Queue()
        cancel = Event()
        loop = asyncio.get_running_loop()
        done = self._threads.submit(_carry_out, work, cancel, loop, told)
        done.add_done_callback(self._leave)
        gone = asyncio.ensure_future(_disconnected(request))
        try:
            while True:
                heard = asyncio.ensure_future(told.get())
                await asyncio.wait({heard, gone}, timeout=KEEP_ALIVE, return_when=asyncio.FIRST_COMPLETED)
                if heard.done():
                    try:
                        item = heard.result()()
                    except StopAsyncIteration:
                        return
                    yield item
                    continue
                heard.cancel()
                if gone.done():
                    return
                yield None
        finally:
            cancel.set()
            gone.cancel()
            done.cancel()  # where it has not begun

    def _leave(self, _: Future[None]) -> None:
        with self._counting:
            self._taken -= 1


def _carry_out(
    work: Work[T],
    cancel: Event,
    loop: asyncio.AbstractEventLoop,
    told: asyncio.Queue[Callable[[], T | None]],
) -> None:
    """Does the work in a thread; each step, the end and what goes wrong are told to the loop."""

    def tell(thing: Callable[[], T | None]) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(told.put_nowait, thing)

    def ended() -> T | None:
        raise StopAsyncIteration

    try:
        for item in work(cancel):
            if cancel.is_set():
                return
            tell(lambda item=item: item)  # type: ignore[misc]
    except BaseException as error:  # whatever it is, the one who waits must hear of it

        def failed(error: BaseException = error) -> T | None:
            raise error

        tell(failed)
    else:
        tell(ended)


async def _disconnected(request: Request | None) -> None:
    """Returns when the client has gone."""
    if request is None:
        await asyncio.Event().wait()
        return
    while (await request.receive())["type"] != "http.disconnect":
        pass
