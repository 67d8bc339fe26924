"""Processes: loading, placing, dying, hanging, going."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest

from tests.worker.fakes import PATIENCE_S, Notes, frame, phrases, say, until
from voiceagent.errors import Busy, ConfigError, ModelError
from voiceagent.events import Cause, Settle
from voiceagent.hearing.remote import WorkerEars
from voiceagent.parts import Asked, Phrase, Spoken, Styles
from voiceagent.worker.messages import LISTEN, Kind, Loader, pack_frames, write_body
from voiceagent.worker.pool import Pool
from voiceagent.worker.remote import WorkerMind, WorkerVoice
from voiceagent.worker.seat import Care

pytestmark = pytest.mark.anyio
Hire = Callable[..., Pool]


class Nobody:
    """Someone who opens a channel and does not care."""

    def receive(self, kind: int, body: bytes) -> None: ...

    def lost(self, error: Exception) -> None: ...


def pids(pool: Pool) -> list[int]:
    return [seat.pid for seat in pool._seats if seat.pid is not None]


# --- what works ---


async def test_a_voice_in_a_worker_speaks_phrase_by_phrase(hire: Hire) -> None:
    voice = WorkerVoice(hire("Speaker"))
    said = [spoken async for spoken in voice.speak(phrases("ab", "c"), "eva-")]
    assert said == [Spoken(pcm=b"\1\2" * 100, text=f"eva-{letter}") for letter in "abc"]


async def test_a_voice_is_heard_before_its_phrases_have_ended(hire: Hire) -> None:
    voice = WorkerVoice(hire("Speaker"))
    more, source = anyio.create_memory_object_stream[Phrase](1)
    with more, source:
        speech = voice.speak(source)
        await more.send(Phrase("a"))
        assert (await anext(speech)).text == "a"
        await more.send(Phrase("b"))
        assert (await anext(speech)).text == "b"
        more.close()
        assert [spoken async for spoken in speech] == []


async def test_a_voice_tells_its_styles_once_it_is_loaded(hire: Hire) -> None:
    pool = hire("Speaker")
    await pool.warm_up()
    assert WorkerVoice(pool).styles() == Styles(emotions=("neutral", "happy"))


async def test_a_mind_in_a_worker_thinks(hire: Hire) -> None:
    mind = WorkerMind(hire("Thinker"))
    asked = Asked(Cause.USER, (), words="hello")
    thoughts = [thought async for thought in mind.think(asked)]
    assert thoughts[0] == Phrase("you said hello")


async def test_any_method_can_be_called(hire: Hire) -> None:
    pool = hire("Thinker")
    assert await pool.call("later", 1) == 2
    assert await pool.call("now", 1) == 0


async def test_many_items_flow_though_few_may_be_on_the_way(hire: Hire) -> None:
    voice = WorkerVoice(hire("Speaker"))
    assert len(await say(voice, *["x" * 50] * 20)) == 1000


# --- placing ---


async def test_sessions_are_placed_on_the_least_busy_worker(hire: Hire) -> None:
    pool = hire("Typist", size=2)
    first, _, _ = (pool.open(LISTEN, Nobody()) for _ in range(3))
    assert sorted(pool.load) == [1, 2]
    first.close()
    first.close()
    pool.open(LISTEN, Nobody())
    assert sum(pool.load) == 3


async def test_a_sentence_does_not_wait_for_a_worker_that_starts(hire: Hire) -> None:
    pool = hire("Speaker", size=2)
    voice = WorkerVoice(pool)
    assert await say(voice, "a") == ["a"]
    busy, second = voice.speak(phrases("for ever")), voice.speak(phrases("for ever"))
    await anext(busy)
    await anext(second)
    assert pool.load == (2, 0)
    await until(lambda: len(pids(pool)) == 2)  # but it was the reason to start it
    third = voice.speak(phrases("for ever"))
    await anext(third)
    assert pool.load == (2, 1)
    for speech in (busy, second, third):
        await speech.aclose()


async def test_a_full_pool_is_busy(hire: Hire) -> None:
    pool = hire("Typist", care=Care(channels=1))
    pool.open(LISTEN, Nobody())
    with pytest.raises(Busy):
        pool.open(LISTEN, Nobody())


async def test_a_pool_is_busy_too_when_all_its_workers_together_have_enough(hire: Hire) -> None:
    pool = hire("Typist", size=2, most=3)
    first, *_ = (pool.open(LISTEN, Nobody()) for _ in range(3))
    with pytest.raises(Busy):
        pool.open(LISTEN, Nobody())
    first.close()
    pool.open(LISTEN, Nobody())


class Log:
    """Someone who notes whose answers come, in their order."""

    def __init__(self, name: int, log: list[int]) -> None:
        self._name, self._log = name, log

    def receive(self, kind: int, body: bytes) -> None:
        self._log.append(self._name)

    def lost(self, error: Exception) -> None: ...


async def test_a_burst_of_decodes_lets_the_audio_of_others_through(hire: Hire) -> None:
    pool, log = hire("Plodder"), list[int]()
    await pool.warm_up()
    first, *burst = (pool.open(LISTEN, Log(name, log)) for name in range(6))
    for channel in burst:
        channel.write(Kind.TELL, write_body(Settle(0)))
    for at in (0, 20, 40):
        first.write(Kind.FRAMES, pack_frames([(frame(at), ())]))
    await until(lambda: len(log) == 8)
    assert log.index(0) <= 2
    assert [name for name in log if name] == [1, 2, 3, 4, 5]
    assert 5 not in log[: log.index(0) + 5]


# --- what fails ---


async def test_a_model_that_cannot_be_configured_says_so_at_once(hire: Hire) -> None:
    with pytest.raises(ConfigError, match=r"model\.size"):
        await hire("wrong_at_load", care=Care(starts=99)).warm_up()


async def test_a_worker_that_keeps_crashing_is_given_up_with_its_last_words(hire: Hire) -> None:
    pool = hire("dies_at_load")
    told = r"keeps crashing: exit code 3; last words: no such weights"
    with anyio.fail_after(PATIENCE_S), pytest.raises(ModelError, match=told):
        await pool.warm_up()
    with pytest.raises(ModelError, match="keeps crashing"):
        await anext(WorkerVoice(pool).speak(phrases("a")))


async def test_a_worker_that_crashes_once_at_load_is_started_again(
    hire: Hire, tmp_path: Path
) -> None:
    pool = hire("dies_once_at_load", str(tmp_path / "marker"))
    await pool.warm_up()
    assert pids(pool)


async def test_a_model_that_hangs_while_it_loads_is_given_up(hire: Hire) -> None:
    pool = hire("hangs_at_load", care=Care(load_s=0.3, starts=2, backoff_s=0.01))
    with pytest.raises(ModelError, match=r"did not load within 0.3 s"):
        await pool.warm_up()


async def test_a_crash_is_one_model_error_and_the_next_speech_is_served(hire: Hire) -> None:
    pool = hire("Speaker")
    voice = WorkerVoice(pool)
    with pytest.raises(ModelError, match="exit code 7; last words: I am dying"):
        await say(voice, "a", "die")
    assert await say(voice, "b") == ["b"]


async def test_an_exception_costs_only_its_own_speech(hire: Hire) -> None:
    pool = hire("Speaker")
    voice = WorkerVoice(pool)
    await pool.warm_up()
    before = pids(pool)
    with pytest.raises(ModelError, match="Speaker: RuntimeError: a bad frame"):
        await say(voice, "raise")
    assert await say(voice, "b") == ["b"]
    assert pids(pool) == before


async def test_a_voice_that_hangs_is_killed_and_replaced(hire: Hire, quick: Care) -> None:
    voice = WorkerVoice(hire("Speaker", care=quick))
    with pytest.raises(ModelError, match=r"hung: no answer for 0.4 s"):
        await say(voice, "hang")
    assert await say(voice, "b") == ["b"]


async def test_a_voice_that_only_takes_its_time_is_left_alone(hire: Hire, quick: Care) -> None:
    assert await say(WorkerVoice(hire("Speaker", care=quick)), "ponder") == list("ponder")


async def test_a_mind_that_breaks_ends_the_speech_of_its_phrases(hire: Hire) -> None:
    async def broken() -> Any:
        yield Phrase("a")
        raise ModelError("mind", "lost its thread")

    with pytest.raises(ModelError, match="lost its thread"):
        [spoken async for spoken in WorkerVoice(hire("Speaker")).speak(broken())]


async def test_speech_that_is_cut_stops_in_the_worker(hire: Hire, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    voice = WorkerVoice(hire("Speaker", str(diary)))
    speech = voice.speak(phrases("for ever"))
    await anext(speech)
    await speech.aclose()
    assert await until(lambda: diary.exists() and diary.read_text()) == "stopped\n"
    assert await say(voice, "b") == ["b"]


async def test_a_reply_that_is_cancelled_stops_in_the_worker(hire: Hire, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    voice = WorkerVoice(hire("Speaker", str(diary)))
    with anyio.CancelScope() as reply:
        async for _ in voice.speak(phrases("for ever")):
            reply.cancel()
    assert reply.cancelled_caught
    assert await until(lambda: diary.exists() and diary.read_text()) == "stopped\n"


async def test_what_a_model_prints_is_logged_and_harms_nothing(
    hire: Hire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "voiceagent.worker")
    voice = WorkerVoice(hire("Speaker"))
    assert "".join(await say(voice, "print", "b")) == "printb"
    await until(lambda: "Speaker: garbage on standard output" in caplog.text)
    assert max(len(record.getMessage()) for record in caplog.records) < 2000


# --- the end ---


async def of_this_process(hire: Hire) -> tuple[int, int]:
    """Count processes and files, after the loop has opened what it keeps for the first child."""
    await (first := hire("Typist")).warm_up()
    await first.aclose()
    return now()


def now() -> tuple[int, int]:
    me = psutil.Process()
    return len(me.children(recursive=True)), me.num_fds() if hasattr(me, "num_fds") else 0


async def test_closing_leaves_no_process_and_no_file(hire: Hire, tmp_path: Path) -> None:
    before = await of_this_process(hire)
    pool = hire("Speaker", str(tmp_path / "diary"), size=2)
    await pool.warm_up()
    speech = WorkerVoice(pool).speak(phrases("for ever"))
    await anext(speech)
    assert now()[0] == before[0] + 2
    await pool.aclose()
    with pytest.raises(ModelError, match="was closed"):
        [spoken async for spoken in speech]
    assert await until(lambda: now() == before)
    assert (tmp_path / "diary").read_text().split().count("closed") == 2


async def test_a_worker_that_hangs_does_not_hold_up_the_end(
    hire: Hire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "voiceagent.worker")
    before = await of_this_process(hire)
    pool, notes = hire("Typist", care=Care(stop_s=0.1, patience_s=60)), Notes()
    ears = WorkerEars([], pool, notes)
    await ears.send(frame(0, "hang"))
    ears.tell(Settle(0))
    await until(lambda: "hanging" in caplog.text)
    await pool.aclose()
    assert now()[0] == before[0]
    await until(lambda: now() == before)
    assert "was closed" in await notes.trouble()


async def test_a_pool_can_be_closed_while_it_starts_or_before(hire: Hire) -> None:
    before = await of_this_process(hire)
    await hire("Typist").aclose()
    pool = hire("Typist")
    pool.open(LISTEN, Nobody())
    await pool.aclose()
    await until(lambda: now() == before)


async def test_whoever_is_cancelled_while_it_starts_does_not_hinder_others(hire: Hire) -> None:
    pool = hire("Speaker")
    with anyio.CancelScope() as scope:
        scope.cancel()
        await pool.warm_up()
    await pool.warm_up()
    assert await say(WorkerVoice(pool), "b") == ["b"]


PARENT = """
import asyncio, logging, sys
from tests.worker.fakes import frame
from voiceagent.hearing.remote import WorkerEars
from voiceagent.parts import Settle
from voiceagent.worker.pool import Loader, Pool

async def main():
    logging.basicConfig(stream=sys.stdout, level=logging.INFO)
    pool = Pool("ear", Loader("tests.worker.fakes:Typist"), 1)
    await pool.warm_up()
    print(pool._seats[0].pid, flush=True)
    ears = WorkerEars([], pool, print)
    await ears.send(frame(0, sys.argv[1]))
    ears.tell(Settle(0))
    await asyncio.sleep(3600)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("what", ["print", "hang"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_a_worker_does_not_outlive_its_parent(what: str, how: int) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-c", PARENT, what],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    sign = {"print": "garbage", "hang": "hanging"}[what]
    assert any(sign in line for line in parent.stdout)
    os.killpg(parent.pid, how)
    _, complaints = parent.communicate(timeout=PATIENCE_S)
    await until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
    assert "worker/child.py" not in complaints


async def test_a_loader_is_what_the_worker_calls() -> None:
    assert Loader("builtins:int", ("42",)).load() == 42
