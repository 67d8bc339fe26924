"""Drums made of numbers: a kick, a snare and a hat, on the sixteenths of a bar."""

from __future__ import annotations

from functools import cache

import numpy as np

from .envelope import RATE, Array

SLOTS = 16  # of a bar of four beats
PATTERN = {"kick": (0, 7, 10), "snare": (4, 12), "hat": (0, 2, 4, 6, 8, 10, 12, 14)}
LEVELS = {"kick": 0.34, "snare": 0.2, "hat": 0.05}
_LONGEST = RATE * 3 // 10


def drums(start: int, samples: int, bpm: float) -> Array:
    """So many samples of the beat, from this one of the song on. Nothing sounds before 0."""
    sound = np.zeros(samples, np.float32)
    size = 15 / bpm * RATE
    for slot in range(max(0, int((start - _LONGEST) / size)), int((start + samples) / size) + 1):
        for name, places in PATTERN.items():
            if slot % SLOTS in places:
                _add(sound, _hit(name) * np.float32(LEVELS[name]), round(slot * size) - start)
    return sound


def _add(sound: Array, hit: Array, start: int) -> None:
    begin, end = max(0, start), min(len(sound), start + len(hit))
    if begin < end:
        sound[begin:end] += hit[begin - start : end - start]


@cache
def _hit(name: str) -> Array:
    time = np.arange(_LONGEST) / RATE
    noise = np.random.default_rng(len(name)).standard_normal(len(time))
    if name == "kick":
        hertz = 48 + 110 * np.exp(-time / 0.03)
        hit = np.sin(2 * np.pi * np.cumsum(hertz) / RATE) * np.exp(-time / 0.09)
    elif name == "snare":
        ring = np.sin(2 * np.pi * 185 * time) * np.exp(-time / 0.05)
        hit = 0.5 * ring + 0.5 * np.diff(noise, prepend=0.0) * np.exp(-time / 0.06)
    else:
        hit = np.diff(noise, n=2, prepend=[0.0, 0.0]) * np.exp(-time / 0.018)
    fade = np.minimum(1, (_LONGEST - np.arange(_LONGEST)) / 200)
    return (hit * fade).astype(np.float32)
