"""Something like a laugh, made of numbers: calls of one vowel, with its breath between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.models.affect.speech import Floats, strength
from voiceagent.parts import EAR_RATE

VOWEL_HZ = 700.0, 1_300.0
TILT_DB = 9.0


@dataclass(frozen=True, slots=True)
class Laughter:
    calls: int = 7
    calls_per_s: float = 5.0
    pitch_hz: float = 260.0
    breath: float = 0.3
    level: float = 0.1
    seed: int = 0


def laughter(it: Laughter) -> Floats:
    """Every call falls by four semitones, and is softer than the one before."""
    time = np.arange(int(it.calls / it.calls_per_s * EAR_RATE)) / EAR_RATE
    beat = time * it.calls_per_s
    hz = it.pitch_hz * 2 ** (-(4 * (beat % 1) + 0.5 * beat) / 12)
    phase = 2 * np.pi * np.cumsum(hz) / EAR_RATE
    partials = range(1, int(7_000 / it.pitch_hz))
    voice = sum((_vowel(hz * k) * np.sin(k * phase) for k in partials), np.zeros_like(time))
    open_ = np.sin(np.pi * np.clip(2 * (beat % 1), 0, 1)) ** 0.5
    sound = voice / np.abs(voice).max() * open_ + it.breath * _breath(len(time), it.seed)
    return np.asarray(it.level * sound * 0.85**beat * 32_767)


def _breath(count: int, seed: int) -> Floats:
    noise = np.fft.rfft(np.random.default_rng(seed).normal(size=count))
    hz = np.fft.rfftfreq(count, 1 / EAR_RATE).astype(np.float64)
    shaped = np.fft.irfft(noise * _vowel(hz), count)
    return np.asarray(shaped / np.abs(shaped).max())


def _vowel(hz: Floats) -> Floats:
    first, second = (np.full_like(hz, at) for at in VOWEL_HZ)
    return strength(hz, first, second, TILT_DB)
