"""Wait until something is so, looking again whenever anything has changed."""

from __future__ import annotations

from collections.abc import Callable

import anyio


class Bell:
    def __init__(self) -> None:
        self._event = anyio.Event()

    def ring(self) -> None:
        self._event.set()
        self._event = anyio.Event()

    async def until(self, ready: Callable[[], bool]) -> None:
        while not ready():
            await self._event.wait()

    async def rung(self, seconds: float | None) -> None:
        """Wait for the next ring, at most so long."""
        event = self._event
        with anyio.move_on_after(seconds):
            await event.wait()

    async def until_or(self, ready: Callable[[], bool], seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self.until(ready)
