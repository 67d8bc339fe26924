"""What becomes of the reference on its way to the microphone, learned while it is heard.

A frequency-domain Kalman filter whose impulse response is cut into blocks of 10 ms (Enzner and
Vary, 2006; Kuech, Mabande and Enzner, 2014). Its covariance is diagonal: for each block and
frequency a guess of how wrong the filter still is. What the filter does not explain counts as
somebody speaking, and the louder that is, the less is learned: double talk does not mislead it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Spectra = NDArray[np.complex64]

BLOCKS = 24  # the longest response: 240 ms
LONGEST_LAG = 32  # blocks that may pass before the response begins
MEMORY = np.float32(0.9995**2)  # how much of the path is thought to last for a block
COUPLING = 1.0  # the power of the echo of a reference of power 1, before any was heard
DECAY_BLOCKS = 6.0  # in which the power of a response falls to 1/e, before any was heard
NEW_SHARE = np.float32(0.5)  # of this block in what is thought to be no echo
NEIGHBOURS = np.full(9, 1 / 9, np.float32)  # frequencies over which that is averaged
FAINT = np.float32(1e-7)  # of a spectrum's power: far below any microphone's noise


class EchoPath:
    """A filter for blocks of so many samples."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._sound = np.zeros(2 * size, np.float32)  # the last two blocks of the reference
        self._spectra = np.zeros((LONGEST_LAG + BLOCKS, size + 1), np.complex64)  # newest first
        self._filter = np.zeros((BLOCKS, size + 1), np.complex64)
        self._doubt = np.zeros((BLOCKS, size + 1), np.float32)  # the variance of its error
        self._other = np.zeros(size + 1, np.float32)  # the power of what is no echo
        self._lag = 0
        self.doubt(COUPLING, 0.0)

    @property
    def lag(self) -> int:
        """Blocks that pass before the response begins."""
        return self._lag

    @property
    def newest(self) -> Floats:
        """The reference's newest block."""
        return self._sound[self._size :]

    def hear(self, reference: Floats) -> None:
        """Take what the loudspeaker was given with the next block."""
        self._sound = np.concatenate((self._sound[self._size :], reference))
        self._spectra[1:] = self._spectra[:-1]
        self._spectra[0] = np.fft.rfft(self._sound)

    def echo(self) -> Floats:
        """What is expected of it in the microphone's next block."""
        spectrum = np.einsum("bk,bk->k", self._heard(), self._filter)
        return np.fft.irfft(spectrum)[self._size :].astype(np.float32, copy=False)

    def learn(self, error: Floats) -> None:
        """Take what was left of the microphone's block."""
        heard = self._heard()
        padded = np.concatenate((np.zeros(self._size, np.float32), error))
        wrong = np.fft.rfft(padded).astype(np.complex64, copy=False)
        self._other += NEW_SHARE * (power(wrong) - self._other)
        other = np.convolve(self._other, NEIGHBOURS, "same")
        loud = power(heard) / 2  # half of each frame is padding
        gain = self._doubt / (np.einsum("bk,bk->k", self._doubt, loud) + other + FAINT)
        self._filter = self._causal(self._filter + gain * heard.conj() * wrong)
        self._doubt *= MEMORY * (1 - gain * loud)
        self._doubt += (1 - MEMORY) * power(self._filter)

    def doubt(self, coupling: float, kept: float) -> None:
        """Such a share of the filter may be right, and how loud the echo is, against the reference.
        Nothing else is known any more.
        """
        decay = np.exp(-np.arange(BLOCKS) / DECAY_BLOCKS)
        likely = (coupling * decay / decay.sum()).astype(np.float32)
        self._filter *= np.float32(kept)
        self._doubt[:] = likely[:, None]

    def move(self, lag: int) -> None:
        """Let the response begin so late; what was learned of it keeps its place in time."""
        self._filter = shifted(self._filter, self._lag - lag)
        self._doubt = np.maximum(self._doubt, shifted(self._doubt, self._lag - lag))
        self._lag = lag

    def _heard(self) -> Spectra:
        return self._spectra[self._lag : self._lag + BLOCKS]

    def _causal(self, spectra: Spectra) -> Spectra:
        """Each part answers for its own 10 ms only."""
        parts = np.fft.irfft(spectra, axis=1)
        parts[:, self._size :] = 0
        return np.fft.rfft(parts, axis=1).astype(np.complex64, copy=False)


def power(spectra: Spectra) -> Floats:
    return spectra.real**2 + spectra.imag**2


def shifted(rows: NDArray[Any], by: int) -> NDArray[Any]:
    """The rows moved down by so many, or up; zeros come after them."""
    moved = np.roll(rows, by, 0)
    if by > 0:
        moved[:by] = 0
    elif by < 0:
        moved[by:] = 0
    return moved
