"""Follows a turn through its frames and pauses, and describes each pause as it begins."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np

from voiceagent.events import Event, SpeechStarted, SpeechStopped
from voiceagent.parts import FRAME_MS, Frame

from .features import KEPT_MS, RATE, Floats, Told, describe

JOIN_MS = 120  # a break so short is part of a word: the closure before the t of "hot"
FORGET_MS = 5_000  # after such a silence a new turn begins, whoever says so
LATE_MS = 500  # the detector may tell of an end so long after it


class Pauses:
    def __init__(self) -> None:
        self._frames: deque[Frame] = deque(maxlen=(KEPT_MS + LATE_MS) // FRAME_MS)
        self._told: Told | None = None
        self._begin = 0  # of the stretch of speech
        self._end: int | None = None  # of the stretch before it

    def hear(self, frame: Frame, seen: Sequence[Event]) -> Iterator[tuple[SpeechStopped, Floats]]:
        """Take in a frame; yield every stop seen with it, described."""
        self._frames.append(frame)
        for event in seen:
            if isinstance(event, SpeechStarted):
                self._start(event.begin)
            elif isinstance(event, SpeechStopped) and self._told is not None:
                self._end = event.end
                begin = max(self._begin, event.end - KEPT_MS)
                stretch = self._samples(begin, event.end)
                yield event, describe(stretch, event.end - self._begin, event.end, self._told)

    def forget(self) -> None:
        """The turn is over."""
        self._told = self._end = None

    def _start(self, begin: int) -> None:
        pause = None if self._end is None else begin - self._end
        if self._told is None or pause is None or pause >= FORGET_MS:
            self._told = Told(begin)
        elif pause < JOIN_MS:
            return
        else:
            self._told.pauses_ms.append(pause)
        self._begin = begin

    def _samples(self, begin: int, end: int) -> Floats:
        pieces = [np.zeros(0, np.int16)]
        for frame in self._frames:
            low, high = max(0, begin - frame.at), min(FRAME_MS, end - frame.at)
            if low < high:
                samples = np.frombuffer(frame.near, np.int16)
                pieces.append(samples[low * RATE // 1000 : high * RATE // 1000])
        return np.concatenate(pieces).astype(np.float32)
