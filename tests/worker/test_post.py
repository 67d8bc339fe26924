"""News of a worker reaches sessions in a task, in order."""

from __future__ import annotations

import asyncio

import pytest

from voiceagent.worker.post import Post

pytestmark = pytest.mark.anyio


async def test_what_is_put_by_a_callback_of_the_loop_is_done_in_a_task() -> None:
    tasks: list[object] = []
    post, done = Post(), asyncio.Event()

    def deliver() -> None:
        tasks.append(asyncio.current_task())
        done.set()

    asyncio.get_running_loop().call_soon(post.put, deliver)
    await done.wait()
    assert tasks != [None]


async def test_letters_come_in_order_also_those_that_letters_bring_about() -> None:
    post, found = Post(), list[int]()

    def first() -> None:
        found.append(1)
        post.put(lambda: found.append(3))

    post.put(first)
    post.put(lambda: found.append(2))
    await post.empty()
    await post.empty()
    assert found == [1, 2, 3]
