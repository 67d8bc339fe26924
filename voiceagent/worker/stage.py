"""Where voices, minds and calls run inside a worker: an asyncio loop on a thread of its own."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from contextlib import aclosing
from functools import partial
from typing import Any

from voiceagent.worker.messages import Kind, Order, pack_error
from voiceagent.worker.stream import Stream

CLOSE_S = 1.0


class Stage:
    """Runs one order a channel. Closing a channel cancels its part at the next await."""

    def __init__(self, name: str, model: Any, write: Callable[[int, int, bytes], None]) -> None:
        self._name, self._model, self._write = name, model, write
        self._running: dict[int, tuple[asyncio.Task[None], Stream]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def deliver(self, kind: int, channel: int, body: Any) -> None:
        """Hand a message from the pipe's thread to the loop."""
        self._loop.call_soon_threadsafe(self._receive, kind, channel, body)

    def close(self) -> None:
        """Stop everything and close the model. A part that does not let go is left behind."""
        self._loop.call_soon_threadsafe(self._end)
        self._thread.join(CLOSE_S)

    def _receive(self, kind: int, channel: int, body: Any) -> None:
        if kind == Kind.PING:
            self._write(Kind.PONG, channel, b"")
        elif kind == Kind.OPEN:
            stream = Stream(lambda kind, body: self._write(kind, channel, body))
            task = self._loop.create_task(self._perform(body, stream, channel))
            self._running[channel] = task, stream
            task.add_done_callback(lambda _: self._running.pop(channel, None))
        elif channel in self._running:
            task, stream = self._running[channel]
            if kind == Kind.CLOSE:
                task.cancel()
            else:
                stream.receive(kind, body)

    async def _perform(self, order: Order, stream: Stream, channel: int) -> None:
        try:
            method = getattr(self._model, order.method)
            await _run(partial(method, stream) if order.feeds else method, order.args, stream)
            stream.finish()
        except Exception as error:  # the border to foreign code
            self._write(Kind.FAILED, channel, pack_error(self._name, error))

    def _end(self) -> None:
        self._ending = self._loop.create_task(self._finish())
        self._ending.add_done_callback(lambda _: self._loop.stop())

    async def _finish(self) -> None:
        tasks = [task for task, _ in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if hasattr(self._model, "aclose"):
            await self._model.aclose()


async def _run(method: Callable[..., Any], args: tuple[Any, ...], stream: Stream) -> None:
    """Call a function, await a coroutine or send on what a generator yields."""
    result = method(*args)
    if inspect.isasyncgen(result):
        async with aclosing(result):
            async for item in result:
                await stream.send(item)
        return
    await stream.send(await result if inspect.isawaitable(result) else result)
