"""The server's front: its addresses, and what is behind each of them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from voiceagent import bundle
from voiceagent.config import Profile
from voiceagent.errors import Busy, MissingExtra, ModelError, Refused, VoiceAgentError
from voiceagent.house import open_house, transcribe
from voiceagent.metrics import Metrics
from voiceagent.server.doors import (
    Door,
    Limits,
    as_error,
    default_settings,
    error,
)
from voiceagent.server.keys import Keys, key_of
from voiceagent.server.pages import pages
from voiceagent.server.sound import TooLarge, body_of, bounded, speech, transcription
from voiceagent.wire import checks
from voiceagent.wire.settings import show, update

log = logging.getLogger("voiceagent.server")
Handler = Callable[[Request], Awaitable[Response]]
Handle = Callable[["Desk", Request], Awaitable[Response]]


@dataclass
class Desk:
    """What the addresses share."""

    profile: Profile
    door: Door
    keys: Keys
    metrics: Metrics
    started: float


def build_app(
    profile: Profile, keys: tuple[str, ...] = (), names: tuple[str, ...] = ()
) -> Starlette:
    """The ASGI application of a profile. Its parts are loaded when it starts."""
    desks: list[Desk] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with open_house(profile) as house:
            metrics, known = Metrics(), Keys(keys, names=names)
            limits = limits_of(profile)
            door = Door(house, known, limits, metrics, partial(transcribe, house))
            desks.append(Desk(profile, door, known, metrics, time.time()))
            yield
            desks.clear()

    async def enter(socket: WebSocket) -> None:
        await desks[0].door.enter(socket)

    def behind(handle: Handle) -> Handler:
        async def answer(request: Request) -> Response:
            return await guarded(handle, desks[0], request)

        return answer

    routes: list[BaseRoute] = [
        WebSocketRoute("/v1/realtime", enter),
        Route("/v1/realtime/client_secrets", behind(client_secrets), methods=["POST"]),
        Route("/v1/realtime/calls", behind(no_webrtc), methods=["POST"]),
        Route("/v1/audio/speech", behind(say), methods=["POST"]),
        Route("/v1/audio/transcriptions", behind(write_down), methods=["POST"]),
        Route("/v1/models", behind(models)),
        Route("/health", behind(health)),
        Route("/metrics", behind(metrics_page)),
        *pages(bundle.folder("web")),
    ]
    cors = Middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        expose_headers=["Retry-After", "x-voiceagent-degraded"],
    )
    return Starlette(routes=routes, lifespan=lifespan, middleware=[cors])


def limits_of(profile: Profile) -> Limits:
    serving, link = profile.serving, profile.link
    return Limits(
        serving.sessions,
        serving.session_s,
        serving.messages_per_s,
        serving.retry_after_s,
        link.lead_ms,
        link.local_lead_ms,
    )


# --- what is behind the addresses ----------------------------------------------------------------

OPEN = ("/health", "/metrics")


async def guarded(handle: Handle, desk: Desk, request: Request) -> Response:
    """Check the key; turn our own errors into answers."""
    try:
        if request.url.path not in OPEN and refused_key(desk, request):
            told = desk.keys.why_not(request.headers.get("origin"))
            return error(told, 401, "invalid_api_key")
        return await handle(desk, Request(request.scope, bounded(request)))
    except TooLarge as refusal:
        return as_error(refusal, 413)
    except Refused as refusal:
        return as_error(refusal, 400)
    except HTTPException as refused:  # starlette's own, of a form that is none
        return error(refused.detail, refused.status_code, None)
    except Busy as busy:
        answer = error(str(busy), 503, "server_busy", "server_error")
        answer.headers["Retry-After"] = str(busy.retry_after_s)
        return answer
    except (ModelError, MissingExtra, VoiceAgentError) as failed:
        log.warning("%s failed: %s", request.url.path, failed)
        return error(str(failed), 500, "model_error", "server_error")


def refused_key(desk: Desk, request: Request) -> bool:
    headers = request.headers
    minting = request.url.path.endswith("/client_secrets")
    key = key_of(headers)
    allowed = desk.keys.admits(key, headers.get("origin"), headers.get("host"))
    return not allowed or (minting and not desk.keys.is_key(key))


async def client_secrets(desk: Desk, request: Request) -> Response:
    body = checks.mapping(await body_of(request) or {}, "body")
    session = checks.mapping(body.get("session") or {}, "session")
    settings = update(default_settings(desk.door.house), session)
    expires = checks.mapping(body.get("expires_after") or {}, "expires_after")
    seconds = checks.integer(expires.get("seconds", 600), "expires_after.seconds", 10, 7_200)
    secret = desk.keys.mint(session, seconds)
    shown = show(settings, "sess_pending", secret.expires_at)
    answer = {"value": secret.value, "expires_at": secret.expires_at, "session": shown}
    return JSONResponse(answer)


async def no_webrtc(desk: Desk, request: Request) -> Response:
    message = "WebRTC and SIP are not supported. Connect a websocket to /v1/realtime."
    return error(message, 501, "not_supported")


async def say(desk: Desk, request: Request) -> Response:
    return await speech(request, desk.door.house.voice)


async def write_down(desk: Desk, request: Request) -> Response:
    return await transcription(request, desk.door.house)


async def models(desk: Desk, request: Request) -> Response:
    created = int(desk.started)
    entry = {"object": "model", "created": created, "owned_by": "voiceagent"}
    names = ("voiceagent", desk.profile.name)
    return JSONResponse({"object": "list", "data": [{"id": name, **entry} for name in names]})


async def health(desk: Desk, request: Request) -> Response:
    return JSONResponse(
        {
            "status": "ok",
            "profile": desk.profile.name,
            "sessions": desk.metrics.sessions,
            "sessions_max": desk.profile.serving.sessions,
        }
    )


async def metrics_page(desk: Desk, request: Request) -> Response:
    tasks = f"# TYPE voiceagent_tasks gauge\nvoiceagent_tasks {len(asyncio.all_tasks())}\n"
    text = desk.metrics.text() + tasks
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")
