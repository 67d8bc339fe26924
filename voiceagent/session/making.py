"""How a reply comes about: an answerer pushes into a bounded buffer; tools run in between."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Protocol

from voiceagent.errors import VoiceAgentError
from voiceagent.events import Cause
from voiceagent.parts import (
    Answerer,
    Asked,
    Ended,
    HistoryItem,
    Output,
    Spoken,
    ToolCall,
    ToolResult,
    Usage,
)
from voiceagent.session.bell import Bell

MOST_OUTPUTS = 1_000
MOST_TOOL_ROUNDS = 8


class Workshop(Protocol):
    """What making a reply needs of the session."""

    def own_tool(self, name: str) -> bool: ...
    def tool_asked(self, reply: int, call: ToolCall) -> None: ...
    def making_failed(self, reply: int, error: str) -> None: ...


class Making:
    """The answerer's `Out`. `take` what was made; `done` when no more will come."""

    def __init__(
        self, reply: int, asked: Asked, answerer: Answerer, shop: Workshop, bell: Bell
    ) -> None:
        self.reply = reply
        self.asked = asked
        self.done = False
        self.ended = Ended()
        self.error = ""
        self.outlived = False  # a tool takes longer than this reply waits for it
        self._answerer = answerer
        self._shop = shop
        self._bell = bell
        self._made: deque[Spoken | ToolCall] = deque()
        self._buffered_ms = 0
        self._buffer_ms = 30_000
        self._sentence = ""
        self._calls: dict[str, ToolCall] = {}
        self._results: dict[str, str] = {}

    # --- what the session does to it ---------------------------------------------------------

    def take(self) -> Spoken | ToolCall | None:
        if not self._made:
            return None
        output = self._made.popleft()
        if isinstance(output, Spoken):
            self._buffered_ms -= milliseconds(output)
            self._bell.ring()
        return output

    @property
    def empty(self) -> bool:
        return not self._made

    @property
    def waits_for_tools(self) -> bool:
        return len(self._results) < len(self._calls) and not self.outlived

    def apologise(self, sentence: str) -> None:
        self._sentence = sentence
        self._bell.ring()

    def outlive(self, sentence: str = "") -> None:
        """Wait for tools no longer: their results will be told in a reply of their own."""
        self.outlived = True
        self._sentence = self._sentence or sentence
        self._bell.ring()

    def tool_finished(self, call: str, output: str) -> bool:
        """Whether this reply is still there to tell the result."""
        if call not in self._calls or self.outlived or self.done:
            return False
        self._results[call] = output
        self._bell.ring()
        return True

    # --- making ------------------------------------------------------------------------------

    async def run(self) -> None:
        try:
            await self._answer_with_tools()
        except* VoiceAgentError as group:
            self.error = str(first_error(group))
        if self.error:
            self._shop.making_failed(self.reply, self.error)
            await self._bell.until(lambda: bool(self._sentence))
        if self._sentence.strip():
            await self._say(self._sentence)
        self.done = True
        self._bell.ring()

    async def send(self, output: Output) -> None:
        """The answerer's way in: waits while the buffer is full."""
        match output:
            case Ended(reason=reason, usage=usage, lacks=lacks):
                told = tuple(dict.fromkeys((*self.ended.lacks, *lacks)))
                self.ended = Ended(reason, add_usage(self.ended.usage, usage), told)
            case ToolCall(name=name) if self._shop.own_tool(name):
                self._calls[output.id] = output
                self._shop.tool_asked(self.reply, output)
            case ToolCall():
                self._made.append(output)
            case Spoken():
                await self._bell.until(self._has_room)
                self._buffered_ms += milliseconds(output)
                self._made.append(output)
        self._bell.ring()

    async def _answer_with_tools(self) -> None:
        for _ in range(MOST_TOOL_ROUNDS):
            self._calls, self._results = {}, {}
            await self._answerer.answer(self.asked, self)
            await self._bell.until(lambda: not self.waits_for_tools)
            if not self._calls or self.outlived:
                return
            history = (*self.asked.history, *ledger(self._calls, self._results))
            self.asked = replace(self.asked, history=history, unsaid="", cause=Cause.TOOL)

    async def _say(self, sentence: str) -> None:
        asked = replace(self.asked, cause=Cause.APOLOGY, unsaid=sentence)
        try:
            await self._answerer.answer(asked, self)
        except* VoiceAgentError as group:  # the voice itself is broken: nothing more can be said
            self.error = self.error or str(first_error(group))

    def _has_room(self) -> bool:
        return self._buffered_ms < self._buffer_ms and len(self._made) < MOST_OUTPUTS


def milliseconds(spoken: Spoken) -> int:
    return len(spoken.pcm) * 500 // spoken.rate


def ledger(calls: dict[str, ToolCall], results: dict[str, str]) -> list[HistoryItem]:
    told = [ToolResult(call.id, results[call.id], call.name) for call in calls.values()]
    return [*calls.values(), *told]


def add_usage(one: Usage, other: Usage) -> Usage:
    return Usage(
        one.input_tokens + other.input_tokens,
        one.output_tokens + other.output_tokens,
        one.cached_tokens + other.cached_tokens,
    )


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return first_error(error) if isinstance(error, BaseExceptionGroup) else error
