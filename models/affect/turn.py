"""Follows one turn: takes in what is spoken, leaves out the long silences, forgets what is old."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from voiceagent.events import Event, SpeechStarted, SpeechStopped
from voiceagent.parts import FRAME_MS, Frame

from .describe import BLOCK
from .frames import BANDS, HOP, RATE, Analyser, Floats, Frames, analyse, joined, no_frames

KEPT_S = 20
BEFORE_MS = 1_000  # speech is noticed late, and a pause up to here is part of it
FORGET_MS = 5_000  # after such a silence a new turn begins, whoever says so
QUIET_MS = 300  # what is heard so long before the speech is background
SURE_MS = 40  # unless it is so near
BLOCK_MS = 200  # so much is looked at together: it costs less
AROUND_MS = 600  # a detector of speech hears only part of a laugh: so much more on either side
LOUD_REPLY = 300.0  # of 32768: our own voice may be in the microphone


Piece = tuple[Frames, int]
"""Frames, and where in the user's audio they end."""


class Turn:
    """`until` is how far the speech reaches that has been taken in."""

    def __init__(self) -> None:
        self.begin = self.until = 0
        self.talking = False
        self._before: deque[Frame] = deque(maxlen=BEFORE_MS // FRAME_MS)
        self.before = no_frames()
        self.background = np.zeros(BANDS, np.float32)
        self._clear()

    def _clear(self) -> None:
        self._analyser = Analyser()
        self._new: list[Piece] = []
        self._after: list[Frame] = []
        self._left_ms = 0  # of what follows the speech
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
        elif self._left_ms:
            self._linger(frame)
        if stopped:
            self.talking, self._left_ms = False, AROUND_MS
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

    @property
    def lingering(self) -> bool:
        """Whether what follows the speech is still listened to."""
        return bool(self._left_ms)

    def news(self, now: bool = False) -> Sequence[Piece]:
        """What has been looked at since the last time, and what surrounds it: some of it may come
        twice. `now`: all that was heard.
        """
        if now:
            self._look()
            self._look_after()
        new, self._new = self._new, []
        return new

    def _start(self, begin: int) -> None:
        if not self.empty and begin - self.until >= FORGET_MS:
            self._clear()
        if self.empty:
            self.begin, self.before = begin, self._background(begin)
        near = not self.empty and begin - self.until <= BEFORE_MS
        self._look_after()
        self._left_ms = 0
        if not near:
            self._look_before(begin)
        first = self.until if near else max(begin, self.until)
        self.talking = True
        for frame in self._before:
            if frame.at + FRAME_MS > first:
                self._take(frame)

    def _background(self, begin: int) -> Frames:
        last = begin - SURE_MS - FRAME_MS
        quiet = [it.near for it in self._before if last - QUIET_MS < it.at <= last]
        return analyse(np.frombuffer(b"".join(quiet), np.int16))

    def _look_before(self, begin: int) -> None:
        """The quietest of it is what the room sounds like."""
        own = [it for it in self._before if begin - AROUND_MS < it.at + FRAME_MS <= begin]
        found = analysed(own)
        self.background = quietest(found) if len(found) else np.zeros(BANDS, np.float32)
        if own:
            self._new.append((found, own[-1].at + FRAME_MS))

    def _linger(self, frame: Frame) -> None:
        self._after.append(frame)
        self._left_ms -= FRAME_MS
        if not self._left_ms:
            self._look_after()

    def _look_after(self) -> None:
        if self._after:
            self._new.append((analysed(self._after), self._after[-1].at + FRAME_MS))
            self._after.clear()

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
        self._new.append((found, self.until))
        self._count += len(found)
        while self._count - len(self._parts[0]) > KEPT_S * RATE // HOP:
            self._count -= len(self._parts.popleft())


def _loud(pcm: bytes) -> bool:
    samples = np.frombuffer(pcm, np.int16).astype(np.float32)
    return float(np.sqrt(np.mean(samples**2))) > LOUD_REPLY


def analysed(heard: Sequence[Frame]) -> Frames:
    """In blocks, as speech is."""
    analyser, size = Analyser(), BLOCK_MS // FRAME_MS
    blocks = (heard[first : first + size] for first in range(0, len(heard), size))
    sounds = (np.frombuffer(b"".join(it.near for it in block), np.int16) for block in blocks)
    return joined([no_frames(), *(analyser.feed(sound) for sound in sounds)])


def quietest(frames: Frames) -> Floats:
    """The power of each band in the quietest tenths of a second."""
    count = min(len(frames), BLOCK)
    whole = len(frames) // count * count
    blocks = frames.bands[:whole].reshape(-1, count, BANDS).mean(axis=1)
    return np.asarray(np.quantile(blocks, 0.1, axis=0), np.float32)
