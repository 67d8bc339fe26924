"""The websocket door: who may enter, how many, how much, and what a frame must be."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import anyio
import orjson
from starlette.responses import JSONResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from voiceagent.errors import Busy, ModelError, Refused, VoiceAgentError
from voiceagent.events import Event
from voiceagent.hearing import Ears
from voiceagent.hearing.remote import WorkerEars
from voiceagent.metrics import Metrics
from voiceagent.server.keys import SUBPROTOCOL, Keys, key_of
from voiceagent.server.realtime import Gone, Realtime, Terms
from voiceagent.session import House
from voiceagent.wire.settings import Settings, update

READY_S = 5.0  # for a worker to make room for one more
log = logging.getLogger("voiceagent.server")


@dataclass(frozen=True, slots=True)
class Limits:
    sessions: int = 100
    session_s: float = 3_600
    messages_per_s: int = 1_000
    retry_after_s: int = 5
    lead_ms: int = 200
    local_lead_ms: int = 60


class Door:
    """Opens sessions over websockets."""

    def __init__(
        self,
        house: House,
        keys: Keys,
        limits: Limits,
        metrics: Metrics,
        transcribe: Callable[[bytes], Awaitable[str]],
    ) -> None:
        self.house = house
        self.keys = keys
        self.limits = limits
        self.metrics = metrics
        self._transcribe = transcribe

    async def enter(self, socket: WebSocket) -> None:
        """One websocket, from the handshake to its end."""
        refusal = self._refusal(socket)
        if refusal is not None:
            await socket.send_denial_response(refusal)
            return
        settings = self._settings(socket)
        if isinstance(settings, Refused):
            await socket.send_denial_response(as_error(settings, 400))
            return
        ears: list[Ears] = []
        self.metrics.sessions += 1
        try:
            await self._let_in(socket, settings, ears)
        finally:
            self.metrics.sessions -= 1
            with anyio.CancelScope(shield=True):  # the handshake may have failed
                for each in ears:
                    await each.aclose()

    async def _let_in(self, socket: WebSocket, settings: Settings, ears: list[Ears]) -> None:
        """Of many that come at once, each waits before the upgrade until somebody listens to it."""
        try:
            call = self._call(socket, settings, ears)
            await ready(ears)
        except (Busy, ModelError) as problem:
            await socket.send_denial_response(self._no_room(problem))
            return
        self.metrics.counts["sessions_total"] += 1
        await self._converse(socket, call)

    def _refusal(self, socket: WebSocket) -> Response | None:
        key = key_of(socket.headers, socket.scope.get("subprotocols", ()))
        origin = socket.headers.get("origin")
        if not self.keys.admits(key, origin, socket.headers.get("host")):
            return error(self.keys.why_not(origin), 401, "invalid_api_key")
        if socket.query_params.get("intent") == "transcription":
            message = "Transcription-only sessions are not supported."
            return error(message, 400, "unsupported_intent")
        if self.metrics.sessions >= self.limits.sessions:
            seconds = self.limits.retry_after_s
            message = f"All {self.limits.sessions} sessions are in use. Try again in {seconds} s."
            return self._turn_away(message, "server_busy")
        return None

    def _no_room(self, problem: Busy | ModelError) -> Response:
        """Nobody could listen to this session: better said now than inside it."""
        log.warning("a session was turned away: %s", problem)
        if isinstance(problem, ModelError):
            seconds = self.limits.retry_after_s
            return self._turn_away(f"{problem} Try again in {seconds} s.", "model_error")
        busy = Busy(problem.what, self.limits.retry_after_s)
        return self._turn_away(str(busy), "server_busy")

    def _turn_away(self, message: str, code: str) -> Response:
        self.metrics.counts["busy_total"] += 1
        answer = error(message, 503, code, "server_error")
        answer.headers["Retry-After"] = str(self.limits.retry_after_s)
        return answer

    def _settings(self, socket: WebSocket) -> Settings | Refused:
        """What the session begins with: the secret's settings, and the model of the address."""
        key = key_of(socket.headers, socket.scope.get("subprotocols", ())) or ""
        secret = self.keys.secret(key)
        settings = default_settings(self.house)
        try:
            settings = settings if secret is None else update(settings, secret.session)
        except Refused as refusal:
            return refusal
        model = socket.query_params.get("model")
        return settings if not model else replace(settings, model=model[:256])

    def _call(self, socket: WebSocket, settings: Settings, ears: list[Ears]) -> Realtime:
        """The session, its place in the ears taken; raises Busy or ModelError where there is none.
        `ears` gets what must be closed.
        """
        near = socket.client is not None and socket.client.host in ("127.0.0.1", "::1")
        terms = Terms(
            settings,
            self.limits.session_s,
            self.limits.local_lead_ms if near else self.limits.lead_ms,
            observe=self.metrics.watch(),
            transcribe=self._transcribe,
        )
        return Realtime(noting_ears(self.house, ears), terms)

    async def _converse(self, socket: WebSocket, call: Realtime) -> None:
        offered = socket.scope.get("subprotocols", ())
        await socket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
        code = 1000
        try:
            frames = Frames(socket, self.limits.messages_per_s)
            await call.converse(frames.receive, frames.send)
        except* VoiceAgentError as failed:
            log.warning("a session failed: %s", failed.exceptions)
            code = 1011
        except* Exception:  # the server's edge: one session's fault is not the others'
            log.exception("a session broke")
            code = 1011
        if socket.client_state is WebSocketState.CONNECTED:
            with anyio.move_on_after(5):
                await close_quietly(socket, code)


