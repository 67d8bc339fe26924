"""`voiceagent serve` and `voiceagent demo`."""

from __future__ import annotations

import argparse
import logging
import os
import socket
import ssl
import sys
import webbrowser
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from voiceagent import DEFAULT_PROFILE
from voiceagent.cli.options import Commands
from voiceagent.errors import ConfigError, VoiceAgentError

if TYPE_CHECKING:
    from voiceagent.config import Profile
    from voiceagent.server.serving import Place

KEYS = "VOICEAGENT_KEYS"
PORT = 8765
PORTS_TRIED = 20
MOST_PORT = 65_535
LEVELS = ("debug", "info", "warning", "error")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
Message = MutableMapping[str, Any]
App = Callable[..., Awaitable[None]]


def add_to(commands: Commands) -> None:
    serve = commands.add_parser("serve", help="serve an agent over the OpenAI Realtime protocol")
    serve.add_argument("--profile", default=DEFAULT_PROFILE, help="a profile's name or file")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    serve.add_argument("--port", type=int, default=PORT, help=f"default: {PORT}; 0: any free one")
    serve.add_argument(
        "--key",
        action="append",
        default=[],
        help=f"a key that clients must send; several may be given. Better: ${KEYS}, with commas",
    )
    serve.add_argument(
        "--name",
        action="append",
        default=[],
        help="a public name of this server, such as voice.example.org: without keys, pages from "
        "there are let in; several may be given",
    )
    serve.add_argument("--tls-cert", metavar="FILE", help="a certificate: serve wss and https")
    serve.add_argument("--tls-key", metavar="FILE", help="its private key")
    serve.add_argument("--max-sessions", type=int, metavar="N", help="more are told to come back")
    serve.add_argument("--log-level", choices=LEVELS, default="info")
    serve.set_defaults(run=run_serve)
    demo = commands.add_parser("demo", help="serve an agent to this machine, to try it out")
    demo.add_argument("--profile", default=DEFAULT_PROFILE, help="a profile's name or file")
    demo.add_argument(
        "--port", type=int, default=PORT, help="where to begin to look for a free one"
    )
    demo.add_argument("--open", action="store_true", help="open its page in the browser")
    demo.set_defaults(run=run_demo)


def run_serve(given: argparse.Namespace) -> int:
    from voiceagent.config import compose
    from voiceagent.server.serving import Place, address, bind

    profile = compose(given.profile, os.environ, overrides_of(given))
    port = port_of(given)
    names = tuple(name.casefold() for name in given.name)
    place = Place(given.host, port, keys_of(given), given.tls_cert, given.tls_key, names)
    check_tls(place)
    level = getattr(logging, given.log_level.upper())
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with bind(place) as bound:
        where = address(place, bound)
        return serve(profile, place, bound, lambda: listening(profile, place, where))


def run_demo(given: argparse.Namespace) -> int:
    from voiceagent.config import compose
    from voiceagent.server.serving import Place, address

    profile = compose(given.profile, os.environ)
    place = Place(port=port_of(given))
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    with bind_free(place) as bound:
        where = address(place, bound)

        def ready() -> None:
            print(greeting(profile, where), flush=True)
            if given.open:
                webbrowser.open(where)

        return serve(profile, place, bound, ready)


def overrides_of(given: argparse.Namespace) -> dict[str, int]:
    most = given.max_sessions
    if most is None:
        return {}
    if most < 1:
        raise ConfigError(f"--max-sessions is {most}; it must be at least 1")
    return {"serving.sessions": most}


def port_of(given: argparse.Namespace) -> int:
    port = int(given.port)
    if not 0 <= port <= MOST_PORT:
        raise ConfigError(f"--port is {port}; it must be from 0 to {MOST_PORT}")
    return port


def keys_of(given: argparse.Namespace) -> tuple[str, ...]:
    from_environment = os.environ.get(KEYS, "").split(",")
    keys = tuple(key.strip() for key in (*given.key, *from_environment) if key.strip())
    if not all(key.isascii() and key.isprintable() and " " not in key for key in keys):
        raise ConfigError("a key must be plain characters without spaces")
    return keys


def check_tls(place: Place) -> None:
    """A wrong certificate is a clear error now, not a riddle later."""
    if place.private_key and not place.certificate:
        raise ConfigError("--tls-key is of no use without --tls-cert")
    if place.certificate is None:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            place.certificate, place.private_key
        )
    except OSError as problem:  # an SSLError is one
        said = problem.strerror or str(problem)
        raise ConfigError(f"--tls-cert and --tls-key cannot be used: {said}") from problem


def bind_free(place: Place) -> socket.socket:
    """The place's port, or the next one that is free."""
    from voiceagent.server.serving import bind

    for port in range(place.port, min(MOST_PORT, place.port + PORTS_TRIED) + 1):
        try:
            return bind(replace(place, port=port))
        except ConfigError as taken:
            problem = taken
    raise problem


def listening(profile: Profile, place: Place, where: str) -> None:
    from voiceagent.config import takes_on

    socket_address = where.replace("http", "ws", 1)
    told = f"{profile.name!r} listens on {socket_address}/v1/realtime"
    print(f"voiceagent: {told} and takes on {takes_on(profile)}", flush=True)
    if not place.keys and place.host not in LOOPBACK:
        told = "anybody who reaches this address may talk to the agent: set --key"
        print(f"voiceagent: {told}", file=sys.stderr, flush=True)


def greeting(profile: Profile, where: str) -> str:
    from voiceagent.config import takes_on

    return f"""
  voiceagent demo: the profile {profile.name!r} runs on this machine. {profile.about}
  It takes on {takes_on(profile)}.

    page       {where}
    websocket  {where.replace("http", "ws", 1)}/v1/realtime  (the OpenAI Realtime protocol)

  Open the page, press Talk and ask "what can you do?". Or, from another terminal:

    voiceagent talk --url {where}
    voiceagent ask question.wav -o answer.wav --url {where}

  Ctrl-C ends it.
"""


# --- serving -------------------------------------------------------------------------------------


def serve(profile: Profile, place: Place, bound: socket.socket, ready: Callable[[], None]) -> int:
    """Until Ctrl-C. `ready` is called when the parts are loaded."""
    from voiceagent.server.serving import server_of

    failures: list[VoiceAgentError] = []
    server = server_of(profile, place)
    server.config.app = watched(server.config.app, ready, failures)
    try:
        server.run(sockets=[bound])
    except SystemExit:  # the parts could not be loaded
        if not failures:
            raise
    except KeyboardInterrupt:
        return 0
    if failures:
        raise failures[0]
    return 0


def watched(app: Any, ready: Callable[[], None], failures: list[VoiceAgentError]) -> App:
    """The application; what goes wrong at its start is kept for one line, not printed at length."""

    async def watching(scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        held: list[Message] = []

        async def tell(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                held.append(message)
                return
            if message["type"] == "lifespan.startup.complete":
                ready()
            await send(message)

        try:
            await app(scope, receive, tell)
        except VoiceAgentError as problem:
            failures.append(problem)
            held = [{"type": "lifespan.startup.failed"}]
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            raise
        finally:
            for message in held:
                await send(message)

    return watching
