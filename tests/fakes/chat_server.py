"""A scripted OpenAI-compatible chat endpoint: a real socket on this machine, no model.

    with ChatServer(["Hel", "lo"], [Call("set_timer", '{"s": 5}')], [Refuse(429)]) as server:
        mind = build(Options(url=server.url))
        ...
        await server.seen(lambda: server.disconnects == 1)

Each reply of the script answers one request, in order; after the last one `otherwise` answers. A
reply is a list of steps, and ends as endpoints do (finish, usage, [DONE]) unless a step ends it in
another way. It runs in a thread of its own: `seen` and `wait` say when something has happened.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import anyio.to_thread

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Call:
    """A tool call. `pieces` cuts its arguments; the first piece carries name and id."""

    name: str
    arguments: str = "{}"
    id: str | None = "call_1"
    index: int | None = 0
    pieces: int = 1


@dataclass(frozen=True)
class Reason:
    """Thoughts beside the words, under the key that the server of this model uses."""

    text: str
    key: str = "reasoning_content"


@dataclass(frozen=True)
class Delta:
    """Any delta."""

    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Finish:
    """The reply's words end here, for this reason."""

    reason: str = "stop"


@dataclass(frozen=True)
class Bill:
    """What the reply costs, if the request asked for it."""

    input: int = 7
    output: int = 3
    cached: int = 0


@dataclass(frozen=True)
class Stall:
    """Nothing comes until the test calls `release(name)`."""

    name: str = ""


@dataclass(frozen=True)
class Raw:
    """These bytes of the body, as they are."""

    body: bytes


@dataclass(frozen=True)
class Cut:
    """The connection breaks. `tidy`: the body ends as if it were complete."""

    tidy: bool = False


@dataclass(frozen=True)
class Refuse:
    """No reply but an HTTP error; only as the first step."""

    status: int
    message: str = "no"
    body: bytes | None = None


Step = str | Call | Reason | Delta | Finish | Bill | Stall | Raw | Cut | Refuse
Reply = Sequence[Step]


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)
    connection: int = 0  # requests of one connection have the same number


