"""A voice made of harmonics and formants, that a speech detector takes for one."""

from __future__ import annotations

from functools import cache

import numpy as np

from voiceagent.audio import FORMATS

FORMANTS = ((600, 120, 1.0), (1200, 150, 0.7), (2500, 200, 0.4))


@cache
def voiced(ms: int, format: str = "audio/pcm", pitch: float = 130.0) -> bytes:
    """So long a vowel, as it goes over the wire."""
    coded = FORMATS[format]
    time = np.arange(ms * coded.rate // 1000) / coded.rate
    wave = np.zeros(len(time))
    for harmonic in np.arange(pitch, min(3_600, coded.rate / 2 - 200), pitch):
        loud = sum(gain / (1 + ((harmonic - at) / wide) ** 2) for at, wide, gain in FORMANTS)
        wave += loud * np.sin(2 * np.pi * harmonic * time + harmonic)
    wave *= 0.6 + 0.4 * np.sin(8 * np.pi * time) ** 2
    return coded.encode((wave / np.abs(wave).max() * 12_000).astype(np.int16).tobytes())


def quiet(ms: int, format: str = "audio/pcm") -> bytes:
    coded = FORMATS[format]
    return coded.encode(bytes(ms * coded.rate // 1000 * 2))


def spoken(
    ms: int = 800, before: int = 400, after: int = 1_500, format: str = "audio/pcm"
) -> bytes:
    """Somebody says something, with silence round it."""
    return quiet(before, format) + voiced(ms, format) + quiet(after, format)
