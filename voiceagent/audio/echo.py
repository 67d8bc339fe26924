"""Takes the loudspeaker's sound out of the microphone's, so that one can talk over it.

Whoever speaks in the room is left as he is: nothing is suppressed after the filter, for that would
take from him what an interruption lives of.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from voiceagent.audio.echo_lag import LagFinder
from voiceagent.audio.echo_path import BLOCKS, COUPLING, LONGEST_LAG, EchoPath, Floats
from voiceagent.audio.frames import SAMPLE_BYTES, Framer
from voiceagent.audio.level import FULL_SCALE
from voiceagent.errors import ConfigError
from voiceagent.parts import EAR_RATE

Samples = NDArray[np.int16]

BLOCKS_PER_S = 100
LOWEST_RATE, HIGHEST_RATE = 8_000, 48_000
SILENT = 4  # of 32,768: what resamplers make of silence
CLIPPED = 32_700
HEAD = 8  # blocks: the direct sound lies no later in the filter
LEAD = 2  # blocks before it, where the filter is moved
HARM = -0.4  # how what is left goes with what was taken away: the filter adds an echo of its own
FITS = 0.75
RECENT, LONG = 0.03, 0.02  # the newest block's share: in a third of a second, in half a second
TRIAL = 100  # blocks that a filter has to learn before it is judged
MOST_COUPLING = 30.0
FAINT = 1e-8  # of full scale, power: far below any sound


class EchoCanceller:
    """One microphone beside one loudspeaker, at one rate.

    It works in blocks of 10 ms and gives each back as soon as it is whole: fed with whole ones it
    delays nothing.
    """

    def __init__(self, rate: int = EAR_RATE) -> None:
        if not LOWEST_RATE <= rate <= HIGHEST_RATE or rate % BLOCKS_PER_S:
            known = f"{LOWEST_RATE} to {HIGHEST_RATE}, in steps of {BLOCKS_PER_S}"
            raise ConfigError(f"echo at {rate} samples a second cannot be cancelled, only {known}")
        size = rate // BLOCKS_PER_S
        self._near = Framer(size * SAMPLE_BYTES)
        self._reference = Framer(size * SAMPLE_BYTES)
        self._path = EchoPath(size)
        self._finder = LagFinder(rate)
        self._trust = Trust()
        self._quiet = LONGEST_LAG + BLOCKS  # blocks since the loudspeaker was given anything

    def cancel(self, near: bytes, reference: bytes) -> bytes:
        """The microphone's sound without the echo of what the loudspeaker is and was given.

        A reference that is too short goes on in silence; the echo may be up to half a second late.
        """
        reference = reference[: len(near)].ljust(len(near), b"\0")
        blocks = zip(self._near.feed(near), self._reference.feed(reference), strict=True)
        return b"".join(self._cancel(*block) for block in blocks)

    def _cancel(self, near: bytes, reference: bytes) -> bytes:
        far, sound = np.frombuffer(reference, np.int16), np.frombuffer(near, np.int16)
        quiet = peak(far) <= SILENT
        self._quiet = self._quiet + 1 if quiet else 0
        if self._quiet > LONGEST_LAG + BLOCKS:  # there is no echo, and nothing to learn
            self._finder.forget_sound()
            return near
        self._path.hear(np.zeros(far.size, np.float32) if quiet else floats(far))
        if not sound.any():  # muted
            return near
        return self._filtered(sound)

    def _filtered(self, sound: Samples) -> bytes:
        near = floats(sound)
        self._align(near)
        left = near - self._path.echo()
        if peak(sound) < CLIPPED:  # what is cut off has no linear path
            self._learn(near, left)
        return samples(left)

    def _align(self, near: Floats) -> None:
        """Move the filter to where the echo begins."""
        lag_ms = self._finder.hear(near, self._path.newest)
        if lag_ms is None:
            return
        direct, lag = int(lag_ms * BLOCKS_PER_S / 1000), self._path.lag
        if direct > lag + HEAD or (direct < lag + 1 and lag > 0):
            self._path.move(min(LONGEST_LAG, max(0, direct - LEAD)))
            if not lag <= direct < lag + BLOCKS:  # what was learned was not this
                self._path.doubt(COUPLING, 0.0)
            self._trust.renew()

    def _learn(self, near: Floats, left: Floats) -> None:
        self._trust.hear(near, left, self._path.newest)
        if self._trust.lost:
            self._path.doubt(self._trust.coupling, self._trust.fitting)
            self._trust.renew()
        self._path.learn(left)


class Trust:
    """Whether the filter still fits. If what it takes away comes back turned over in what is left,
    the path is another one now: somebody has moved the laptop, or chosen another device.
    """

    def __init__(self) -> None:
        self._left = self._taken = FAINT
        self._both = 0.0
        self._near, self._reference = FAINT * COUPLING, FAINT
        self._trial = TRIAL

    def hear(self, near: Floats, left: Floats, reference: Floats) -> None:
        self._trial -= 1
        taken = near - left
        self._left += RECENT * (power(left) - self._left)
        self._taken += RECENT * (power(taken) - self._taken)
        self._both += RECENT * (float(left @ taken) / near.size - self._both)
        if (loud := power(reference)) > FAINT:
            self._near += LONG * (power(near) - self._near)
            self._reference += LONG * (loud - self._reference)

    @property
    def lost(self) -> bool:
        alike = self._both / math.sqrt(self._left * self._taken)
        return self._trial < 0 and alike < HARM and self.fitting < FITS

    @property
    def fitting(self) -> float:
        """How much of what is taken away should have been."""
        return max(0.0, 1 + self._both / self._taken)

    @property
    def coupling(self) -> float:
        """How loud the echo may be, relative to the reference."""
        return min(MOST_COUPLING, max(COUPLING, self._near / self._reference))

    def renew(self) -> None:
        """Judge again when the filter has had time to learn."""
        self._both = 0.0
        self._trial = TRIAL


def floats(sound: Samples) -> Floats:
    return sound.astype(np.float32) * np.float32(1 / FULL_SCALE)


def samples(sound: Floats) -> bytes:
    scaled = np.rint(sound * np.float32(FULL_SCALE))
    return bytes(scaled.clip(-FULL_SCALE, FULL_SCALE - 1).astype(np.int16).tobytes())


def peak(sound: Samples) -> int:
    return max(int(sound.max()), -int(sound.min()))


def power(sound: Floats) -> float:
    return float(sound @ sound) / sound.size
