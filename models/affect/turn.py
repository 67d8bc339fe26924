"""Follows one turn: takes in what is spoken, leaves out the long silences, forgets what is old."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from voiceagent.events import Event, SpeechStarted, SpeechStopped
from voiceagent.parts import FRAME_MS, Frame

from .frames import HOP, RATE, Analyser, Frames, analyse, joined, no_frames

KEPT_S = 20
BEFORE_MS = 1_000  # speech is noticed late, and a pause up to here is part of it
FORGET_MS = 5_000  # after such a silence a new turn begins, whoever says so
QUIET_MS = 300  # what is heard so long before the speech is background
SURE_MS = 40  # unless it is so near
BLOCK_MS = 200  # so much is looked at together: it costs less
LOUD_REPLY = 300.0  # of 32768: our own voice may be in the microphone


class Turn:
    """`until` is how far the speech reaches that has been taken in."""

    def __init__(self) -> None:
        self.begin = self.until = 0
        self.talking = False
        self._before: deque[Frame] = deque(maxlen=BEFORE_MS // FRAME_MS)
        self.before = no_frames()
        self._clear()

    def _clear(self) -> None:
        self._analyser = Analyser()
        self._waiting: list[bytes] = []
        self._parts: deque[Frames] = deque()
        self._count = 0
        self._heard = self._over_reply = 0

    def hear(self, frame: Frame, seen: Sequence[Event]) -> bool:
        """Take in a frame; whether the speech has stopped with it."""
        started = [event for event in seen if isinstance(event, SpeechStarted)]
        stopped = any(isinstance(event, SpeechStopped) for event in seen)
        self._before.append(frame)
        if started:
            self._start(started[0].begin)
        elif self.talking:
            self._take(frame)
        if stopped:
            self.talking = False
        return stopped and not self.empty

    def forget(self) -> None:
        """The turn is over; if somebody is speaking, another has begun."""
        self._clear()
        self.begin = self.until

    @property
    def empty(self) -> bool:
        return self._heard == 0

    @property
    def spoken_s(self) -> float:
        """How much has been taken in, short pauses included."""
        return self._heard * FRAME_MS / 1000

    @property
    def over_reply(self) -> bool:
        """Whether our own voice was playing for a good part of it."""
        return 3 * self._over_reply > self._heard

    def frames(self) -> Frames:
        """Everything of the turn that is kept."""
        self._look()
        return joined(self._parts)

    def _start(self, begin: int) -> None:
        if not self.empty and begin - self.until >= FORGET_MS:
            self._clear()
        if self.empty:
            self.begin, self.before = begin, self._background(begin)
        near = not self.empty and begin - self.until <= BEFORE_MS
        first = self.until if near else max(begin, self.until)
        self.talking = True
        for frame in self._before:
            if frame.at + FRAME_MS > first:
                self._take(frame)

    def _background(self, begin: int) -> Frames:
        last = begin - SURE_MS - FRAME_MS
        quiet = [it.near for it in self._before if last - QUIET_MS < it.at <= last]
        return analyse(np.frombuffer(b"".join(quiet), np.int16))

    def _take(self, frame: Frame) -> None:
        self._waiting.append(frame.near)
        self.until = frame.at + FRAME_MS
        self._heard += 1
        self._over_reply += frame.reference is not None and _loud(frame.reference)
        if len(self._waiting) * FRAME_MS >= BLOCK_MS:
            self._look()

    def _look(self) -> None:
        found = self._analyser.feed(np.frombuffer(b"".join(self._waiting), np.int16))
        self._waiting.clear()
        self._parts.append(found)
        self._count += len(found)
        while self._count - len(self._parts[0]) > KEPT_S * RATE // HOP:
            self._count -= len(self._parts.popleft())


def _loud(pcm: bytes) -> bool:
    samples = np.frombuffer(pcm, np.int16).astype(np.float32)
    return float(np.sqrt(np.mean(samples**2))) > LOUD_REPLY
