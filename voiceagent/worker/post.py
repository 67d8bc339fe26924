"""Hands news of a worker to the sessions, in order, in a task.

News comes by callbacks of the event loop, where there is no current task, and without one nobody
can tell which loop runs: what a session does about its news may need that.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Post:
    """The task lives only while something waits. What is put here must not raise."""

    def __init__(self) -> None:
        self._letters: deque[Callable[[], None]] = deque()
        self._round: asyncio.Task[None] | None = None

    def put(self, letter: Callable[[], None]) -> None:
        self._letters.append(letter)
        if self._round is None:
            self._round = asyncio.get_running_loop().create_task(self._deliver())

    async def empty(self) -> None:
        """Wait until everything is delivered."""
        if self._round is not None:
            await asyncio.wait([self._round])

    async def _deliver(self) -> None:
        try:
            while self._letters:
                self._letters.popleft()()
                await asyncio.sleep(0)  # a burst of news must not hold up anybody's audio
        finally:
            self._round = None
