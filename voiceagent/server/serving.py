"""Runs the application on a socket, with the choices that were measured to be cheap."""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass

import uvicorn

from voiceagent.config import Profile
from voiceagent.errors import ConfigError
from voiceagent.server.app import build_app

CLOSE_S = 5  # how long sessions have to end when the server is told to stop
UNREAD_MS = 30_000  # how long a far end may leave what it was sent before the system hangs up


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen, and for whom."""

    host: str = "127.0.0.1"
    port: int = 8765
    keys: tuple[str, ...] = ()
    certificate: str | None = None
    private_key: str | None = None
    names: tuple[str, ...] = ()  # of this server; its pages may come from there


def worth_logging(record: logging.LogRecord) -> bool:
    """uvicorn takes every handshake that we refuse with an answer for one that we forgot."""
    return "returned without completing handshake" not in record.getMessage()


def server_of(profile: Profile, place: Place) -> uvicorn.Server:
    """A server that has not started. `serve` it in a running loop, or `run` it."""
    config = uvicorn.Config(
        build_app(profile, place.keys, place.names),
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # it costs fifteen times the rest of a frame
        ws_max_size=profile.serving.message_bytes,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=CLOSE_S,
        ssl_certfile=place.certificate,
        ssl_keyfile=place.private_key,
    )
    server = uvicorn.Server(config)
    logging.getLogger("uvicorn.error").addFilter(worth_logging)
    return server


def bind(place: Place) -> socket.socket:
    """Take the address now, so that a port in use is a clear error."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # a connection of somebody who never reads cannot close
        taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
    try:
        taken.bind((place.host, place.port))
        taken.listen(2_048)  # from now on whoever connects waits, and is not turned away
    except (OSError, OverflowError) as problem:
        taken.close()
        why = getattr(problem, "strerror", None) or problem
        message = f"cannot listen on {place.host}:{place.port}: {why}"
        raise ConfigError(f"{message}. Choose another with --port.") from problem
    return taken


def address(place: Place, bound: socket.socket) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    scheme = "https" if place.certificate else "http"
    return f"{scheme}://{host}:{bound.getsockname()[1]}"