def noting_ears(house: House, opened: list[Ears]) -> House:
    """The house, but whatever ears it opens are in `opened` too."""

    def open_ears(on_event: Callable[[Event], None]) -> Ears:
        opened.append(house.open_ears(on_event))
        return opened[-1]

    return replace(house, open_ears=open_ears)


async def ready(ears: list[Ears]) -> None:
    """Wait until workers listen; raises Busy where that takes too long."""
    try:
        with anyio.fail_after(READY_S):
            for each in ears:
                if isinstance(each, WorkerEars):
                    await each.ready()
    except TimeoutError as late:
        raise Busy("the recogniser") from late


class Frames:
    """A websocket's frames as dictionaries, no faster than allowed."""

    def __init__(self, socket: WebSocket, per_s: int) -> None:
        self._socket = socket
        self._per_s = per_s
        self._spare = float(per_s)
        self._at = anyio.current_time()

    async def receive(self) -> Any:
        """The next event; Refused, as a value, for a frame that is none; raises Gone at the end."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise Gone
        await self._slow_down()
        text = message.get("text")
        if text is None:
            return Refused(
                "Binary frames are not supported: send JSON text, audio in base64.", None
            )
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as problem:
            return Refused(f"The message is not valid JSON: {problem}.", "invalid_json")

    async def send(self, message: dict[str, Any]) -> None:
        try:
            await self._socket.send({"type": "websocket.send", "text": encode(message)})
        except (WebSocketDisconnect, RuntimeError) as gone:  # a dead line, or one closed before
            raise Gone from gone

    async def _slow_down(self) -> None:
        """A flood is read slowly, and so is slowed down at its source."""
        now = anyio.current_time()
        self._spare = min(self._per_s, self._spare + (now - self._at) * self._per_s) - 1
        self._at = now
        if self._spare < 0:
            await anyio.sleep(-self._spare / self._per_s)


def encode(message: dict[str, Any]) -> str:
    try:
        return orjson.dumps(message).decode()
    except TypeError:  # half a surrogate pair from some mind: JSON can say it, UTF-8 cannot
        return json.dumps(message)


async def close_quietly(socket: WebSocket, code: int) -> None:
    try:
        await socket.close(code)
    except (RuntimeError, WebSocketDisconnect):
        log.debug("the socket was closed already")


def default_settings(house: House) -> Settings:
    """What a session begins with: the profile's own instructions."""
    settings = Settings()
    thinking = replace(settings.thinking, instructions=house.manner.instructions)
    return replace(settings, thinking=thinking)


def error(
    message: str, status: int, code: str | None, type: str = "invalid_request_error"
) -> JSONResponse:
    body = {"error": {"message": message, "type": type, "param": None, "code": code}}
    return JSONResponse(body, status)


def as_error(refusal: Refused, status: int) -> JSONResponse:
    about = {"type": "invalid_request_error", "param": refusal.param, "code": refusal.code}
    return JSONResponse({"error": {"message": str(refusal), **about}}, status)
