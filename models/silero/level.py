"""How loud a sound is, and above what level something is audible over the background."""

from __future__ import annotations

import math

import numpy as np

from voiceagent.audio import SILENCE_DBFS
from voiceagent.parts import EAR_RATE

from .weights import Floats

HALF_MS = 10
HALF = EAR_RATE * HALF_MS // 1000
ONES = np.ones(HALF, np.float32)
SLOW = 0.03  # how fast the background is followed, per 10 ms
FULL_SCALE_POWER = 32_768.0**2


def half_levels(frame: Floats) -> tuple[float, float]:
    """The levels of both halves of a 20 ms frame in dB of full scale, without the direct current
    that cheap microphones add.
    """
    return _dbfs(frame[:HALF]), _dbfs(frame[HALF:])


def _dbfs(samples: Floats) -> float:
    mean = float(samples.dot(ONES)) / HALF  # ten times as fast as mean()
    power = float(samples.dot(samples)) / HALF - mean * mean
    # a quarter of a least significant bit: float32 sums leave that much of nothing
    return 10.0 * math.log10(power / FULL_SCALE_POWER) if power > 0.25 else SILENCE_DBFS


class Background:
    """What is heard while nobody speaks: how loud it is, and how much that varies.

    It is told only of what was no speech, so that it need not look for the quietest moments: the
    clatter of a kitchen is background as well as a fan is.
    """

    def __init__(self, assumed_db: float, margin_db: float, spread: float) -> None:
        self._level = assumed_db
        self._swing = 0.0
        self._margin_db = margin_db
        self._spread = spread

    def hear(self, level_db: float) -> None:
        away = level_db - self._level
        self._level += SLOW * away
        self._swing += SLOW * (abs(away) - self._swing)

    @property
    def audible_db(self) -> float:
        """Above this it is more than background."""
        return self._level + max(self._margin_db, self._spread * self._swing)
