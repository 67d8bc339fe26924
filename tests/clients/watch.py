"""Waits for what somebody else's callbacks bring about."""

from __future__ import annotations

from collections.abc import Callable

import anyio

PATIENCE_S = 20.0


class Watch:
    def __init__(self) -> None:
        self._news = anyio.Event()

    def ring(self) -> None:
        """Something happened: look again."""
        self._news.set()
        self._news = anyio.Event()

    async def until(self, happened: Callable[[], object], what: str) -> None:
        with anyio.move_on_after(PATIENCE_S):
            while not happened():
                await self._news.wait()
            return
        raise AssertionError(f"it never happened: {what}")
