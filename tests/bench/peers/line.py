"""One telephone line to a system under test: real-time frames in, times of its audio frames out."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from tests.bench.peers.clips import RATE, Clip, Samples

FRAME_MS = 20
FRAME = RATE * FRAME_MS // 1000
NOISE = 10  # amplitude of the idle line, -70 dB of full scale
SILENT_S = 0.15  # bot audio further apart than this belongs to two replies

now = time.monotonic


class Call(Protocol):
    """One conversation with a system whose models are null: what each peer has to offer."""

    handed: deque[float]  # when each frame of bot audio was handed out, on the clock of `now`

    async def start(self) -> None: ...
    async def hear(self, frame: bytes, voiced: bool) -> None: ...  # `voiced` is for null hearing
    async def close(self) -> None: ...


@dataclass(slots=True)
class Said:
    """When the speech of a clip began and ended on the line; known once `ended` is set."""

    begin: float = 0.0
    end: float = 0.0
    ended: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class _Frame:
    pcm: bytes
    voiced: bool = False
    first: bool = False  # of the clip
    last: bool = False  # holds the last audible sample


class Line:
    """Feeds a call 20 ms frames when they are due: of the clip being said, else faint noise."""

    def __init__(self, call: Call, seed: int) -> None:
        self.call = call
        self.late: list[float] = []
        noise = np.random.default_rng(seed).standard_normal(RATE * 2) * NOISE
        self._noise: Samples = noise.astype(np.int16)
        self._at = 0
        self._waiting: deque[_Frame] = deque()
        self._said = Said()
        self._lead = 0  # samples in the waiting frames before the speech begins
        self._length = 0  # samples from there to its end

    def say(self, clip: Clip) -> Said:
        """Queue a clip, padded in front so that its speech ends on the border of a frame."""
        begin, end = (ms * RATE // 1000 for ms in (clip.begin_ms, clip.end_ms))
        pad = -end % FRAME
        samples = np.concatenate([self._background(pad), clip.samples])
        samples = np.concatenate([samples, self._background(-len(samples) % FRAME)])
        voiced = np.zeros(len(samples), bool)
        for first, last in clip.speech:
            voiced[pad + first * RATE // 1000 : pad + last * RATE // 1000] = True
        final = (pad + end) // FRAME - 1
        self._waiting = deque(
            _Frame(pcm.tobytes(), bool(loud.any()), index == 0, index == final)
            for index, (pcm, loud) in enumerate(
                zip(samples.reshape(-1, FRAME), voiced.reshape(-1, FRAME), strict=True)
            )
        )
        self._said, self._lead, self._length = Said(), pad + begin, end - begin
        return self._said

    def hush(self) -> None:
        """Leave out the rest of the clip's tail."""
        self._waiting.clear()

    async def feed(self) -> None:
        """Feed for ever. A frame handed over at `due` holds the 20 ms before `due`."""
        due = now()
        while True:
            due += FRAME_MS / 1000
            await asyncio.sleep(max(0.0, due - now()))
            self.late.append(max(0.0, now() - due))
            frame = self._next()
            if frame.first:
                self._said.begin = due - FRAME_MS / 1000 + self._lead / RATE
                self._said.end = self._said.begin + self._length / RATE
            await self.call.hear(frame.pcm, frame.voiced)
            if frame.last:
                self._said.ended.set()

    def _next(self) -> _Frame:
        if self._waiting:
            return self._waiting.popleft()
        return _Frame(self._background(FRAME).tobytes())

    def _background(self, count: int) -> Samples:
        if self._at + count > len(self._noise):
            self._at = 0
        self._at += count
        return self._noise[self._at - count : self._at]

    def last_audio(self) -> float:
        return self.call.handed[-1] if self.call.handed else 0.0

    async def reply(self, after: float, patience_s: float) -> float | None:
        """Wait for a reply that begins after a moment; return when, None if none came in time."""
        gone = max(now(), after) + patience_s
        while now() < gone:
            start = first_start(self.call.handed, after)
            if start is not None:
                return start
            await asyncio.sleep(0.02)
        return None

    async def quiet(self, seconds: float) -> None:
        """Wait until no bot audio was handed out for some time."""
        left = seconds
        while left > 0:
            await asyncio.sleep(min(left, 0.1))
            left = self.last_audio() + seconds - now()


def first_start(handed: deque[float], after: float) -> float | None:
    """Return the first moment after `after` at which bot audio starts out of silence."""
    before = 0.0
    for at in list(handed):
        if at > after and at - before > SILENT_S:
            return at
        before = at
    return None


def fell_silent(handed: deque[float], after: float, until: float) -> float | None:
    """Return the last frame of the bot audio going on at `after`, None if it still goes on."""
    last: float | None = None
    for at in (*handed, until):
        if last is not None and at - last > SILENT_S:
            return last
        if at > after - SILENT_S:
            last = at
    return None
