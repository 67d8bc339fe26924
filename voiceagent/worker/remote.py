"""A voice and a mind that live in a worker, behind the contracts that they have at home."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from voiceagent.parts import EVERY_STYLE, Asked, Phrase, Spoken, Styles, Thought
from voiceagent.worker.messages import Order
from voiceagent.worker.pool import Pool


class WorkerVoice:
    """A parts.Voice. Closing what `speak` returns stops the voice in the worker."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def styles(self) -> Styles:
        """What it can do; before a worker has loaded it, everything: it degrades by itself."""
        styles = self._pool.styles
        return styles if isinstance(styles, Styles) else EVERY_STYLE

    def speak(self, phrases: AsyncIterator[Phrase], name: str = "") -> AsyncGenerator[Spoken, None]:
        return self._pool.iterate(Order("speak", (name,), feeds=True), phrases)

    async def aclose(self) -> None:
        await self._pool.aclose()


class WorkerMind:
    """A parts.Mind."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def think(self, asked: Asked) -> AsyncGenerator[Thought, None]:
        return self._pool.iterate(Order("think", (asked,)))

    async def aclose(self) -> None:
        await self._pool.aclose()
