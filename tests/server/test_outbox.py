"""The way out: what is dead does not leave, and who is slow is waited for, to a bound."""

from __future__ import annotations

from typing import Any

import anyio

from voiceagent.server.outbox import FEW, MOST_PENDING, WRITE_TIMEOUT_S, Outbox
from voiceagent.testing import run_virtual


class Line:
    """Takes so long for every message."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.taken: list[Any] = []

    async def send(self, message: dict[str, Any]) -> None:
        await anyio.sleep(self.seconds)
        self.taken.append(message["n"])


def numbered(*numbers: int) -> list[dict[str, Any]]:
    return [{"n": n} for n in numbers]


def test_events_and_audio_leave_in_the_order_in_which_they_were_put_in() -> None:
    async def main() -> None:
        outbox, line = Outbox(), Line(0.01)
        async with anyio.create_task_group() as group:
            group.start_soon(outbox.run, line.send)
            outbox.put(*numbered(1))
            assert await outbox.deliver(numbered(2, 3), lambda: True)
            outbox.put(*numbered(4))
            outbox.close()
        assert line.taken == [1, 2, 3, 4]

    run_virtual(main)


def test_audio_of_a_reply_that_died_while_it_waited_never_leaves() -> None:
    async def main() -> None:
        outbox, line, alive = Outbox(), Line(1.0), [True]
        sent: list[bool] = []

        async def play() -> None:
            sent.append(await outbox.deliver(numbered(2), lambda: alive[0]))

        async with anyio.create_task_group() as group:
            group.start_soon(outbox.run, line.send)
            outbox.put(*numbered(1))
            group.start_soon(play)
            await anyio.sleep(0.5)
            alive[0] = False
            outbox.put(*numbered(3))
            outbox.close()
        assert line.taken == [1, 3]
        assert sent == [False]

    run_virtual(main)


def test_a_slow_reader_is_not_listened_to_until_it_has_read() -> None:
    async def main() -> None:
        outbox, line = Outbox(), Line(0.1)
        async with anyio.create_task_group() as group:
            group.start_soon(outbox.run, line.send)
            for n in range(4 * MOST_PENDING):
                outbox.put(*numbered(n))
                await outbox.room()
            outbox.close()
        assert not outbox.lost.is_set()
        assert line.taken == list(range(4 * MOST_PENDING))

    run_virtual(main)


def test_room_is_there_at_once_while_few_wait_and_when_it_is_over() -> None:
    async def main() -> None:
        outbox = Outbox()
        outbox.put(*numbered(0))
        for n in range(FEW - 1):
            outbox.put(*numbered(n))
        with anyio.fail_after(1):
            await outbox.room()
        outbox.put(*numbered(1))
        outbox.close()
        with anyio.fail_after(1):
            await outbox.room()

    run_virtual(main)


def test_too_many_unread_events_lose_the_reader() -> None:
    async def main() -> None:
        outbox, line = Outbox(), Line(1_000)
        for n in range(MOST_PENDING + 1):
            outbox.put(*numbered(n))
        assert outbox.lost.is_set()
        assert not await outbox.deliver(numbered(1), lambda: True)
        assert line.taken == []

    run_virtual(main)


def test_a_write_that_takes_for_ever_loses_the_reader_and_frees_who_waits() -> None:
    async def main() -> None:
        outbox, line = Outbox(), Line(10 * WRITE_TIMEOUT_S)
        async with anyio.create_task_group() as group:
            group.start_soon(outbox.run, line.send)
            outbox.put(*numbered(1))
            assert not await outbox.deliver(numbered(2), lambda: True)
        assert outbox.lost.is_set()
        assert anyio.current_time() == WRITE_TIMEOUT_S

    run_virtual(main)
