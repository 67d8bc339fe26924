"""The voice where it really lives: in a worker process, behind a pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from tests.models.espeak.sound import Speech, decibels, phrases, speak
from voiceagent.config import PartSpec
from voiceagent.errors import ModelError
from voiceagent.parts import Spoken
from voiceagent.style import Style
from voiceagent.worker.messages import Loader
from voiceagent.worker.pool import Pool
from voiceagent.worker.remote import WorkerVoice
from voiceagent.worker.seat import Care

ROOT = Path(__file__).parents[3]
LONG = "This sentence is said again and again, until nobody listens any more. " * 40
PATIENCE_S = 60.0  # only so that a test that fails does not hang

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    loader = Loader("voiceagent.config:build_part", (PartSpec("espeak", worker=True),))
    pool = Pool("espeak", loader, size=1, care=Care(backoff_s=0.01))
    yield pool
    await pool.aclose()


async def test_it_speaks_through_the_pipe(pool: Pool) -> None:
    voice = WorkerVoice(pool)
    with anyio.fail_after(PATIENCE_S):
        await pool.warm_up()
        speech = await speak(voice, "Hello there.", "你好", name="ada")
    assert speech.text == "Hello there.你好"
    assert [word.text for word in speech.words] == ["Hello", "there.", "你好"]
    assert decibels(speech.wave) > -30
    assert "en-gb-scotland" in voice.styles().languages
    assert voice.styles().modes == ("speak", "whisper", "shout", "sing", "rap", "hum")
    assert "angry" in voice.styles().emotions


async def test_closing_early_frees_the_worker(pool: Pool) -> None:
    voice = WorkerVoice(pool)
    with anyio.fail_after(PATIENCE_S):
        for _ in range(20):
            pieces = voice.speak(phrases([LONG], Style()))
            assert (await anext(pieces)).text == LONG
            await pieces.aclose()
            assert pool.load == (0,)
        assert (await speak(voice, "Still here.")).seconds > 0.4


async def test_twenty_at_once_through_one_worker(pool: Pool) -> None:
    voice = WorkerVoice(pool)
    done: dict[int, Speech] = {}

    async def one(n: int) -> None:
        done[n] = await speak(voice, f"I am number {n}.", "Goodbye.")

    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            for n in range(20):
                tasks.start_soon(one, n)
    for n, speech in done.items():
        assert speech.text == f"I am number {n}.Goodbye."
        assert [word.text for word in speech.words][-2:] == [f"{n}.", "Goodbye."]


async def test_a_crash_is_one_clear_error_and_then_it_speaks_again(pool: Pool) -> None:
    voice = WorkerVoice(pool)
    heard: list[Spoken] = []

    async def listen() -> None:
        async for piece in voice.speak(phrases([LONG], Style())):
            heard.append(piece)
            if len(heard) == 1:
                pid = pool._seats[0].pid
                assert pid is not None
                os.kill(pid, signal.SIGKILL)

    with anyio.fail_after(PATIENCE_S):
        with pytest.raises(ModelError, match="espeak: its worker is gone: killed by signal 9"):
            await listen()
        assert (await speak(voice, "Back again.")).seconds > 0.4


async def test_an_unknown_language_is_told_with_the_choices(pool: Pool) -> None:
    voice = WorkerVoice(pool)
    with anyio.fail_after(PATIENCE_S):
        with pytest.raises(Exception, match=r"cannot speak 'xx'.*en-gb-scotland"):
            await speak(voice, "Hello", style=Style(language="xx"))
        assert (await speak(voice, "Back again.")).seconds > 0.4


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_library_is_in_the_worker_and_not_in_us() -> None:
    program = f"""
import anyio
from pathlib import Path
from tests.models.espeak.sound import speak
from voiceagent.config import PartSpec
from voiceagent.house import open_part
from voiceagent.worker.remote import WorkerVoice

async def main():
    pools = []
    voice = open_part(PartSpec("espeak", worker=True), lambda p: pools.append(p) or p, WorkerVoice)
    with anyio.fail_after({PATIENCE_S}):
        assert (await speak(voice, "Hello.")).seconds > 0.2
        pid = next(seat.pid for seat in pools[0]._seats if seat.pid)
        assert "espeak-ng" in Path(f"/proc/{{pid}}/maps").read_text()
        assert "espeak" not in Path("/proc/self/maps").read_text()
        await voice.aclose()

anyio.run(main)
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
