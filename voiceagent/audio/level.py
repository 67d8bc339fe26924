"""How loud a block of audio is. Full scale is 1.0, or 0 dBFS: a square wave about to clip."""

from __future__ import annotations

import math

import numpy as np

from voiceagent.audio.frames import bytes_of

FULL_SCALE = 32_768.0
SILENCE_DBFS = -100.0
"""What digital silence is said to be; nothing that anyone can hear is below it."""


def rms(pcm: bytes) -> float:
    """The root mean square, 0 to 1."""
    samples = np.frombuffer(pcm, np.int16).astype(np.float32)
    if not samples.size:
        return 0.0
    return math.sqrt(float(samples.dot(samples)) / samples.size) / FULL_SCALE


def dbfs(pcm: bytes) -> float:
    """The root mean square in decibels, never below SILENCE_DBFS."""
    level = rms(pcm)
    return max(SILENCE_DBFS, 20.0 * math.log10(level)) if level > 0.0 else SILENCE_DBFS


def peak(pcm: bytes) -> float:
    """The largest sample, 0 to 1."""
    samples = np.frombuffer(pcm, np.int16)
    if not samples.size:
        return 0.0
    return max(int(samples.max()), -int(samples.min())) / FULL_SCALE


def silence(ms: float, rate: int) -> bytes:
    return bytes(bytes_of(ms, rate))
