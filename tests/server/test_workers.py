"""A server whose ears are in worker processes: who has a place in them, and who is turned away."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.server.live import Live, bench, dial, until
from tests.server.test_door import turned_away
from tests.server.voices import spoken
from voiceagent import Agent, house
from voiceagent.errors import Busy
from voiceagent.server import doors
from voiceagent.worker.pool import Pool

pytestmark = pytest.mark.anyio
MORTAL = str(Path(__file__).parent / "parts" / "mortal")


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> list[Pool]:
    """The workers that houses have."""
    found: list[Pool] = []

    class Noted(Pool):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            found.append(self)

    monkeypatch.setattr(house, "Pool", Noted)
    return found


@pytest.fixture
def tomb(tmp_path: Path) -> Path:
    return tmp_path / "tomb"


@pytest.fixture
def mortal(tomb: Path, pools: list[Pool]) -> Generator[Live]:
    """Two sessions, and ears that may die."""
    with Live(bench(ears=ears(tomb=str(tomb)), serving__sessions=2)) as live:
        yield live


def ears(**options: Any) -> list[Any]:
    return ["webrtcvad", {"model": MORTAL, "workers": 1, **options}]


def loads(pools: list[Pool]) -> int:
    return sum(sum(pool.load) for pool in pools)


async def empty(pools: list[Pool]) -> None:
    async def is_so() -> bool:
        return loads(pools) == 0

    await until(is_so)


# --- places --------------------------------------------------------------------------------------


async def test_a_turn_is_heard_by_a_worker_and_answered_over_the_socket(
    mortal: Live, pools: list[Pool]
) -> None:
    audio = {"input": {"transcription": {"model": "voiceagent"}}}
    async with mortal.call(audio=audio) as call:
        assert loads(pools) == 1
        await call.append(spoken())
        assert (await call.done())["status"] == "completed"
        (heard,) = call.of("conversation.item.input_audio_transcription.completed")
        assert heard["transcript"] == "alive"
    await empty(pools)


async def test_who_finds_no_place_in_the_workers_is_turned_away_before_the_upgrade(
    mortal: Live, pools: list[Pool]
) -> None:
    (pool,) = pools
    async with mortal.call() as call:
        pool._most = 1  # as recordings that are being heard would take the places
        status, told, headers = await turned_away(mortal.ws)
        assert (status, told["code"], headers["Retry-After"]) == (503, "server_busy", "5")
        assert (await mortal.health())["sessions"] == 1
        await call.append(spoken())
        assert (await call.done())["status"] == "completed"
    await empty(pools)
    async with mortal.call():
        pass


async def test_recordings_find_a_place_beside_as_many_sessions_as_are_allowed(
    mortal: Live,
) -> None:
    async with mortal.call(), mortal.call():
        status, _, _ = await turned_away(mortal.ws)
        assert status == 503
        async with mortal.http() as http:
            clip = {"file": ("a.pcm", spoken(), "audio/pcm")}
            found = await http.post("/v1/audio/transcriptions", files=clip)
            assert found.status_code != 503


async def test_an_agent_in_the_program_is_told_that_there_is_no_place(pools: list[Pool]) -> None:
    profile = bench(ears=ears(), serving__sessions=1)
    async with house.open_house(profile) as home:
        async with Agent.in_house(home), Agent.in_house(home):
            with pytest.raises(Busy, match=r"is busy\. Try again in"):
                async with Agent.in_house(home):
                    pass
        assert loads(pools) == 0


# --- broken ears ---------------------------------------------------------------------------------


async def test_while_nobody_can_listen_the_door_says_so_and_opens_again_afterwards(
    mortal: Live, pools: list[Pool], tomb: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (pool,) = pools
    await anyio.Path(tomb).touch()
    kill(pool)
    status, told, headers = await turned_away(mortal.ws)
    assert (status, told["code"], headers["Retry-After"]) == (503, "model_error", "5")
    assert "here I lie" in told["message"]
    assert (await mortal.health())["sessions"] == 0
    assert "mortal is given up" in caplog.text
    caplog.clear()
    await anyio.Path(tomb).unlink()
    pool._seats[0]._given_up -= 60  # its rest is over
    async with mortal.call() as call:
        await call.append(spoken())
        assert (await call.done())["status"] == "completed"


async def test_ears_that_die_before_the_first_word_are_replaced_unnoticed(
    mortal: Live, pools: list[Pool]
) -> None:
    (pool,) = pools
    async with mortal.call() as call:
        dead = pool._seats[0].pid
        kill(pool)

        async def replaced() -> bool:
            return pool._seats[0].pid not in (None, dead)

        await until(replaced)
        await call.append(spoken())
        assert (await call.done())["status"] == "completed"
        assert call.of("error") == []


def kill(pool: Pool) -> None:
    pid = pool._seats[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)


# --- a burst of handshakes -----------------------------------------------------------------------


async def test_many_who_come_at_once_wait_at_the_door_until_somebody_listens(
    pools: list[Pool],
) -> None:
    profile = bench(ears=ears(listen_s=0.05), serving__sessions=10)
    with Live(profile) as server:

        async def visit() -> None:
            async with server.call() as call:
                await call.append(spoken())
                assert (await call.done())["status"] == "completed"

        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(visit)


async def test_who_would_wait_too_long_at_the_door_is_told_to_come_again(
    pools: list[Pool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "READY_S", 0.05)
    with Live(bench(ears=ears(listen_s=0.5))) as server:
        status, told, headers = await turned_away(server.ws)
        assert (status, told["code"], headers["Retry-After"]) == (503, "server_busy", "5")
        await empty(pools)
        monkeypatch.setattr(doors, "READY_S", 30.0)
        async with dial(server.ws) as call:
            await call.expect("session.created")