class ChatServer:
    """`with` starts it on a free port; `url` is what to give to a client."""

    def __init__(
        self,
        *replies: Reply,
        otherwise: Reply = ("Hello.",),
        models: Sequence[str] = ("scripted",),
        knows_usage: bool = True,
    ) -> None:
        self.requests: list[Request] = []
        self.stalled: list[str] = []
        self.disconnects = 0
        self.url = ""
        self._replies = list(replies)
        self._otherwise = otherwise
        self._models = models
        self._knows_usage = knows_usage
        self._changed = threading.Condition()
        self._released: set[str] = set()
        self._loop: asyncio.AbstractEventLoop
        self._connections: set[asyncio.Task[None]] = set()
        self._opened = 0
        self._over = asyncio.Event()
        self._moved = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> ChatServer:
        self._thread.start()
        self.wait(lambda: bool(self.url))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(PATIENCE_S)

    @property
    def chats(self) -> list[Request]:
        """The chat requests so far."""
        return [request for request in self.requests if request.method == "POST"]

    def add(self, *replies: Reply) -> None:
        """Append to the script."""
        with self._changed:
            self._replies += replies

    def release(self, name: str = "") -> None:
        """Let every reply that stalls under this name go on, now and later."""
        self._loop.call_soon_threadsafe(self._release, name)

    def wait(self, true: Callable[[], bool]) -> None:
        """Block until something has happened here; for tests without a loop."""
        with self._changed:
            assert self._changed.wait_for(true, PATIENCE_S), "it has not happened"

    async def seen(self, true: Callable[[], bool]) -> None:
        """Wait until something has happened here, without blocking the test's loop."""
        await anyio.to_thread.run_sync(self.wait, true)

    # --- in the thread ---------------------------------------------------------------------------

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        with self._changed:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
            self._changed.notify_all()
        await self._over.wait()
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        self._opened += 1
        number, ahead = self._opened, b""
        try:
            while request := await _read_request(ahead, reader, number):
                self._note(self.requests.append, request)
                ahead = await self._answer(request, reader, writer)
        except ConnectionError:
            pass  # we cut it, or they left
        except asyncio.CancelledError:
            assert self._over.is_set()
        finally:
            writer.close()
            self._connections.discard(task)

    async def _answer(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes:
        """Answer a request; return what has come of the next one meanwhile."""
        if request.method == "GET":
            listed = {"data": [{"id": name} for name in self._models]}
            return await _send_json(writer, 200, listed)
        if "stream_options" in request.body and not self._knows_usage:
            said = {"error": {"message": "Unknown parameter: stream_options"}}
            return await _send_json(writer, 400, said)
        with self._changed:
            reply = self._replies.pop(0) if self._replies else self._otherwise
        if reply and isinstance(reply[0], Refuse):
            refusal = reply[0]
            body = refusal.body or {"error": {"message": refusal.message}}
            return await _send_json(writer, refusal.status, body)
        telling = asyncio.create_task(self._tell(reply, request, writer))
        leaving = asyncio.create_task(reader.read(1))  # a client says nothing while it listens
        try:
            await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not telling.done() or isinstance(telling.exception(), ConnectionError):
                self._note(self._leave)
                raise ConnectionResetError
            telling.result()
        finally:
            telling.cancel()
            leaving.cancel()
            ends = await asyncio.gather(telling, leaving, return_exceptions=True)
        return ends[1] if isinstance(ends[1], bytes) else b""

    async def _tell(self, reply: Reply, request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(_head(200, "text/event-stream", b"Transfer-Encoding: chunked\r\n"))
        ended = cut = False
        await _send(writer, _event({"role": "assistant", "content": ""}))
        for step in reply:
            match step:
                case Stall(name):
                    self._note(self.stalled.append, name)
                    while name not in self._released:
                        await self._moved.wait()
                case Cut(tidy):
                    ended = cut = True
                    if not tidy:
                        writer.transport.abort()
                        return
                case _:
                    ended = ended or isinstance(step, Finish)
                    for body in _bodies(step, request):
                        await _send(writer, body)
        if not ended:
            called = any(isinstance(step, Call) for step in reply)
            await _send(writer, _event({}, "tool_calls" if called else "stop"))
        if not cut:
            if not any(isinstance(step, Bill) for step in reply):
                await _send(writer, *_bodies(Bill(), request))
            await _send(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    def _note(self, change: Callable[..., None], *arguments: object) -> None:
        with self._changed:
            change(*arguments)
            self._changed.notify_all()

    def _leave(self) -> None:
        self.disconnects += 1

    def _release(self, name: str) -> None:
        self._released.add(name)
        self._moved.set()
        self._moved = asyncio.Event()


async def _read_request(
    ahead: bytes, reader: asyncio.StreamReader, connection: int
) -> Request | None:
    try:
        head = (ahead + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        fields = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in fields}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    except asyncio.IncompleteReadError:
        return None
    method, path, _ = first.split(" ")
    return Request(method, path, headers, json.loads(body) if body else {}, connection)


def _bodies(step: Step, request: Request) -> list[bytes]:
    match step:
        case str():
            return [_event({"content": step})]
        case Reason(text, key):
            return [_event({key: text})]
        case Delta(fields):
            return [_event(fields)]
        case Call():
            return [_event({"tool_calls": [piece]}) for piece in _pieces(step)]
        case Finish(reason):
            return [_event({}, reason)]
        case Raw(body):
            return [body]
        case Bill(input, output, cached) if request.body.get("stream_options"):
            usage = {
                "prompt_tokens": input,
                "completion_tokens": output,
                "total_tokens": input + output,
                "prompt_tokens_details": {"cached_tokens": cached},
            }
            return [_data({"choices": [], "usage": usage})]
    return []


def _pieces(call: Call) -> list[dict[str, Any]]:
    size = max(1, -(-len(call.arguments) // call.pieces))
    cuts = range(0, max(1, len(call.arguments)), size)
    pieces: list[dict[str, Any]] = [
        {"function": {"arguments": call.arguments[at : at + size]}} for at in cuts
    ]
    pieces[0]["function"]["name"] = call.name
    pieces[0] |= {"type": "function"} | ({"id": call.id} if call.id else {})
    return [piece | ({} if call.index is None else {"index": call.index}) for piece in pieces]


def _event(delta: Mapping[str, Any], finish: str | None = None) -> bytes:
    return _data({"choices": [{"index": 0, "delta": dict(delta), "finish_reason": finish}]})


def _data(chunk: Mapping[str, Any]) -> bytes:
    known = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return b"data: " + json.dumps(known | dict(chunk)).encode() + b"\n\n"


def _head(status: int, kind: str, more: bytes) -> bytes:
    return f"HTTP/1.1 {status} Scripted\r\nContent-Type: {kind}\r\n".encode() + more + b"\r\n"


async def _send(writer: asyncio.StreamWriter, *bodies: bytes) -> None:
    for body in filter(None, bodies):
        writer.write(b"%x\r\n%b\r\n" % (len(body), body))
        await writer.drain()


async def _send_json(
    writer: asyncio.StreamWriter, status: int, body: Mapping[str, Any] | bytes
) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    length = b"Content-Length: %d\r\n" % len(content)
    writer.write(_head(status, "application/json", length) + content)
    await writer.drain()
    return b""
