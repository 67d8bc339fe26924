"""Loud speech that does not break: gain that gives way before a peak, and a knee for the rest."""

from __future__ import annotations

import numpy as np

from .envelope import HOP, Array

CEILING = 0.94  # of full scale
KNEE = 0.88  # what is louder is pressed into the rest
_AHEAD, _AFTER = 2, 6  # rows of HOP samples


class Limiter:
    """One stream's gain. Whole rows of HOP samples go in."""

    def __init__(self) -> None:
        self._gain: float | None = None

    def press(self, wave: Array) -> Array:
        gains = _gains(np.abs(wave.reshape(-1, HOP)).max(axis=1))
        before = gains[0] if self._gain is None else self._gain
        knots = np.concatenate([[before], gains])
        self._gain = float(gains[-1])
        smooth = np.interp(np.arange(len(wave)) / HOP, np.arange(len(knots)), knots)
        return bent(wave * smooth.astype(np.float32))


def _gains(peaks: Array) -> Array:
    """A gain for each row, low from before a peak until after it, and smooth."""
    padded = np.pad(peaks, (_AFTER, _AHEAD), mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, _AFTER + _AHEAD + 1).max(axis=1)
    gains = np.minimum(1, CEILING / np.maximum(highest, CEILING))
    padded = np.pad(gains, 1, mode="edge")
    smooth: Array = np.lib.stride_tricks.sliding_window_view(padded, 3).mean(axis=1)
    return smooth


def bent(wave: Array) -> Array:
    """Peaks that would not fit bend instead of breaking."""
    over = np.maximum(np.abs(wave) - KNEE, 0.0) / (1 - KNEE)
    pressed: Array = np.where(over > 0, np.sign(wave) * (KNEE + (1 - KNEE) * np.tanh(over)), wave)
    return pressed


def pcm(wave: Array) -> bytes:
    return (wave * 32_760).astype(np.int16).tobytes()


def raised(sound: bytes, decibels: float) -> bytes:
    """Raise or lower the level of finished speech."""
    if not decibels:
        return sound
    wave = np.frombuffer(sound, np.int16).astype(np.float32) / 32_768
    whole = np.pad(wave, (0, -len(wave) % HOP)) * np.float32(10 ** (decibels / 20))
    return pcm((Limiter().press(whole) if len(whole) else whole)[: len(wave)])
