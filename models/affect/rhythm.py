"""A second of sound in numbers that tell a laugh from words: mostly how it repeats itself.

Everything is held against the second itself, so that microphones, lines and rooms matter little.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .describe import VOICED
from .frames import BANDS, Floats, Frames

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

SPAN = 100  # frames
FLOOR_DB = -30.0  # against the loudest frames
HEARD_DB = -25.0
LOUD_DB = -15.0
FASTEST, SLOWEST = 10, 44  # frames from one call to the next: 10 to 2.3 a second
USUAL_LAG = 20.0  # frames
CEPSTRA = 8
BEATS_HZ = (1.5, 3.0, 4.2, 5.6, 7.5, 10.0, 15.0)
UNVOICED_PITCH = 15.0  # semitones: where nothing is voiced
NAMES = (
    *(f"{what}_{part}" for what in ("sound", "level", "voice") for part in ("dip", "again", "lag")),
    *(f"beat_{low:g}" for low in BEATS_HZ[:-1]),
    *("late", "loud", "voiced", "breath", "runs", "run_s", "periodic", "periodic_sd"),
    *("level_sd", "level_p20", "level_p50"),
    *("pitch", "pitch_sd", "pitch_range", "pitch_move", "flux"),
    *(f"cepstrum_{n}_sd" for n in range(1, CEPSTRA + 1)),
    *(f"between_{n}" for n in range(1, CEPSTRA + 1)),
)
LATE = NAMES.index("late")
_SIZE = SPAN + SLOWEST
_LAGS = np.arange(FASTEST, SLOWEST + 1)
_OVERLAP = (SPAN / (SPAN - np.arange(SLOWEST + 1))).astype(np.float32)
_HZ = np.fft.rfftfreq(_SIZE, 0.01)
_BEATS = np.array([(low <= _HZ) & (high > _HZ) for low, high in pairwise(BEATS_HZ)]).T
_PAIRS = BANDS // 2


def _dct() -> Floats:
    turns = np.arange(1, CEPSTRA + 1)[:, None] * (np.arange(_PAIRS) + 0.5) * np.pi / _PAIRS
    return np.asarray(np.cos(turns).T * np.sqrt(2 / _PAIRS), np.float32)


_DCT = _dct()


def seconds(frames: Frames, ends: Sequence[int] | Ints, background: Floats) -> Floats:
    """A row of numbers for the second before each of these frames."""
    at = np.asarray(ends)[:, None] + np.arange(-SPAN, 0)
    power = np.maximum(frames.bands - background, 0)[at]
    power = power.reshape(len(at), SPAN, _PAIRS, 2).sum(axis=3)
    whole = power.sum(axis=2)
    loudest = np.maximum(np.partition(whole, SPAN - 5, axis=1)[:, SPAN - 5], 1e-9)[:, None]
    floor = np.float32(10 ** (FLOOR_DB / 10))
    log = 10 * np.log10(power / loudest[:, :, None] + floor / _PAIRS)
    level = 10 * np.log10(whole / loudest + floor)
    periodicity = np.where(level > HEARD_DB, frames.periodicity[at], 0)
    loud = level > LOUD_DB
    voiced = loud & (periodicity > VOICED)
    columns = (
        *_repeats(log, level, periodicity),
        *_voicing(periodicity, loud, voiced),
        *_levels(level),
        *_melody(frames.pitch[at], voiced),
        *_colours(log @ _DCT, loud, voiced),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def _repeats(log: Floats, level: Floats, periodicity: Floats) -> list[Floats]:
    """How much more it is like itself one call later than half a call later, and how long a call
    is: by its spectrum, its level and its voicing. Then the beat of the level.
    """
    rows = np.concatenate((log, level[:, :, None], periodicity[:, :, None]), axis=2)
    rows = np.asarray(rows - rows.mean(axis=1, keepdims=True), np.float32)
    moving = np.abs(np.fft.rfft(rows, _SIZE, axis=1)) ** 2
    kinds = np.stack((moving[:, :, :-2].sum(axis=2), moving[:, :, -2], moving[:, :, -1]))
    own = np.fft.irfft(kinds, _SIZE, axis=2)[:, :, : SLOWEST + 1]
    own = own * _OVERLAP / (own[:, :, :1] + 1e-6)
    lowest = np.minimum.accumulate(own, axis=2)[:, :, FASTEST:]
    rise = own[:, :, FASTEST:] - lowest
    best = rise.argmax(axis=2)[:, :, None]
    dip, again = (np.take_along_axis(it, best, 2)[:, :, 0] for it in (lowest, rise))
    lag = np.log2(_LAGS[best[:, :, 0]] / USUAL_LAG)
    beats = kinds[1] @ _BEATS / (kinds[1].sum(axis=1, keepdims=True) + 1e-6)
    found = (column for kind in range(3) for column in (dip[kind], again[kind], lag[kind]))
    return [*found, *np.log(beats + 1e-3).T]


def _voicing(periodicity: Floats, loud: Mask, voiced: Mask) -> list[Floats]:
    starts = (voiced[:, 1:] & ~voiced[:, :-1]).sum(axis=1) + voiced[:, 0]
    count = loud.sum(axis=1) + 1e-6
    mean = (periodicity * loud).sum(axis=1) / count
    away = (periodicity - mean[:, None]) * loud
    return [
        loud[:, SPAN // 2 :].mean(axis=1),
        loud.mean(axis=1),
        voiced.mean(axis=1),
        (loud & ~voiced).sum(axis=1) / count,
        starts,
        np.log1p(voiced.sum(axis=1) / np.maximum(starts, 1)),
        mean,
        np.sqrt((away**2).sum(axis=1) / count),
    ]


def _levels(level: Floats) -> list[Floats]:
    ordered = np.partition(level, (SPAN // 5, SPAN // 2), axis=1)
    return [level.std(axis=1), ordered[:, SPAN // 5], ordered[:, SPAN // 2]]


def _melody(pitch: Floats, voiced: Mask) -> list[Floats]:
    count = voiced.sum(axis=1) + 1e-6
    mean = (pitch * voiced).sum(axis=1) / count
    away = (pitch - mean[:, None]) * voiced
    both = voiced[:, 1:] & voiced[:, :-1]
    move = np.clip(np.diff(pitch, axis=1), -3, 3) * both
    return [
        np.where(count > 5, mean, UNVOICED_PITCH),
        np.sqrt((away**2).sum(axis=1) / count),
        np.minimum(away.max(axis=1) - away.min(axis=1), 24),
        move.sum(axis=1) / (both.sum(axis=1) + 1),
    ]


def _colours(cepstra: Floats, loud: Mask, voiced: Mask) -> list[Floats]:
    """How fast and how far the spectrum moves, and how unlike the voice is what lies between."""
    count = voiced.sum(axis=1)[:, None] + 1e-6
    mean = (cepstra * voiced[:, :, None]).sum(axis=1) / count
    away = (cepstra - mean[:, None]) * voiced[:, :, None]
    rest = ~voiced
    between = (cepstra * rest[:, :, None]).sum(axis=1) / (rest.sum(axis=1)[:, None] + 1e-6) - mean
    moves = np.abs(np.diff(cepstra, axis=1)).sum(axis=2) * loud[:, 1:]
    flux = moves.sum(axis=1) / (loud.sum(axis=1) + 1)
    return [flux, *np.sqrt((away**2).sum(axis=1) / count).T, *between.T]
