"""A call to a server: any that speaks the OpenAI Realtime protocol, over a websocket."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import orjson
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.http11 import Response

from voiceagent.client.call import Call, open_call
from voiceagent.client.exchange import Message
from voiceagent.client.functions import Function
from voiceagent.errors import Busy, ConfigError, RemoteLinkError, VoiceAgentError

MOST_BYTES = 16 * 2**20
OPEN_S = 10.0
CLOSE_S = 2.0
SCHEMES = {"ws": "ws", "wss": "wss", "http": "ws", "https": "wss"}
LOCAL = ("127.0.0.1", "localhost", "::1")
CLOSINGS = {1000: "the server ended the call", 1009: "a message was too long for the other end"}


def connect(
    url: str,
    key: str | None = None,
    *,
    model: str | None = None,
    tools: Sequence[Function] = (),
    raw: bool = False,
    **settings: Any,
) -> AbstractAsyncContextManager[Call]:
    """Call a server.

        async with connect("http://127.0.0.1:8765", instructions="Be brief.") as call:
            await call.say("Hello!")

    `settings` are those of `Call.update`. Raises RemoteLinkError where nobody answers or the key is
    wrong, Busy where there is no room, Refused where the server will not have the settings.
    """
    address = address_of(url, model)
    return opened(address, key, tools, raw, settings)


@asynccontextmanager
async def opened(
    address: str, key: str | None, tools: Sequence[Function], raw: bool, settings: dict[str, Any]
) -> AsyncGenerator[Call]:
    socket = await dial(address, key)
    try:
        async with open_call(Socket(socket), tools, raw, **settings) as call:
            yield call
    finally:
        await socket.close()


async def dial(address: str, key: str | None) -> ClientConnection:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    try:
        return await open_socket(
            address,
            additional_headers=headers,
            max_size=MOST_BYTES,
            compression=None,
            open_timeout=OPEN_S,
            close_timeout=CLOSE_S,
            proxy=None if is_local(address) else True,
        )
    except InvalidStatus as refusal:
        raise refused(refusal.response, bare(address), key) from refusal
    except InvalidURI as problem:
        raise ConfigError(f"{bare(address)} is no address of a server") from problem
    except InvalidHandshake as problem:
        said = f"what answers at {bare(address)} is no Realtime server: {problem}"
        raise RemoteLinkError(said) from problem
    except TimeoutError as problem:
        said = f"{bare(address)} did not answer in {OPEN_S:g} s"
        raise RemoteLinkError(said) from problem
    except OSError as problem:
        said = f"nobody answers at {bare(address)} ({problem.strerror or problem}); is it running?"
        raise RemoteLinkError(said) from problem


class Socket:
    """Messages over a websocket, as JSON."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, message: Message) -> None:
        try:
            await self._socket.send(orjson.dumps(message).decode())
        except ConnectionClosed as closed:
            raise RemoteLinkError(why(closed)) from closed

    async def receive(self) -> Message:
        try:
            data = orjson.loads(await self._socket.recv())
        except ConnectionClosed as closed:
            raise RemoteLinkError(why(closed)) from closed
        except orjson.JSONDecodeError as problem:
            raise RemoteLinkError(f"the server sent what is not JSON: {problem}") from problem
        if not isinstance(data, dict):
            raise RemoteLinkError("the server sent something that is no event")
        return data


# --- addresses and refusals ----------------------------------------------------------------------


def address_of(url: str, model: str | None = None) -> str:
    """The websocket's address: of `http://host:port`, of a bare `host:port`, or as it was given."""
    parts = urlsplit(url if "://" in url else f"ws://{url}")
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise ConfigError(f"{url!r} is no address of a server; one is ws://127.0.0.1:8765")
    path = parts.path.rstrip("/")
    if path in ("", "/v1"):
        path = "/v1/realtime"
    query = parts.query
    if model:
        query = "&".join(filter(None, [query, f"model={quote(model, safe='')}"]))
    return urlunsplit((SCHEMES[parts.scheme], parts.netloc, path, query, ""))


def http_of(url: str) -> str:
    """Where the same server answers plain requests."""
    parts = urlsplit(address_of(url))
    return f"{'https' if parts.scheme == 'wss' else 'http'}://{parts.netloc}"


def is_local(address: str) -> bool:
    """This machine is never reached through a proxy."""
    return urlsplit(address).hostname in LOCAL


def bare(address: str) -> str:
    """The address without what may be a secret in it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def refused(response: Response, address: str, key: str | None) -> VoiceAgentError:
    status = response.status_code
    if status == 401:
        given = "the key that was given" if key else "a call without a key"
        return RemoteLinkError(f"{address} refuses {given}: pass the right one as key=... or --key")
    if status == 503:
        after = response.headers.get("Retry-After", "")
        return Busy(address, int(after) if after.isdigit() else 1)
    if status < 400:
        return RemoteLinkError(f"what answers at {address} is no Realtime server (HTTP {status})")
    said = message_of(response) or response.reason_phrase
    return RemoteLinkError(f"{address} refuses the call (HTTP {status}): {said}")


def message_of(response: Response) -> str:
    """What the server says about it, in OpenAI's shape; empty if it does not."""
    try:
        return str(json.loads(response.body or b"")["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return ""


def why(closed: ConnectionClosed) -> str:
    frame = closed.rcvd
    if frame is None:
        return "the connection was lost"
    return frame.reason or CLOSINGS.get(frame.code) or f"the server hung up (code {frame.code})"
