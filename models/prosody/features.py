"""What the voice itself says about whether a turn is over: eleven numbers for one pause.

Nothing here knows how long the silence lasts or what was said.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RATE = 16_000
STEP = RATE // 100
KEPT_MS = 3_000  # so much of a stretch is looked at
NAMES = (
    "stretch",  # how long the user spoke since the last pause
    "longest_pause",  # of this turn so far
    "end_level",  # the last 200 ms against the turn, the more the longer the turn
    "last_peak",  # the last syllable against the turn
    "slope",  # of the level over the last 300 ms
    "fall",  # time since it was last loud
    "strong",  # share of the last 600 ms that is loud
    "periodicity",  # how clear the last voice was: creak is not
    "hiss",  # the last 60 ms: a fricative or a vowel
    "middle",  # share of 1 to 2 kHz in the last 150 ms
    "top",  # 3.5 to 7 kHz in the last 150 ms against the last second
)

WINDOW, HOP, FFT = 320, 80, 512  # at 8 kHz: 40 ms, 10 ms
FIRST_LAG, LAST_LAG = 19, 123  # 420 to 65 Hz
HANN = np.hanning(WINDOW).astype(np.float32)
_OWN = np.fft.irfft(np.abs(np.fft.rfft(HANN, FFT)) ** 2)
SHAPE = _OWN[0] / _OWN[FIRST_LAG : LAST_LAG + 1]  # undoes the window on long lags (Boersma 1993)
VOICED = 0.5


@dataclass(slots=True)
class Told:
    """What is remembered of the turn."""

    begin: int
    loud_db: float = -100.0
    pauses_ms: list[int] = field(default_factory=list)


def describe(stretch: Floats, ms: int, end: int, told: Told) -> Floats:
    """The numbers, in the order of NAMES, for the pause that follows a stretch of `ms` of speech.

    `stretch` holds at most the last KEPT_MS of it. How loud it was is told to the next pause.
    """
    level = levels(stretch)
    told.loud_db = max(told.loud_db, float(np.percentile(level, 90)))
    level = np.maximum(level - told.loud_db, -50)
    strong = np.flatnonzero(level > -12)
    fall = len(level) - 1 - int(strong[-1]) if len(strong) else len(level)
    turn_s = float(np.clip((end - told.begin) / 1000, 0.1, 5))
    long = min(max((turn_s - 0.6) / 1.5, 0.0), 1.0)
    last, before = bands(stretch[-RATE * 150 // 1000 :]), bands(stretch[-RATE:])
    return np.array(
        [
            np.log(np.clip(ms / 1000, 0.05, 3)),
            np.log(np.clip(max(told.pauses_ms, default=50) / 50, 1, 40)),
            long * level[-20:].mean(),
            level[-40:].max(),
            slope(level[-30:]),
            min(fall, 40) / 10,
            (level[-60:] > -15).mean(),
            periodicity(stretch[-RATE:]),
            hiss(stretch[-RATE * 60 // 1000 :]),
            last[2],
            last[4] - before[4],
        ],
        np.float32,
    )


def levels(samples: Floats) -> Floats:
    """Decibels of full scale, every 10 ms."""
    if len(samples) < STEP:
        return np.full(1, -100, np.float32)
    steps = samples[: len(samples) // STEP * STEP].reshape(-1, STEP)
    power = np.einsum("ij,ij->i", steps, steps) / STEP
    return np.asarray(10 * np.log10(power / 32_768.0**2 + 1e-10), np.float32)


def slope(level: Floats) -> float:
    """Decibels in 100 ms, by least squares."""
    if len(level) < 5:
        return 0.0
    x = np.arange(len(level)) - (len(level) - 1) / 2
    return float(np.clip(10 * (x @ level) / (x @ x), -15, 15))


def bands(samples: Floats) -> Floats:
    """The logarithm of each band's share of the power."""
    if not len(samples):
        return np.full(5, np.log(0.2), np.float32)
    edges = np.array((100, 400, 1_000, 2_000, 3_500, 7_000)) * len(samples) // RATE
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    parts = [float(power[low:high].sum()) + 1 for low, high in pairwise(edges.tolist())]
    return np.asarray(np.log(np.array(parts) / sum(parts)), np.float32)


def hiss(samples: Floats) -> float:
    difference = np.diff(samples)
    return float(np.log((difference @ difference + 1) / (samples @ samples + 1)))


def periodicity(samples: Floats) -> float:
    """How periodic the last 200 ms of voice were, 0 to 1; 0 if there was no voice."""
    halved = samples[: len(samples) // 2 * 2].reshape(-1, 2).mean(axis=1)
    if len(halved) < WINDOW:
        return 0.0
    frames = np.lib.stride_tricks.sliding_window_view(halved, WINDOW)[::HOP]
    frames = (frames - frames.mean(axis=1, keepdims=True)) * HANN
    own = np.fft.irfft(np.abs(np.fft.rfft(frames, FFT)) ** 2)
    clear = (own[:, FIRST_LAG : LAST_LAG + 1] * SHAPE / (own[:, :1] + 1)).max(axis=1).clip(0, 1)
    voiced = clear[clear > VOICED][-20:]
    return float(voiced.mean()) if len(voiced) else 0.0
