"""An agent inside this program: the same call as to a server, without a socket."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from functools import partial
from types import TracebackType
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from voiceagent import DEFAULT_PROFILE
from voiceagent.client.call import Call, alone, open_call
from voiceagent.client.exchange import Message
from voiceagent.client.functions import Function
from voiceagent.config import compose
from voiceagent.errors import RemoteLinkError, VoiceAgentError
from voiceagent.house import open_house, transcribe
from voiceagent.server.doors import default_settings
from voiceagent.server.realtime import Gone, Realtime, Terms
from voiceagent.session import House

LEAD_MS = 60  # how far ahead of real time audio comes
FOREVER_S = 10 * 365 * 24 * 3600.0
MOST_WAITING = 64  # messages each way
Down = MemoryObjectReceiveStream[Message]
Up = MemoryObjectSendStream[Message]


class Agent:
    """Open it to talk to it.

        async with Agent.from_profile(greeting="Hello!") as call:
            async for event in call:
                ...

    Parts are loaded when it is opened and closed at the end.
    """

    def __init__(
        self,
        house: Callable[[], AbstractAsyncContextManager[House]],
        tools: Sequence[Function] = (),
        raw: bool = False,
        lead_ms: int = LEAD_MS,
    ) -> None:
        self._house = house
        self._tools = tools
        self._raw = raw
        self._lead_ms = lead_ms
        self._open = AsyncExitStack()

    @classmethod
    def from_profile(
        cls,
        name: str = DEFAULT_PROFILE,
        /,
        *,
        tools: Sequence[Function] = (),
        raw: bool = False,
        **overrides: Any,
    ) -> Agent:
        """An agent as a profile describes it: a shipped one by its name, or the path of your own.

        `overrides` are laid over the file: `instructions="..."`, `voice={"seconds": 1.0}`. An
        endpoint in the environment (VOICEAGENT_LLM_URL) takes the place of the profile's mind.
        """
        profile = compose(name, os.environ, overrides)
        return cls(partial(open_house, profile), tools, raw, profile.link.local_lead_ms)

    @classmethod
    def in_house(cls, house: House, tools: Sequence[Function] = (), raw: bool = False) -> Agent:
        """An agent made of parts that are loaded already: several calls may share them."""
        return cls(lambda: nullcontext(house), tools, raw)

    async def __aenter__(self) -> Call:
        async with AsyncExitStack() as opening:
            house = await opening.enter_async_context(self._house())
            carrier = await opening.enter_async_context(connected(house, self._lead_ms))
            call = await opening.enter_async_context(open_call(carrier, self._tools, self._raw))
            self._open = opening.pop_all()
        return call

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return await self._open.__aexit__(kind, error, trace)


class Memory:
    """Messages over memory: a carrier without a socket."""

    def __init__(self, up: Up, down: Down) -> None:
        self.lost = "the agent ended the call"
        self._up = up
        self._down = down

    async def send(self, message: Message) -> None:
        try:
            await self._up.send(message)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError) as over:
            raise RemoteLinkError(self.lost) from over

    async def receive(self) -> Message:
        try:
            return await self._down.receive()
        except (anyio.EndOfStream, anyio.ClosedResourceError) as over:
            raise RemoteLinkError(self.lost) from over


@asynccontextmanager
async def connected(house: House, lead_ms: int) -> AsyncGenerator[Memory]:
    """One conversation with the house, served in a task beside the caller's."""
    up, from_caller = anyio.create_memory_object_stream[Message](MOST_WAITING)
    to_caller, down = anyio.create_memory_object_stream[Message](MOST_WAITING)
    terms = Terms(
        default_settings(house),
        FOREVER_S,
        lead_ms,
        transcribe=partial(transcribe, house),
    )
    memory = Memory(up, down)
    problem: BaseException | None = None
    with up, down, from_caller, to_caller:
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(serve, Realtime(house, terms), from_caller, to_caller, memory)
                yield memory
                group.cancel_scope.cancel()
        except BaseExceptionGroup as several:
            problem = alone(several)
    if problem is not None:
        raise problem


async def serve(realtime: Realtime, from_caller: Down, to_caller: Up, memory: Memory) -> None:
    """The agent's end. What fails in it ends the call, and the caller is told why."""

    async def receive() -> Message:
        try:
            return await from_caller.receive()
        except anyio.EndOfStream as gone:
            raise Gone from gone

    async def send(message: Message) -> None:
        try:
            await to_caller.send(message)
        except anyio.BrokenResourceError as gone:
            raise Gone from gone

    with from_caller, to_caller:
        try:
            await realtime.converse(receive, send)
        except* VoiceAgentError as failed:
            memory.lost = "; ".join(str(error) for error in failed.exceptions)
