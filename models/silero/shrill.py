"""Cries and shouts in a high voice: the network takes them for something else once they go on."""

from __future__ import annotations

import numpy as np

from voiceagent.parts import EAR_RATE

from .weights import Floats

HIGHEST_HZ, LOWEST_HZ = 800, 250
SHORTEST, LONGEST = EAR_RATE // HIGHEST_HZ, EAR_RATE // LOWEST_HZ
TOO_SHORT = 6  # samples; under it everything is like itself
PERIODIC = 0.8
BEYOND = 0.05  # so much less periodic at what would be too high for a voice


def is_shrill(samples: Floats) -> bool:
    """Whether 40 ms are one tone, as high as a voice can cry and no higher."""
    sound = samples - samples.mean()
    size = len(sound) - LONGEST
    energy = np.concatenate(([0.0], np.cumsum(sound.astype(np.float64) ** 2)))
    if energy[size] < size:
        return False
    lags = np.arange(TOO_SHORT, LONGEST + 1)
    alike = np.correlate(sound[TOO_SHORT:], sound[:size], "valid")[: len(lags)]
    there = np.maximum(energy[lags + size] - energy[lags], 1.0)
    periodic = alike / np.sqrt(energy[size] * there)
    higher, voiced = periodic[: SHORTEST - TOO_SHORT], periodic[SHORTEST - TOO_SHORT :]
    return bool(voiced.max() >= max(PERIODIC, higher.max() + BEYOND))
