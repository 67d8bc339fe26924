"""Louder and softer without a click: ducks a reply under the user's voice, fades it at a hold."""

from __future__ import annotations

import math

import numpy as np

DUCK_DB = -12.0
DUCK_MS = 20
RESTORE_MS = 40
FADE_MS = 5
SILENT_DB = -math.inf


class Gain:
    """A gain on a stream of 16 bit audio that moves in straight ramps across the blocks.

    Duck with `to(DUCK_DB, DUCK_MS)` and come back with `to(0, RESTORE_MS)`. At a hold, send
    `FADE_MS` more after `to(SILENT_DB, FADE_MS)`; at the resume, begin with `to(0, FADE_MS)`.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._now = 1.0
        self._target = 1.0
        self._left = 0  # samples of the ramp still to come

    def to(self, gain_db: float, over_ms: float) -> None:
        """Move to this gain within the next `over_ms` of audio, from wherever the gain is now."""
        self._target = 10.0 ** (gain_db / 20.0)
        self._left = round(over_ms * self._rate / 1000)
        if not self._left or self._now == self._target:
            self._now, self._left = self._target, 0

    @property
    def ramping(self) -> bool:
        return self._left > 0

    def apply(self, pcm: bytes) -> bytes:
        """The block at the gain of its time; at unity it is the very same object."""
        if not self._left and self._now == 1.0:
            return pcm
        if not self._left and self._now == 0.0:
            return bytes(len(pcm))
        samples = np.frombuffer(pcm, np.int16).astype(np.float32)
        moving = min(self._left, samples.size)
        if moving:
            samples[:moving] *= self._ramp(moving)
        samples[moving:] *= self._now
        np.rint(samples, out=samples)
        if self._now > 1.0 or self._target > 1.0:
            np.clip(samples, -32_768, 32_767, out=samples)
        return samples.astype(np.int16).tobytes()

    def _ramp(self, count: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        step = (self._target - self._now) / self._left
        ramp = self._now + step * np.arange(1, count + 1, dtype=np.float32)
        self._left -= count
        self._now = self._now + step * count if self._left else self._target
        return ramp
