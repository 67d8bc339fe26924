"""A reply out of band: beside the conversation, without a trace in it, and not paced."""

from __future__ import annotations

from collections.abc import Callable

import anyio

from voiceagent.audio import Resampler
from voiceagent.parts import Answerer, Asked, Spoken, ToolCall
from voiceagent.session.bell import Bell
from voiceagent.session.link import Called, Ended, Link, Piece
from voiceagent.session.making import Making

PIECE_MS = 200


class Aside:
    def __init__(
        self,
        id: int,
        asked: Asked,
        answerer: Answerer,
        link: Link,
        forget: Callable[[int], object],
    ) -> None:
        self.id = id
        self._bell = Bell()
        self._making = Making(id, asked, answerer, self, self._bell)
        self._link = link
        self._forget = forget
        self._scope = anyio.CancelScope()
        self._handed = 0

    async def run(self) -> None:
        with self._scope:
            async with anyio.create_task_group() as group:
                group.start_soon(self._making.run)
                await self._hand_out()
        self._over()

    def cancel(self) -> None:
        self._scope.cancel()

    async def _hand_out(self) -> None:
        resampler: Resampler | None = None
        while True:
            await self._bell.until(lambda: self._making.done or not self._making.empty)
            output = self._making.take()
            if output is None:
                if resampler is not None:
                    await self._play(resampler.flush(), "")
                return
            if isinstance(output, ToolCall):
                self._link.show(Called(self.id, output))
                continue
            if resampler is None or resampler.source_rate != output.rate:
                resampler = Resampler(output.rate, self._link.rate)
            await self._say(output, resampler)

    async def _say(self, spoken: Spoken, resampler: Resampler) -> None:
        pcm, text = resampler.feed(spoken.pcm), spoken.text
        step = self._link.rate * PIECE_MS // 1000 * 2
        for start in range(0, max(1, len(pcm)), step):
            await self._play(pcm[start : start + step], text)
            text = ""

    async def _play(self, pcm: bytes, text: str) -> None:
        if pcm or text:
            self._handed += len(pcm) * 500 // self._link.rate
            await self._link.play(Piece(self.id, pcm, text))

    def _over(self) -> None:
        making = self._making
        cut = self._scope.cancel_called
        status, reason = ("cancelled", "client_cancelled") if cut else ("completed", "")
        if making.error and not cut:
            status = "failed"
        elif making.ended.reason == "length" and not cut:
            status, reason = "incomplete", "max_output_tokens"
        usage, lacks = making.ended.usage, making.ended.lacks
        ended = Ended(self.id, status, reason, making.error, usage, self._handed, lacks)  # type: ignore[arg-type]
        self._link.show(ended)
        self._forget(self.id)

    # --- what making it needs ----------------------------------------------------------------

    def own_tool(self, name: str) -> bool:
        return False

    def tool_asked(self, reply: int, call: ToolCall) -> None:
        raise AssertionError("an aside has no tools of ours")

    def making_failed(self, reply: int, error: str) -> None:
        self._making.apologise(" ")
