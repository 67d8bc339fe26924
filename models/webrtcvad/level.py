"""How loud a frame is, and how loud it is when nobody speaks."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from voiceagent.audio import SILENCE_DBFS
from voiceagent.parts import EAR_RATE

HALF_MS = 10
HALF = EAR_RATE * HALF_MS // 1000
ONES = np.ones(HALF, np.float32)
FULL_SCALE_POWER = 32_768.0**2


def half_levels(near: bytes) -> tuple[float, float]:
    """The levels of both halves of a 20 ms frame in dB of full scale, without the direct current
    that cheap microphones add.
    """
    samples = np.frombuffer(near, np.int16).astype(np.float32)
    return _dbfs(samples[:HALF]), _dbfs(samples[HALF:])


def _dbfs(samples: np.ndarray[tuple[int], np.dtype[np.float32]]) -> float:
    mean = float(samples.dot(ONES)) / HALF
    power = float(samples.dot(samples)) / HALF - mean * mean
    # a quarter of a least significant bit: float32 sums leave that much of nothing
    return 10.0 * math.log10(power / FULL_SCALE_POWER) if power > 0.25 else SILENCE_DBFS


class Floor:
    """The background: the quietest that it has been for a while.

    Speech dips to the background between syllables, a fan does not. So the floor follows steady
    noise within the window, and speech does not lift it. At first, when there is nothing to go by,
    an ordinary room is assumed.
    """

    BUCKET = 16  # frames
    SMOOTH = 0.4

    def __init__(self, window_ms: int, assumed_db: float) -> None:
        buckets = max(1, round(window_ms / (self.BUCKET * 2 * HALF_MS)))
        self._minima: deque[float] = deque([assumed_db, assumed_db], maxlen=buckets)
        self._level = assumed_db
        self._lowest = assumed_db
        self._past = assumed_db
        self._count = 0

    def hear(self, level_db: float) -> float:
        """Take in one frame and return the floor."""
        self._level += self.SMOOTH * (level_db - self._level)
        if self._level < self._lowest:
            self._lowest = self._level
        self._count += 1
        if self._count == self.BUCKET:
            self._minima.append(self._lowest)
            self._past = min(self._minima)
            self._lowest, self._count = self._level, 0
        return self._lowest if self._lowest < self._past else self._past
