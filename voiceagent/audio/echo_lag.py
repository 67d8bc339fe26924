"""How late the echo of the reference comes: devices buffer between 5 and 300 ms of it.

The two sounds are correlated over and over, each frequency counting alike (Knapp and Carter's phase
transform), and the average of many times shows a peak where the direct sound arrives.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

ROUGH_RATE = 8_000  # about: enough for a lag
NEAR_MS = 256  # is looked for
LONGEST_MS = 400  # so much earlier at most
EVERY = 10  # blocks
OLD_SHARE = 0.9  # of what was found before in the average
CLEAR = 8.0  # how far a peak stands out, in standard deviations
AGREE = 3  # times in a row the same is found before it is believed
SAME_MS = 5
LOUD = 1e-4  # of full scale: a reference below has no echo that could be found


class LagFinder:
    """Fed with blocks of 10 ms, it tells the lag whenever that is clear."""

    def __init__(self, rate: int) -> None:
        self._step = max(1, rate // ROUGH_RATE)
        self._samples_per_ms = rate / self._step / 1000
        self._near = np.zeros(round(NEAR_MS * self._samples_per_ms), np.float32)
        self._lags = round(LONGEST_MS * self._samples_per_ms)
        self._reference = np.zeros(len(self._near) + self._lags, np.float32)
        self._size = 1 << (len(self._reference) - 1).bit_length()
        self._cross = np.zeros(self._size // 2 + 1, np.complex64)
        self._blocks = 0
        self._found: list[float] = []  # the newest few

    def hear(self, near: Floats, reference: Floats) -> float | None:
        """Take a block of each; return the milliseconds from the reference to its echo."""
        self._near = pushed(self._near, rough(near, self._step))
        self._reference = pushed(self._reference, rough(reference, self._step))
        self._blocks += 1
        if self._blocks % EVERY or np.abs(self._reference[self._lags :]).max() < LOUD:
            return None
        self._correlate()
        return self._agreed(self._peak_ms())

    def forget_sound(self) -> None:
        """There was a gap."""
        self._near[:] = 0
        self._reference[:] = 0

    def _correlate(self) -> None:
        near = np.fft.rfft(self._near, self._size)
        cross = near * np.fft.rfft(self._reference, self._size).conj()
        size = np.abs(cross)
        self._cross *= OLD_SHARE
        self._cross += (1 - OLD_SHARE) * cross / (size + 0.01 * size.mean() + 1e-12)

    def _peak_ms(self) -> float | None:
        """Where the direct sound stands out."""
        found = np.abs(np.fft.irfft(self._cross, self._size))
        found = np.roll(found, self._lags)[: self._lags + 1]  # the newest samples are level
        lag = int(found.argmax())
        clear = found[lag] > CLEAR * np.sqrt((found**2).mean())
        return lag / self._samples_per_ms if clear else None

    def _agreed(self, lag_ms: float | None) -> float | None:
        if lag_ms is None:
            self._found.clear()
            return None
        self._found = [*self._found[1 - AGREE :], lag_ms]
        same = max(self._found) - min(self._found) <= SAME_MS
        return lag_ms if same and len(self._found) == AGREE else None


def pushed(sound: Floats, block: Floats) -> Floats:
    return np.concatenate((sound[len(block) :], block))


def rough(block: Floats, step: int) -> Floats:
    """At a lower rate; what lies above may fold, for it folds alike in both sounds."""
    parts = block[: len(block) // step * step].reshape(-1, step)
    return np.asarray(parts.mean(1), np.float32)
