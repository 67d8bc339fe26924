"""Recordings, one after the other, through the same ears."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import anyio
import pytest

from voiceagent.errors import ModelError
from voiceagent.events import (
    NO_READING,
    EarsFailed,
    Event,
    Felt,
    Reading,
    Settle,
    SoundMade,
    SpeechStarted,
    SpeechStopped,
)
from voiceagent.hearing import Ears, InlineEars
from voiceagent.hearing.feelings import FeelingsEar
from voiceagent.hearing.feelings.recordings import readings
from voiceagent.parts import EAR_RATE, FRAME_MS, Cue, Ear, Frame, Listener, Reset

LOUD, QUIET = b"\x00\x20", b"\x00\x00"
MS = EAR_RATE // 1000


class Level:
    """Hears speech where it is loud, and feels anger in the first turn."""

    def __init__(self) -> None:
        self.told: list[Cue] = []
        self.opened = 0

    def listen(self) -> Listener:
        self.opened += 1
        self._begin: int | None = None
        self._turns = 0
        return self

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        loud, at = frame.near[1] != 0, frame.at + FRAME_MS
        if loud and self._begin is None:
            self._begin = frame.at
            return [SpeechStarted(at, frame.at)]
        if not loud and self._begin is not None:
            begin, self._begin = self._begin, None
            labels = (
                {"angry": 0.9, "neutral": 0.1}
                if not self._turns
                else {"neutral": 0.6, "angry": 0.4}
            )
            felt = Reading(labels, 0.0, 0.0, 0.6, span=(begin, frame.at))
            return [Felt(at, felt, final=True), SpeechStopped(at, frame.at)]
        return []

    def tell(self, cue: Cue) -> Iterable[Event]:
        self.told.append(cue)
        self._turns += isinstance(cue, Reset)
        return ()


def felt(recordings: Sequence[bytes], ear: Level | None = None) -> list[Reading]:
    parts: list[Ear] = [ear or Level(), FeelingsEar()]

    def open_ears(on_event: Callable[[Event], None]) -> Ears:
        return InlineEars(parts, on_event)

    async def all_of_them() -> list[Reading]:
        return [told.reading async for told in readings(open_ears, recordings)]

    return anyio.run(all_of_them)


def speech(before_ms: int, ms: int) -> bytes:
    return QUIET * (before_ms * MS) + LOUD * (ms * MS) + QUIET * (200 * MS)


def test_each_recording_has_a_reading_whose_span_counts_from_its_start() -> None:
    one, two = felt([speech(100, 1000), speech(300, 800)])
    assert (one.span, two.span) == ((100, 1100), (300, 1100))
    assert one.labels == {"angry": 0.9, "neutral": 0.1}


def test_the_turns_before_are_carried_over() -> None:
    _, after = felt([speech(100, 1000), speech(100, 1000)])
    assert after.labels["angry"] > 0.4


def test_one_pair_of_ears_hears_them_all_and_is_told_of_each_end() -> None:
    ear = Level()
    felt([speech(100, 1000), speech(300, 800)], ear)
    assert ear.opened == 1
    ends = [cue.until for cue in ear.told if isinstance(cue, Settle)]
    assert ends == [1100, ends[0] + ends[1] - 1100]
    assert sum(isinstance(cue, Reset) for cue in ear.told) == 2


def test_a_recording_without_speech_has_no_reading_and_takes_none_of_the_one_before() -> None:
    assert felt([speech(0, 1000), QUIET * 500 * MS, b""])[1:] == [NO_READING, NO_READING]


def test_ears_that_fail_are_told() -> None:
    class Failing(Level):
        def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
            return [EarsFailed(frame.at, "no model")]

    with pytest.raises(ModelError, match="no model"):
        felt([speech(0, 500)], Failing())


class Merry(Level):
    """Takes all of it for a laugh."""

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        told = list(super().feed(frame, seen))
        ends = [event.end for event in told if isinstance(event, SpeechStopped)]
        return [*told, *(SoundMade(end, "laugh", end - 500, end, 0.9) for end in ends)]


def test_sounds_count_from_the_start_of_their_recording() -> None:
    def open_ears(on_event: Callable[[Event], None]) -> Ears:
        return InlineEars([Merry(), FeelingsEar()], on_event)

    async def spans() -> list[list[tuple[int, int]]]:
        recordings = [speech(100, 1000), speech(300, 800), QUIET * 500 * MS]
        told = [one async for one in readings(open_ears, recordings)]
        return [[(it.begin, it.end) for it in one.sounds] for one in told]

    assert anyio.run(spans) == [[(600, 1100)], [(600, 1100)], []]
