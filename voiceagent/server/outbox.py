"""The way out of a connection: events never wait, audio waits for its write."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import anyio

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
MOST_PENDING = 256
FEW = 32  # so many may wait while the far end's next request is read
WRITE_TIMEOUT_S = 20.0
log = logging.getLogger("voiceagent.server")


class _Parcel:
    """Messages that leave together, or not at all."""

    __slots__ = ("messages", "sent", "wanted", "written")

    def __init__(self, messages: Sequence[Message], wanted: Callable[[], bool] | None) -> None:
        self.messages = messages
        self.wanted = wanted
        self.written = anyio.Event() if wanted is not None else None
        self.sent = False


class Outbox:
    """Bounded. A far end that does not read its events is lost: `lost` is set, and nothing more is
    kept.
    """

    def __init__(self) -> None:
        self.lost = anyio.Event()
        self._parcels: deque[_Parcel] = deque()
        self._some = anyio.Event()
        self._fewer = anyio.Event()
        self._closed = False

    async def room(self) -> None:
        """Return when few wait: a far end that does not read is not listened to either."""
        while len(self._parcels) > FEW and not self._closed:
            self._fewer = anyio.Event()
            await self._fewer.wait()

    def put(self, *messages: Message) -> None:
        """Events: they never wait."""
        if self.lost.is_set() or self._closed:
            return
        if len(self._parcels) >= MOST_PENDING:
            log.warning("the far end reads too slowly: %d messages wait", len(self._parcels))
            self.lost.set()
            return
        self._add(_Parcel(messages, None))

    async def deliver(self, messages: Sequence[Message], wanted: Callable[[], bool]) -> bool:
        """Audio: return when it was written, or was not `wanted` any more when its turn came."""
        if self.lost.is_set() or self._closed:
            return False
        parcel = _Parcel(messages, wanted)
        self._add(parcel)
        assert parcel.written is not None
        await parcel.written.wait()
        return parcel.sent

    def close(self) -> None:
        """Send what is there, then end."""
        self._closed = True
        self._some.set()

    async def run(self, send: Send) -> None:
        """Write until closed. The one task that writes."""
        try:
            while True:
                while self._parcels:
                    await self._write(self._parcels.popleft(), send)
                    self._fewer.set()
                if self._closed:
                    return
                self._some = anyio.Event()
                await self._some.wait()
        except TimeoutError:
            log.warning("the far end took nothing for %g s", WRITE_TIMEOUT_S)
            self.lost.set()
        finally:
            self._closed = True
            for parcel in self._parcels:
                if parcel.written is not None:
                    parcel.written.set()
            self._parcels.clear()
            self._fewer.set()

    async def _write(self, parcel: _Parcel, send: Send) -> None:
        if parcel.wanted is None or parcel.wanted():
            for message in parcel.messages:
                with anyio.fail_after(WRITE_TIMEOUT_S):
                    await send(message)
            parcel.sent = True
        if parcel.written is not None:
            parcel.written.set()

    def _add(self, parcel: _Parcel) -> None:
        self._parcels.append(parcel)
        self._some.set()
