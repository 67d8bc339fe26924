"""One end of a stream of items between two processes: the same class on both sides."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, Callable
from typing import Any

from voiceagent.worker.messages import Kind, read_body, unpack_error, write_body

WINDOW = 16
"""Items that may be on the way or unread. The reader grants each further one with a MORE."""


class Stream:
    """Items out with `send`, in by iteration. Neither way can hold more than `WINDOW` of them."""

    def __init__(self, write: Callable[[int, bytes], None]) -> None:
        self._write = write
        self._room = WINDOW
        self._items: deque[bytes] = deque()
        self._changed = asyncio.Event()  # for the reader
        self._granted = asyncio.Event()  # for the writer
        self._error: BaseException | None = None
        self.over = False  # nothing more will come in

    async def send(self, item: Any) -> None:
        while self._room == 0 and self._error is None:
            self._granted.clear()
            await self._granted.wait()
        if self._error is None:
            self._room -= 1
            self._write(Kind.ITEM, write_body(item))

    def finish(self) -> None:
        """Say that no item follows."""
        self._write(Kind.DONE, b"")

    async def pour(self, items: AsyncIterable[Any]) -> None:
        """Send all of `items`, and say that they have ended."""
        async for item in items:
            await self.send(item)
        self.finish()

    def receive(self, kind: int, body: bytes) -> None:
        """A message for this stream has arrived."""
        match kind:
            case Kind.ITEM:
                self._items.append(body)
                self._changed.set()
            case Kind.MORE:
                self._room += 1
                self._granted.set()
            case Kind.DONE:
                self.over = True
                self._changed.set()
            case Kind.FAILED:
                self.lost(unpack_error(body))

    def lost(self, error: BaseException) -> None:
        """Whoever reads gets this error after the items that are here; whoever writes is let go."""
        self._error = self._error or error
        self.over = True
        self._changed.set()
        self._granted.set()

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Any:
        while not self._items:
            if self._error is not None:
                raise self._error
            if self.over:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        body = self._items.popleft()
        if not self.over:
            self._write(Kind.MORE, b"")
        return read_body(body)
