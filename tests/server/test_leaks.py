"""Many sessions opened and closed against one server: nothing of them stays behind."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
import psutil
import pytest

from tests.server.live import PATIENCE_S, Call, bench, dial, when_started
from tests.server.test_isolation import vanish
from tests.server.voices import spoken
from voiceagent.server.serving import Place, address, bind, server_of

pytestmark = pytest.mark.anyio
ROUNDS, AT_ONCE = 4, 25


@asynccontextmanager
async def here() -> AsyncGenerator[str]:
    """The server in the test's own loop, so that its tasks can be counted."""
    place = Place(port=0)
    bound = bind(place)
    server = server_of(bench(0.3), place)
    listens = anyio.Event()
    when_started(server, listens.set)
    async with anyio.create_task_group() as group:
        group.start_soon(server.serve, [bound])
        with anyio.fail_after(PATIENCE_S):
            await listens.wait()
        yield address(place, bound).replace("http", "ws") + "/v1/realtime"
        server.should_exit = True
    bound.close()


async def talks(call: Call) -> None:
    await call.append(spoken())
    await call.done()


async def leaves_in_mid_speech(call: Call) -> None:
    await call.append(spoken(after=0))
    await call.expect("input_audio_buffer.speech_started")


async def leaves_in_mid_reply(call: Call) -> None:
    await call.send("response.create")
    await call.expect("response.output_audio.delta")


async def vanishes_in_mid_reply(call: Call) -> None:
    await leaves_in_mid_reply(call)
    vanish(call)


async def says_nothing(call: Call) -> None:
    """Comes and goes."""


WAYS: tuple[Callable[[Call], Awaitable[None]], ...] = (
    talks,
    leaves_in_mid_speech,
    leaves_in_mid_reply,
    vanishes_in_mid_reply,
    says_nothing,
)


async def test_a_hundred_sessions_leave_no_task_no_thread_no_file() -> None:
    process = psutil.Process()

    def left() -> tuple[int, int, int]:
        return len(asyncio.all_tasks()), threading.active_count(), process.num_fds()

    async with here() as url:

        async def session(number: int) -> None:
            async with dial(url) as call:
                await call.expect("session.created")
                await WAYS[number % len(WAYS)](call)

        async def some() -> None:
            async with anyio.create_task_group() as group:
                for number in range(AT_ONCE):
                    group.start_soon(session, number)

        await some()  # what is made once is made now
        await settled(left)
        before, memory = left(), [process.memory_info().rss]
        for _ in range(ROUNDS):
            await some()
            await settled(left, before)
            gc.collect()
            memory.append(process.memory_info().rss)
        assert left() == before
        slope = (memory[-1] - memory[1]) / ((ROUNDS - 1) * AT_ONCE) / 1024
        print(f"\n{ROUNDS * AT_ONCE} sessions: {slope:.1f} KiB of RSS a session")


async def settled(
    left: Callable[[], tuple[int, int, int]], wanted: tuple[int, int, int] | None = None
) -> None:
    """Wait until the sessions are over: until what is left is as wanted, or does not change."""
    last: tuple[int, int, int] | None = None
    with anyio.move_on_after(PATIENCE_S):
        while left() != (wanted or last):
            last = left()
            await anyio.sleep(0.2)
