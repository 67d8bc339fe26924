"""The connection to an endpoint: every wait and every size is bounded here."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

import anyio
import httpx

from voiceagent.errors import ConfigError

from .sse import Events, Whole

CONNECT_S = 5.0
IDLE_S = 120.0  # a pause in a conversation should not cost a new connection
BODY_BYTES = 1 << 20  # of an answer that is no stream
LIMITS = httpx.Limits(max_connections=None, keepalive_expiry=IDLE_S)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Endpoint:
    """One address. Its connections are kept open from request to request, within one loop."""

    def __init__(self, url: str, key: str, headers: Mapping[str, str]) -> None:
        self._url = _read_url(url)
        self._headers = _read_headers(key, headers)
        self._here = _is_here(self._url.host)
        # Certificates take 50 ms to load: now, while no conversation waits, or not at all.
        plain = self._here and self._url.scheme == "http"
        self._tls: ssl.SSLContext | bool = False if plain else httpx.create_ssl_context()
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def where(self) -> str:
        """The address as a message may show it: a path or a query could hold a secret."""
        return f"{self._url.scheme}://{self._url.netloc.decode('ascii')}"

    @property
    def host(self) -> str:
        return self._url.host

    async def get(self, path: str, by: float) -> httpx.Response:
        return await self._send(httpx.Request("GET", self._address(path)), by)

    async def post(self, path: str, body: Mapping[str, Any], by: float) -> httpx.Response:
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json"}
        request = httpx.Request("POST", self._address(path), content=content, headers=headers)
        return await self._send(request, by)

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client and self._loop is asyncio.get_running_loop():
            await client.aclose()

    async def _send(self, request: httpx.Request, by: float) -> httpx.Response:
        client = self._open_client()
        request.headers.update(self._headers)
        with anyio.fail_after(_left(by)):
            return await client.send(request, stream=True)

    def _open_client(self) -> httpx.AsyncClient:
        """Return this loop's client. One of a loop that is gone cannot be closed any more."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._client = httpx.AsyncClient(
                timeout=httpx.Timeout(None, connect=CONNECT_S),
                limits=LIMITS,
                trust_env=not self._here,  # no proxy reaches this machine
                verify=self._tls,
            )
            self._loop = loop
        return self._client

    def _address(self, path: str) -> httpx.URL:
        before, mark, query = self._url.raw_path.partition(b"?")
        return self._url.copy_with(raw_path=before.rstrip(b"/") + path.encode() + mark + query)


class Stream:
    """The events of one response, each waited for no longer than the caller says."""

    def __init__(self, response: httpx.Response) -> None:
        self._chunks = response.aiter_bytes()
        self._events: Events | Whole | None = None
        self._parsed: Iterator[str] = iter(())
        self._over = False

    async def next(self, by: float) -> str | None:
        """Return the data of the next event; None at the end of the stream."""
        while (data := next(self._parsed, None)) is None and not self._over:
            with anyio.fail_after(_left(by)):
                chunk = await anext(self._chunks, b"")
            if self._events is None:  # some endpoints do not stream, whatever they are asked
                self._events = Whole() if chunk.lstrip().startswith(b"{") else Events()
            self._over = not chunk
            self._parsed = self._events.feed(chunk) if chunk else self._events.end()
        return data


async def read_body(response: httpx.Response, by: float) -> bytes:
    """Return what an answer that is no stream says, or as much of it as there is room for."""
    body = bytearray()
    try:
        with anyio.fail_after(_left(by)):
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > BODY_BYTES:
                    break
    finally:
        await response.aclose()
    return bytes(body)


def _left(by: float) -> float:
    return max(0.0, by - anyio.current_time())


def _read_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL as error:
        raise ConfigError(f"openai_chat.url is no URL: {error}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigError("openai_chat.url must look like http://127.0.0.1:8000/v1")
    if url.userinfo:
        raise ConfigError("openai_chat.url holds a password; logs would show it: use the key")
    return url


def _read_headers(key: str, headers: Mapping[str, str]) -> dict[str, str]:
    known = {"Accept-Encoding": "identity"}
    if key.strip():
        known["Authorization"] = f"Bearer {_header_value('key', key)}"
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ConfigError(f"openai_chat.headers: {name!r} is no name of a header")
        known[name] = _header_value(f"headers.{name}", value)
    return known


def _header_value(where: str, value: str) -> str:
    text = str(value).strip()  # a key that was read from a file ends in a newline
    if not (text.isascii() and text.isprintable()):
        raise ConfigError(f"openai_chat.{where} has characters that no HTTP header may hold")
    return text


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
