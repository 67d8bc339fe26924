"""The real server on a free port, and a raw client of its protocol that keeps a log."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

import anyio
import httpx
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.fakes.chat_server import ChatServer
from voiceagent.config import Profile, compose
from voiceagent.server.serving import Place, address, bind, server_of

PATIENCE_S = 30.0  # nothing here takes so long: it only keeps a broken test from hanging
Message = dict[str, Any]


def bench(clip_s: float = 0.3, **overrides: Any) -> Profile:
    """The profile `bench` with a short clip, and what else a test wants; `__` stands for a dot."""
    laid = {name.replace("__", "."): value for name, value in overrides.items()}
    return compose("bench", {}, {"voice.seconds": clip_s, **laid})


class Live:
    """`with Live(profile) as server`: in a thread, with a loop of its own."""

    def __init__(self, profile: Profile, place: Place | None = None) -> None:
        place = place or Place(port=0)
        self._bound = bind(place)
        self.url = address(place, self._bound)
        self.server = server_of(profile, place)
        self._thread = threading.Thread(target=self.server.run, args=([self._bound],), daemon=True)

    def __enter__(self) -> Live:
        started = when_started(self.server)
        self._thread.start()
        assert started.wait(PATIENCE_S), "the server has not started"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.should_exit = True
        self._thread.join(PATIENCE_S)
        self._bound.close()
        assert not self._thread.is_alive()

    @property
    def ws(self) -> str:
        return self.url.replace("http", "ws", 1) + "/v1/realtime"

    def http(self, **options: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=PATIENCE_S, **options)

    @asynccontextmanager
    async def call(self, query: str = "", **session: Any) -> AsyncGenerator[Call]:
        """A session, `session.created` read, and these settings made."""
        async with dial(self.ws + query) as call:
            await call.expect("session.created")
            if session:
                await call.send("session.update", session={"type": "realtime", **session})
                await call.expect("session.updated")
            yield call

    async def health(self) -> Message:
        async with self.http() as http:
            found: Message = (await http.get("/health")).json()
            return found

    async def sessions(self, wanted: int) -> None:
        """Wait until so many sessions are open."""

        async def are() -> bool:
            found: bool = (await self.health())["sessions"] == wanted
            return found

        await until(are)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again: what is waited for happens elsewhere, and tells nobody."""
    with anyio.fail_after(PATIENCE_S):
        while True:
            if await true():
                return
            await anyio.sleep(0.01)


def when_started(
    server: uvicorn.Server, tell: Callable[[], object] = lambda: None
) -> threading.Event:
    """An event that is set once the server listens."""
    started, startup = threading.Event(), server.startup

    async def noted(sockets: Any = None) -> None:
        await startup(sockets=sockets)
        tell()
        started.set()

    server.startup = noted  # type: ignore[method-assign]
    return started


@asynccontextmanager
async def dial(
    url: str,
    headers: Mapping[str, str] | None = None,
    subprotocols: Sequence[str] | None = None,
    **options: Any,
) -> AsyncGenerator[Call]:
    wanted = None if subprotocols is None else [Subprotocol(name) for name in subprotocols]
    # websockets' own limit of 1 MiB a message holds, as it does for most clients
    async with connect(
        url, additional_headers=headers, subprotocols=wanted, proxy=None, **options
    ) as socket:
        yield Call(socket)


class Call:
    """Sends events and reads on until one comes that was expected. `log` has all that came."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.log: list[Message] = []
        self._labels = 0

    async def send(self, type: str, **fields: Any) -> None:
        await self.raw(json.dumps({"type": type, **fields}))

    async def raw(self, text: str | bytes) -> None:
        with anyio.fail_after(PATIENCE_S):
            await self.socket.send(text)

    async def append(self, sound: bytes, **fields: Any) -> None:
        await self.send(
            "input_audio_buffer.append", audio=base64.b64encode(sound).decode(), **fields
        )

    async def next(self) -> Message:
        with anyio.fail_after(PATIENCE_S):
            message: Message = json.loads(await self.socket.recv())
        self.log.append(message)
        return message

    async def expect(self, *types: str, **fields: Any) -> Message:
        """The next event of one of these types, with these fields; an error is one only if asked
        for.
        """
        begin = len(self.log)
        try:
            while True:
                message = await self.next()
                if message["type"] in types and fields.items() <= message.items():
                    return message
                if message["type"] == "error":
                    raise AssertionError("an error came")
        except (TimeoutError, ConnectionClosed, AssertionError) as problem:
            seen = "\n".join(short(message) for message in self.log[begin:])
            told = f"waiting for {types} {fields or ''}: {problem!r}; meanwhile came:\n{seen}"
            raise AssertionError(told) from None

    async def error(self) -> Message:
        """The error that comes next."""
        found: Message = (await self.expect("error"))["error"]
        return found

    async def refused(self, type: str, **fields: Any) -> Message:
        """Send this; return the error that says what was wrong with it, and nothing else came."""
        self._labels += 1
        label = f"mine_{self._labels}"
        begin = len(self.log)
        await self.send(type, event_id=label, **fields)
        told = await self.error()
        assert told["event_id"] == label
        assert [m["type"] for m in self.log[begin:]] == ["error"]
        return told

    async def settled(self) -> list[Message]:
        """What comes until everything sent so far was dealt with."""
        begin = len(self.log)
        self._labels += 1
        label = f"mine_{self._labels}"
        await self.send("conversation.item.retrieve", event_id=label, item_id="nobody")
        while True:
            message = await self.next()
            if message["type"] == "error" and message["error"]["event_id"] == label:
                return self.log[begin:-1]

    async def closed(self) -> int:
        """Read until the other side closes; return its code."""
        try:
            while True:
                await self.next()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd is not None else 1006

    # --- what is often done -----------------------------------------------------------------------

    async def say(self, text: str, **item: Any) -> Message:
        """Put a text of the user's into the conversation."""
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content, **item}
        await self.send("conversation.item.create", item=item)
        return await self.expect("conversation.item.done")

    async def ask(self, **response: Any) -> Message:
        """Ask for a response, and return it when it is done."""
        await self.send("response.create", response=response)
        return await self.done()

    async def done(self) -> Message:
        found: Message = (await self.expect("response.done"))["response"]
        return found

    async def retrieve(self, item_id: str) -> Message:
        await self.send("conversation.item.retrieve", item_id=item_id)
        found: Message = (await self.expect("conversation.item.retrieved"))["item"]
        return found

    def types(self, begin: int = 0) -> list[str]:
        """The kinds of events so far, deltas in a row as one."""
        found: list[str] = []
        for message in self.log[begin:]:
            kind = message["type"]
            if not (kind.endswith(".delta") and found and found[-1] == kind):
                found.append(kind)
        return found

    def of(self, *types: str) -> list[Message]:
        return [message for message in self.log if message["type"] in types]

    def sound(self, response_id: str | None = None) -> bytes:
        """The audio of a response, or of all."""
        deltas = self.of("response.output_audio.delta")
        wanted = [d for d in deltas if response_id in (None, d["response_id"])]
        return b"".join(base64.b64decode(delta["delta"]) for delta in wanted)


def short(message: Message) -> str:
    shown = json.dumps(message)
    return shown if len(shown) < 300 else f"{shown[:300]}..."


def plain_tls(certificate: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


def thinking(endpoint: ChatServer, clip_s: float = 0.3) -> Profile:
    """The profile `bench` with this endpoint as its mind."""
    environ = {"VOICEAGENT_LLM_URL": endpoint.url, "VOICEAGENT_LLM_MODEL": "m"}
    return compose("bench", environ, {"voice.seconds": clip_s})
