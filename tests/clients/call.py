"""One conversation through the official client, every event checked against the client's types."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

from tests.clients.speech import Microphone

PATIENCE_S = 15.0
MODEL = "gpt-realtime"
KNOWN: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)


class Call:
    """The connection, and what came over it, in order."""

    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self.connection = connection
        self.events: list[Any] = []
        self._read = 0

    async def until(self, kind: str, **fields: object) -> Any:
        """The next event of this kind; whatever comes before it is kept in `events`."""
        with anyio.fail_after(PATIENCE_S):
            while True:
                if self._read == len(self.events):
                    await self._receive()
                event = self.events[self._read]
                self._read += 1
                if event.type == kind and fields.items() <= vars(event).items():
                    return event

    async def ever(self, kind: str) -> Any:
        """The first event of this kind, whether it has come already or will."""
        with anyio.fail_after(PATIENCE_S):
            while not (found := self.all(kind)):
                await self._receive()
        return found[0]

    async def _receive(self) -> None:
        data = await self.connection.recv_bytes()
        KNOWN.validate_json(data)  # the client itself takes anything
        self.events.append(self.connection.parse_event(data))

    def all(self, *kinds: str) -> list[Any]:
        return [event for event in self.events if event.type in kinds]

    def kinds(self, without: Iterable[str] = ()) -> list[str]:
        return [event.type for event in self.events if event.type not in set(without)]

    async def configure(self, **session: Any) -> Any:
        given: Any = {"type": "realtime", **session}
        await self.connection.session.update(session=given)
        return (await self.until("session.updated")).session

    async def write(self, text: str, **more: Any) -> Any:
        """Add a message of the user's; nothing answers it by itself."""
        content = [{"type": "input_text", "text": text}]
        item: Any = {"type": "message", "role": "user", "content": content, **more}
        await self.connection.conversation.item.create(item=item)
        return (await self.until("conversation.item.done")).item


def client_of(server: str, key: str = "any") -> AsyncOpenAI:
    return AsyncOpenAI(api_key=key, base_url=f"{server}/v1", max_retries=0)


@asynccontextmanager
async def calling(server: str, key: str = "any") -> AsyncGenerator[Call, None]:
    async with (
        client_of(server, key) as client,
        client.realtime.connect(model=MODEL) as connection,
    ):
        yield Call(connection)


@asynccontextmanager
async def speaking(call: Call, format: str = "audio/pcm") -> AsyncGenerator[Microphone, None]:
    """A microphone at the call, for as long as the block lasts."""

    async def send(sound: bytes) -> None:
        audio = base64.b64encode(sound).decode()
        await call.connection.input_audio_buffer.append(audio=audio)

    microphone = Microphone(send, format)
    async with anyio.create_task_group() as group:
        group.start_soon(microphone.run)
        yield microphone
        group.cancel_scope.cancel()
