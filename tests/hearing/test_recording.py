"""A whole recording is written down in passages, as a conversation would cut it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from voiceagent.errors import ModelError
from voiceagent.events import Event, Heard, Settle, SpeechStarted, SpeechStopped
from voiceagent.hearing import Ears, InlineEars
from voiceagent.hearing.recording import AHEAD_MS, OpenEars, Passage, passages
from voiceagent.parts import EAR_RATE, FRAME_MS, Cue, Frame, Listener, Reset, Tune
from voiceagent.testing import LateEars, run_virtual, says

Span = tuple[int, int]


@dataclass
class Dictation:
    """An ear that hears speech in these stretches, and at a Settle says which of them it was."""

    spans: Sequence[Span]
    breaks_at: int = -1
    mute: bool = False
    told: list[Cue] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)

    def listen(self) -> Listener:
        return Dictating(self)


@dataclass
class Dictating:
    ear: Dictation
    floor: int = 0

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        now = frame.at + FRAME_MS
        self.ear.frames.append(frame)
        if self.ear.breaks_at in range(frame.at, now):
            raise ZeroDivisionError
        for begin, end in self.ear.spans:
            if frame.at < begin + 60 <= now:
                yield SpeechStarted(now, begin)
            if frame.at < end + 80 <= now:
                yield SpeechStopped(now, end)

    def tell(self, cue: Cue) -> Iterable[Event]:
        self.ear.told.append(cue)
        if isinstance(cue, Settle) and not self.ear.mute:
            heard = [
                str(number)
                for number, (begin, _) in enumerate(self.ear.spans)
                if self.floor <= begin < cue.until
            ]
            yield Heard(cue.until, " ".join(heard), cue.until, final=True)
            self.floor = cue.until


def inline(*ears: Dictation) -> OpenEars:
    return lambda on_event: InlineEars(ears, on_event)


def late(*ears: Dictation) -> OpenEars:
    def opened(on_event: object) -> Ears:
        return LateEars(InlineEars(ears, on_event), 400)  # type: ignore[arg-type]

    return opened


def written(opening: OpenEars, ms: int, tune: Tune | None = None) -> list[Passage]:
    async def write() -> list[Passage]:
        pcm = bytes(ms * EAR_RATE // 500)
        return [passage async for passage in passages(opening, pcm, tune)]

    return run_virtual(write)


@pytest.mark.parametrize("opening", [inline, late])
def test_a_long_pause_ends_a_passage_and_a_short_one_does_not(opening: type) -> None:
    ear = Dictation([(500, 1_500), (1_900, 2_600), (3_400, 4_000)])
    heard = written(opening(ear), 5_000)
    assert heard == [Passage("0 1", 500, 2_600), Passage("2", 3_400, 4_000)]


def test_every_passage_begins_with_nothing_of_the_one_before() -> None:
    ear = Dictation([(500, 1_500), (3_000, 3_500)])
    written(inline(ear), 5_000)
    assert ear.told == [Settle(1_500), Reset(), Settle(3_500), Reset()]


def test_the_last_word_is_heard_though_the_recording_ends_with_it() -> None:
    assert written(inline(Dictation([(100, 990)])), 990) == [Passage("0", 100, 990)]
    assert written(inline(Dictation([(100, 9_000)])), 995) == [Passage("0", 100, 1_600)]


def test_the_last_samples_are_heard_though_they_fill_no_frame() -> None:
    ear = Dictation([])

    async def write() -> None:
        async for _ in passages(inline(ear), b"\1" * 650):
            pass

    run_virtual(write)
    assert b"".join(frame.near for frame in ear.frames).rstrip(b"\0") == b"\1" * 650
    assert {len(frame.near) for frame in ear.frames} == {640}


@pytest.mark.parametrize("ms", [0, 30, 60_000])
def test_where_nobody_speaks_there_are_no_passages(ms: int) -> None:
    assert written(inline(Dictation([])), ms) == []


def test_who_makes_only_short_pauses_is_cut_at_one_of_them() -> None:
    breath = [(at, at + 1_700) for at in range(0, 60_000, 2_000)]
    heard = written(inline(Dictation(breath)), 60_000)
    assert [passage.text.split()[0] for passage in heard] == ["0", "11", "22"]
    assert all(passage.end - passage.begin < 25_000 for passage in heard)


def test_who_makes_no_pause_at_all_is_cut_all_the_same() -> None:
    ear = Dictation([(100, 70_000)])
    written(inline(ear), 71_000)
    until = [cue.until for cue in ear.told if isinstance(cue, Settle)]
    assert until == [30_100, 60_100, 70_000]


def test_passages_come_while_the_rest_is_still_unheard() -> None:
    ear = Dictation([(500, 1_500), (8_000, 8_500)])

    async def write() -> None:
        async with aclosing(passages(inline(ear), bytes(10_000 * 32))) as heard:
            assert await anext(heard) == Passage("0", 500, 1_500)
            assert len(ear.frames) * FRAME_MS < 3_000

    run_virtual(write)


class SlowEars:
    """They take in everything at once, and listen to it at the pace of a clock."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._waiting: deque[Frame | Cue] = deque()
        self._task = asyncio.ensure_future(self._listen())
        self.most_ms = 0  # that waited

    @property
    def listened(self) -> int:
        return self._ears.listened

    async def send(self, frame: Frame) -> None:
        self._waiting.append(frame)
        self.most_ms = max(self.most_ms, frame.at + FRAME_MS - self.listened)

    def tell(self, cue: Cue) -> None:
        self._waiting.append(cue)

    async def aclose(self) -> None:
        self._task.cancel()
        await self._ears.aclose()

    async def _listen(self) -> None:
        while True:
            await asyncio.sleep(0.02)
            while self._waiting:
                first = self._waiting.popleft()
                if isinstance(first, Frame):
                    await self._ears.send(first)
                    break
                self._ears.tell(first)


def test_slow_ears_are_waited_for() -> None:
    """A loaded machine takes its time, and loses nothing."""
    opened: list[SlowEars] = []

    def slow(on_event: Callable[[Event], None]) -> Ears:
        opened.append(SlowEars(InlineEars([Dictation([(0, 1_000), (9_000, 10_000)])], on_event)))
        return opened[0]

    assert [passage.text for passage in written(slow, 12_000)] == ["0", "1"]
    assert opened[0].most_ms <= AHEAD_MS + 2 * FRAME_MS


def test_the_ears_are_tuned_first() -> None:
    ear = Dictation([])
    written(inline(ear), 100, Tune(prompt="mocha"))
    assert ear.told[0] == Tune(prompt="mocha")


def test_ears_that_settle_by_themselves_are_believed() -> None:
    from voiceagent.testing import ScriptedEars

    script = ScriptedEars(says("hello there", 500, 1_500))
    heard = written(lambda on_event: InlineEars([script], on_event), 3_000)
    assert heard == [Passage("hello there", 500, 1_500)]


# --- what goes wrong -----------------------------------------------------------------------------


def test_words_that_never_come_are_an_error() -> None:
    with pytest.raises(ModelError, match="no words came"):
        written(inline(Dictation([(100, 500)], mute=True)), 2_000)


def test_ears_that_break_are_an_error_unless_something_was_heard(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(ModelError, match="ZeroDivisionError"):
        written(inline(Dictation([(9_000, 9_500)], breaks_at=300)), 1_000)
    heard = written(inline(Dictation([(100, 900)], breaks_at=5_000)), 8_000)
    assert heard == [Passage("0", 100, 900)]
    assert "some words of a recording are missing" in caplog.text
