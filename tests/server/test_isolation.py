"""One bad neighbour does not disturb the others: slow readers, floods, clients that vanish."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import anyio.lowlevel
import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from tests.fakes.chat_server import ChatServer, Stall
from tests.server.live import Call, Live, bench, dial, thinking, until
from tests.server.voices import spoken
from voiceagent.server import outbox, serving

pytestmark = pytest.mark.anyio
WORDS = "Thank you, I heard you, and this is my answer."


@asynccontextmanager
async def narrow(server: Live) -> AsyncGenerator[Call]:
    """A connection whose reader takes next to nothing unless it is asked to."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    plain.setblocking(False)
    _, _, place = server.url.partition("//")
    host, _, port = place.partition(":")
    await asyncio.get_running_loop().sock_connect(plain, (host, int(port)))
    async with dial(server.ws, sock=plain, max_queue=1, close_timeout=0) as call:
        yield call


async def undisturbed(server: Live) -> None:
    """A conversation from its first word to its last."""
    async with server.call() as call:
        await call.append(spoken())
        done = await call.done()
        assert done["status"] == "completed"
        assert done["output"][0]["content"][0]["transcript"] == WORDS


def vanish(call: Call) -> None:
    """The client's machine is gone: no closing handshake, a reset."""
    sock = call.socket.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    call.socket.transport.abort()


# --- slow readers --------------------------------------------------------------------------------


async def test_who_never_reads_is_cut_off_and_nobody_else_notices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox, "WRITE_TIMEOUT_S", 0.5)
    monkeypatch.setattr(serving, "UNREAD_MS", 1_000)
    with Live(bench(0.3)) as server:
        async with narrow(server) as call:
            await call.expect("session.created")
            await call.say("x" * 500_000, id="large")
            for _ in range(20):
                await call.send("conversation.item.retrieve", item_id="large")
            await undisturbed(server)
            await server.sessions(0)

            async def hung_up() -> bool:
                return not server_sockets(server)

            await until(hung_up)


def server_sockets(server: Live) -> list[Any]:
    port = int(server.url.rpartition(":")[2])
    return [
        one
        for one in psutil.Process().net_connections("tcp")
        if one.status == psutil.CONN_ESTABLISHED and one.laddr.port == port
    ]


async def test_a_slow_reader_in_mid_reply_loses_nothing(talkative: Live) -> None:
    """Audio waits for it: what it reads late is whole and in order."""
    async with narrow(talkative) as call:
        await call.expect("session.created")
        await call.send("response.create", response={"conversation": "none"})
        await undisturbed_long(talkative)
        done = await call.done()
        assert done["status"] == "completed"
        assert len(call.sound()) == 48 * 4_000


async def undisturbed_long(server: Live) -> None:
    async with server.call(output_modalities=["text"]) as call:
        assert (await call.ask())["status"] == "completed"


# --- floods --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        "not json",
        '{"type": "poem.write"}',
        '{"type": "input_audio_buffer.clear"}',
        json.dumps({"type": "input_audio_buffer.append", "audio": "AAAA" * 4_800}),
        json.dumps({"type": "session.update", "session": {"instructions": "x" * 50_000}}),
    ],
    ids=lambda message: message[:40],
)
async def test_a_flood_does_not_starve_the_neighbours(server: Live, message: str) -> None:
    """It may be cut off for it, or go on being slowed down."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as elsewhere:  # a loop of its own: it shall flood the server alone
        flooding = elsewhere.submit(anyio.run, flood, server, message, stop)
        try:
            for _ in range(2):
                await undisturbed(server)
        finally:
            stop.set()
        assert flooding.result() > 100


async def flood(server: Live, message: str, stop: threading.Event) -> int:
    sent = 0
    async with server.call() as call, anyio.create_task_group() as group:

        async def drain() -> None:
            with suppress(ConnectionClosed):
                while True:
                    await call.socket.recv()

        group.start_soon(drain)
        with suppress(ConnectionClosed):
            while not stop.is_set():
                await call.raw(message)
                await anyio.lowlevel.checkpoint()
                sent += 1
        vanish(call)  # a closing handshake would wait for all that it has sent
        group.cancel_scope.cancel()
    return sent


async def test_a_long_history_sent_at_once_is_taken_whole(server: Live) -> None:
    """As LiveKit does when it comes back: nobody may take that for not reading."""
    content = [{"type": "input_text", "text": "Hello."}]
    async with server.call() as call:
        for n in range(1_000):
            item = {"type": "message", "role": "user", "id": f"item{n}", "content": content}
            await call.send("conversation.item.create", item=item)
        await call.settled()
        assert len(call.of("conversation.item.done")) == 1_000


async def test_the_largest_appends_in_a_row_do_not_starve_the_neighbours(server: Live) -> None:
    large = json.dumps({"type": "input_audio_buffer.append", "audio": "AAAA" * (5 * 2**20)})
    async with server.call(audio={"input": {"turn_detection": None}}) as call:
        for _ in range(2):
            await call.raw(large)
        await undisturbed(server)
        assert await call.settled() == []


# --- clients that vanish -------------------------------------------------------------------------


async def test_a_client_that_vanishes_in_mid_speech_leaves_nothing() -> None:
    with Live(bench(0.8)) as server:
        async with server.call() as call:
            await call.append(spoken(after=0))
            await call.expect("input_audio_buffer.speech_started")
            vanish(call)
            await server.sessions(0)
        await undisturbed(server)


async def test_a_client_that_vanishes_in_mid_reply_leaves_nothing() -> None:
    with Live(bench(0.8)) as server:
        for conversation in ("auto", "none"):
            async with server.call() as call:
                await call.send("response.create", response={"conversation": conversation})
                await call.expect("response.output_audio.delta")
                vanish(call)
                await server.sessions(0)
        await undisturbed(server)


async def test_clients_that_close_in_mid_reply_one_after_another_do_not_stop_the_server() -> None:
    with Live(bench(0.8)) as server:
        for _ in range(8):
            async with server.call() as call:
                await call.send("response.create")
                await call.expect("response.output_audio.delta")
        await server.sessions(0)
        await undisturbed(server)


async def test_a_client_that_vanishes_while_the_mind_thinks_stops_the_mind() -> None:
    with ChatServer([Stall()]) as endpoint, Live(thinking(endpoint)) as server:
        async with server.call() as call:
            await call.send("response.create")
            await endpoint.seen(lambda: bool(endpoint.stalled))
            vanish(call)
            await endpoint.seen(lambda: endpoint.disconnects == 1)
            await server.sessions(0)


async def test_a_client_that_vanishes_in_mid_tool_leaves_nothing(server: Live) -> None:
    before = (await server.health())["sessions"]
    tool = {"type": "function", "name": "tell", "parameters": {}}
    async with server.call(tools=[tool], tool_choice="required") as call:
        await call.ask()
        vanish(call)
    await server.sessions(before)
    await undisturbed(server)
