"""Ears in a worker process: its crash, its slowness and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

import anyio
import pytest

from tests.worker.fakes import PATIENCE_S, Notes, frame, until
from voiceagent.events import EarsFailed, Event, Heard, Settle, SpeechStarted, SpeechStopped
from voiceagent.hearing.line import Bounds
from voiceagent.hearing.remote import WorkerEars
from voiceagent.parts import Cue, Expect, Frame, Listener, Reset, Tune
from voiceagent.worker.messages import Loader
from voiceagent.worker.pool import Pool
from voiceagent.worker.seat import Care

pytestmark = pytest.mark.anyio
Hire = Callable[..., Pool]


class Gate:
    """Speech is what has words in it."""

    def listen(self) -> Listener:
        self._talking = False
        return self

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        talks = any(frame.near)
        if talks != self._talking:
            self._talking = talks
            move = SpeechStarted(frame.at, frame.at) if talks else SpeechStopped(frame.at, frame.at)
            return [move]
        return ()

    def tell(self, cue: Cue) -> Iterable[Event]:
        return ()


async def say(ears: WorkerEars, words: str, at: int = 0) -> None:
    for i, word in enumerate(words.split()):
        await ears.send(frame(at + 20 * i, word))
    ears.tell(Settle(at))


async def talk(hire: Hire, fake: str = "Typist", **how: object) -> tuple[WorkerEars, Notes]:
    pool = hire(fake, **how)
    await pool.warm_up()
    notes = Notes()
    return WorkerEars([], pool, notes), notes


async def test_words_come_from_the_worker_in_order_and_cues_keep_their_place(hire: Hire) -> None:
    ears, notes = await talk(hire)
    await say(ears, "one two three")
    assert await notes.words() == "one two three"
    ears.tell(Reset())
    await say(ears, "four", at=60)
    assert await notes.words() == "four"
    assert ears.listened == 80


async def test_the_events_of_ears_here_travel_with_their_frame(hire: Hire) -> None:
    pool, notes = hire("Typist"), Notes()
    ears = WorkerEars([Gate()], pool, notes)
    await say(ears, "one two")
    assert await notes.words() == "one(started) two"


async def test_several_ears_can_share_a_worker_and_see_one_another() -> None:
    loaders = Loader("tests.worker.fakes:Typist"), Loader("tests.worker.fakes:Capitals")
    pool = Pool("chain", Loader("voiceagent.worker.messages:load_chain", loaders), 1)
    try:
        notes = Notes()
        ears = WorkerEars([], pool, notes)
        await say(ears, "hi")
        await notes.until(lambda event: isinstance(event, Heard) and event.text == "HI")
    finally:
        await pool.aclose()


async def test_silence_counts_as_listened_when_the_worker_has_nothing_left_to_say(
    hire: Hire,
) -> None:
    notes = Notes()
    ears = WorkerEars([Gate()], hire("Typist"), notes)
    await say(ears, "one")
    await ears.send(frame(20))
    assert ears.listened == 0  # there are words that it may still find
    await notes.words()
    await until(lambda: ears.listened == 40)
    await ears.send(frame(40))
    assert ears.listened == 60  # though this frame is held back for a larger batch


async def test_a_crash_is_one_error_and_the_next_turn_is_heard(hire: Hire) -> None:
    ears, notes = await talk(hire)
    ears.tell(Tune(language="yue"))
    ears.tell(Expect("digits"))
    await say(ears, "these are lost die lost too")
    assert "exit code 7; last words: I am dying" in await notes.trouble()
    await say(ears, "next turn", at=200)
    assert await notes.words() == "<yue> <digits> next turn"
    assert not any(isinstance(event, EarsFailed) for event in notes)


async def test_sessions_on_another_worker_do_not_notice_a_crash(hire: Hire) -> None:
    pool = hire("Typist", size=2)
    await pool.warm_up()
    diaries = [Notes() for _ in range(3)]
    sessions = [WorkerEars([], pool, notes) for notes in diaries]
    for ears in sessions:
        await say(ears, "first")
    for notes in diaries:
        assert await notes.words() == "first"
    assert pool.load == (2, 1)
    await say(sessions[0], "die")
    assert "I am dying" in await diaries[0].trouble()
    assert "I am dying" in await diaries[2].trouble()
    for ears in sessions:
        await say(ears, "second", at=40)
    assert [await notes.words() for notes in diaries] == ["second", "first second", "second"]
    assert not any(isinstance(event, EarsFailed) for notes in diaries for event in notes)


async def test_an_exception_in_an_ear_costs_its_session_the_words_so_far(hire: Hire) -> None:
    pool = hire("Typist")
    one, two = Notes(), Notes()
    ears, others = WorkerEars([], pool, one), WorkerEars([], pool, two)
    await say(others, "unharmed")
    await say(ears, "lost raise kept")
    assert await one.trouble() == "Typist: RuntimeError: a bad frame"
    assert await one.words() == "kept"
    assert await two.words() == "unharmed"


async def test_what_an_ear_prints_does_not_disturb_its_words(hire: Hire) -> None:
    ears, notes = await talk(hire)
    await say(ears, "a print b")
    assert await notes.words() == "a print b"


async def test_an_ear_that_hangs_is_killed_and_replaced(hire: Hire, quick: Care) -> None:
    ears, notes = await talk(hire, care=quick)
    await say(ears, "hang")
    assert "hung: no answer for 0.4 s" in await notes.trouble()
    await say(ears, "again", at=20)
    assert await notes.words() == "again"


async def test_a_worker_slower_than_real_time_is_reported_once_and_never_waited_for(
    hire: Hire,
) -> None:
    pool, notes = hire("Typist", 0.05), Notes()
    ears = WorkerEars([], pool, notes, Bounds(pipe_ms=100, flight_ms=300))
    with anyio.fail_after(PATIENCE_S):
        at = 0
        while not any(isinstance(event, EarsFailed) for event in notes):
            await ears.send(frame(at, "w"))
            at += 20
            assert ears._line.flight_ms <= 300 + 40
            assert sum(message.ms for message in ears._line._sent) <= 100 + 40
    assert "does not keep up" in await notes.trouble()
    await say(ears, "skipped", at)
    assert ears.listened == at + 20  # the turn is not held up by ears that are out
    await until(lambda: not ears._line.out)
    await say(ears, "afresh", at=at + 20)
    assert await notes.words() == "afresh"


async def test_a_file_sent_at_once_is_heard_whole_at_the_pace_of_the_worker(hire: Hire) -> None:
    notes = Notes()
    ears = WorkerEars([], hire("Typist"), notes, Bounds(pipe_ms=100, flight_ms=1000))
    words = " ".join(str(i) for i in range(500))
    await say(ears, words)
    assert await notes.words() == words


async def test_ears_that_cannot_be_had_are_one_error_and_hold_nothing_up(hire: Hire) -> None:
    pool, notes = hire("dies_at_load", care=Care(starts=1)), Notes()
    ears = WorkerEars([], pool, notes, Bounds(retry_s=0))
    await ears.send(frame(0))
    await ears.send(frame(20))
    assert "keeps crashing: exit code 3" in await notes.trouble()
    for at in range(40, 2000, 20):
        await ears.send(frame(at))
    assert ears.listened == 2000
    assert not notes


async def test_a_session_that_leaves_frees_its_place(hire: Hire) -> None:
    pool = hire("Typist")
    ears = WorkerEars([], pool, Notes())
    await say(ears, "bye")
    assert pool.load == (1,)
    await ears.aclose()
    await ears.aclose()
    assert pool.load == (0,)


async def test_the_bug_of_one_session_does_not_cost_another_its_words(hire: Hire) -> None:
    complaints: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context["exception"]))

    def buggy(event: Event) -> None:
        if isinstance(event, Heard):
            raise ZeroDivisionError

    pool, notes = hire("Typist"), Notes()
    bad, good = WorkerEars([], pool, buggy), WorkerEars([], pool, notes)
    await say(bad, "a")
    await say(good, "b")
    assert await notes.words() == "b"
    assert [type(each) for each in complaints] == [ZeroDivisionError]
    loop.set_exception_handler(None)
