"""A piece of speech in numbers: what listeners go by when they hear how somebody feels.

How loud the recording is does not touch the numbers: it is told beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .frames import CENTRES_HZ, Floats, Frames

Mask = NDArray[np.bool_]

VOICED = 0.55  # periodicity from which a frame has a pitch
SPEECH_DB = 28.0  # so far below the loudest frames it is still speech
ABOVE_DB = 3.0  # what is left of a background reaches up to here
VOICE_DB = 25.0  # a voiced frame is not further below the loudest ones
FLOOR_DB = -30.0  # against the loudest frames: what is below tells of the recording, not the voice
SMOOTH = 7  # frames
SWELL_DB = 2.5
CEPSTRA = 13
STEP_S = 0.01
LEAST_VOICED = 10  # frames
LEAST_FRAMES = 30
BLOCK = 10
LEAST_POWER = 1e-9  # of full scale; under it there is no sound
SPECTRAL = ("alpha", "hammarberg", "slope_low", "slope_mid", "centroid", "roll_off", "flat", "flux")
NAMES = (
    *("pitch_p10", "pitch_p50", "pitch_p80", "pitch_p90", "pitch_range", "pitch_sd"),
    *("pitch_rise", "pitch_move", "pitch_end"),
    *("periodic", "periodic_sd", "voiced", "voiced_s", "voiced_per_s", "jitter", "shimmer"),
    *("level_p20", "level_p50", "level_sd", "level_slope", "pauses", "pause_s"),
    *("syllables_per_s", *(f"beat_{low}" for low in (2, 4, 8))),
    *(f"{name}_{part}" for name in SPECTRAL for part in ("p20", "p50", "p80")),
    *(f"cepstrum_{n}" for n in range(1, CEPSTRA)),
    *(f"cepstrum_{n}_sd" for n in range(1, CEPSTRA)),
)
_AT = {name: place for place, name in enumerate(NAMES)}


@dataclass(frozen=True, slots=True)
class Description:
    numbers: Floats  # in the order of NAMES
    level_db: float  # of the loudest frames, against full scale
    clear_db: float  # how far they stand above the background
    speech_s: float

    def __getitem__(self, name: str) -> float:
        return float(self.numbers[_AT[name]])


@dataclass(frozen=True, slots=True)
class _Piece:
    """The frames from the first to the last that is speech, the background taken off."""

    pitch: Floats
    periodicity: Floats
    bands: Floats  # against the loudest frames, with a floor
    level: Floats  # dB below the loudest frames
    speech: Mask
    voiced: Mask


def _dct() -> Floats:
    count = len(CENTRES_HZ)
    turns = np.arange(CEPSTRA)[:, None] * (np.arange(count) + 0.5) * np.pi / count
    return np.asarray(np.cos(turns).T * np.sqrt(2 / count), np.float32)


_DCT = _dct()
_LOG_HZ = np.log2(CENTRES_HZ / 1_000)
_LOW, _HIGH = CENTRES_HZ < 1_000, (CENTRES_HZ >= 1_000) & (CENTRES_HZ < 5_000)
_PEAK_LOW, _PEAK_HIGH = CENTRES_HZ < 2_000, (CENTRES_HZ >= 2_000) & (CENTRES_HZ < 5_000)
_FIRST, _SECOND = CENTRES_HZ < 600, (CENTRES_HZ >= 500) & (CENTRES_HZ < 1_600)


def describe(frames: Frames, before: Frames | None = None) -> Description | None:
    """None where there is too little voice to say anything. `before`: while nobody spoke yet."""
    if len(frames) < LEAST_FRAMES:
        return None
    background = _background(frames, before)
    bands = np.maximum(frames.bands - background, 0)
    loud = float(np.quantile(bands.sum(axis=1), 0.95))
    if loud < LEAST_POWER:
        return None
    under_db = float(_decibels(np.asarray(background.sum() / loud)))
    piece = _piece(frames, np.asarray(bands / loud, np.float32), under_db)
    if piece.voiced.sum() < LEAST_VOICED:
        return None
    numbers = np.asarray(_numbers(piece), np.float32)
    level_db = float(_decibels(np.asarray(loud)))
    return Description(numbers, level_db, -under_db, float(piece.speech.sum()) * STEP_S)


def _background(frames: Frames, before: Frames | None) -> Floats:
    """The power of each band while nobody speaks: before it, or in the quietest 100 ms."""
    whole = len(frames) // BLOCK * BLOCK
    blocks = frames.bands[:whole].reshape(-1, BLOCK, frames.bands.shape[1]).mean(axis=1)
    quiet = np.quantile(blocks, 0.1, axis=0)
    if before is not None and len(before) >= BLOCK:
        quiet = np.minimum(quiet, before.bands.mean(axis=0))
    return np.asarray(quiet, np.float32)


def _decibels(power: NDArray[np.floating]) -> Floats:
    return np.asarray(10 * np.log10(np.maximum(power, 1e-10)), np.float32)


def _piece(frames: Frames, bands: Floats, under_db: float) -> _Piece:
    level = _decibels(bands.sum(axis=1))
    least = min(max(-SPEECH_DB, under_db + ABOVE_DB), -10.0)
    speech = level > least
    voiced = speech & (frames.periodicity > VOICED) & (level > -VOICE_DB)
    first, last = np.flatnonzero(speech)[[0, -1]]
    inside = slice(first, last + 1)
    floored = bands[inside] + np.float32(10 ** (FLOOR_DB / 10) / bands.shape[1])
    pitch = frames.pitch[inside]
    return _Piece(
        pitch=_folded(pitch, voiced[inside]) if voiced.any() else pitch,
        periodicity=frames.periodicity[inside],
        bands=floored,
        level=level[inside],
        speech=speech[inside],
        voiced=voiced[inside],
    )


def _numbers(piece: _Piece) -> tuple[float, ...]:
    return (
        *_melody(piece.pitch, piece.voiced),
        *_voicing(piece),
        *_levels(piece),
        *_beat(piece.level, piece.speech),
        *_spectrum(piece.bands[piece.voiced]),
        *_cepstrum(piece.bands[piece.voiced]),
    )


def _folded(pitch: Floats, voiced: Mask) -> Floats:
    """Octave errors are folded towards the median of the piece."""
    away = pitch - np.median(pitch[voiced])
    return np.asarray(np.where(np.abs(away) > 9, pitch - 12 * np.round(away / 15), pitch))


def _melody(pitch: Floats, voiced: Mask) -> list[float]:
    own = pitch[voiced]
    p10, p50, p80, p90 = np.percentile(own, (10, 50, 80, 90)).tolist()
    both = voiced[1:] & voiced[:-1]
    move = np.minimum(np.abs(np.diff(pitch))[both], 3)
    end = own[-max(3, len(own) // 8) :]
    return [
        *(p10, p50, p80, p90, p90 - p10, float(own.std())),
        _rise(np.flatnonzero(voiced) * STEP_S, own),
        float(move.mean()) / STEP_S if both.any() else 0.0,
        float(end.mean()) - p50,
    ]


def _rise(seconds: NDArray[np.floating], values: Floats) -> float:
    """By how much it grows in a second."""
    x = seconds - seconds.mean()
    return float(np.clip(x @ values / max(float(x @ x), 1e-3), -20, 20))


def _runs(mask: Mask) -> NDArray[np.intp]:
    """The lengths of the stretches that are true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return np.asarray(np.diff(edges)[::2])


def _voicing(piece: _Piece) -> list[float]:
    voiced, runs = piece.voiced, _runs(piece.voiced)
    both = voiced[1:] & voiced[:-1]
    bend = np.minimum(np.abs(np.diff(piece.pitch, 2))[both[1:] & both[:-1]], 2)
    shake = np.minimum(np.abs(np.diff(piece.level))[both], 6)
    return [
        float(piece.periodicity[voiced].mean()),
        float(piece.periodicity[voiced].std()),
        float(voiced.mean()),
        float(np.log(runs.mean() * STEP_S)),
        len(runs) / max(len(voiced) * STEP_S, 0.3),
        float(bend.mean()) if len(bend) else 0.0,
        float(shake.mean()) if len(shake) else 0.0,
    ]


def _levels(piece: _Piece) -> list[float]:
    own = np.maximum(piece.level, -40)
    gaps = _runs(~piece.speech)
    long = gaps[gaps > 12]
    p20, p50 = np.percentile(own[piece.speech], (20, 50)).tolist()
    return [
        *(p20, p50, float(own[piece.speech].std())),
        _rise(np.arange(len(own)) * STEP_S, own),
        float(long.sum() / len(own)),
        float(long.mean() * STEP_S) if len(long) else 0.0,
    ]


def _beat(level: Floats, speech: Mask) -> list[float]:
    """How often the level swells, and how much of that is slow or fast."""
    own = np.maximum(level, -30)
    often = _swells(np.convolve(own, np.full(SMOOTH, 1 / SMOOTH), "same"))
    size = max(128, len(own))
    moving = np.abs(np.fft.rfft((own - own.mean()) * np.hanning(len(own)), size)) ** 2
    hz = np.fft.rfftfreq(size, STEP_S)
    whole = moving[(hz > 0.5) & (hz < 25)].sum() + 1e-6
    parts = (moving[(hz >= low) & (hz < 2 * low)].sum() for low in (2, 4, 8))
    shares = (float(np.log(part / whole + 1e-3)) for part in parts)
    return [often / max(float(speech.sum()) * STEP_S, 0.3), *shares]


def _swells(level: NDArray[np.floating]) -> int:
    """How often it rises by SWELL_DB and falls again: about once a syllable."""
    turns = np.flatnonzero(np.diff(np.sign(np.diff(level)))) + 1
    count, low, high, rising = 0, float(level[0]), float(level[0]), False
    for value in (*level[turns].tolist(), float(level[-1])):
        low, high = min(low, value), max(high, value)
        if rising and value < high - SWELL_DB:
            count, rising, low = count + 1, False, value
        elif not rising and value > low + SWELL_DB:
            rising, high = True, value
    return count + rising


def _spectrum(bands: Floats) -> list[float]:
    log = _decibels(bands)
    share = bands / bands.sum(axis=1, keepdims=True)
    rows = [
        _decibels(bands[:, _LOW].sum(axis=1)) - _decibels(bands[:, _HIGH].sum(axis=1)),
        log[:, _PEAK_LOW].max(axis=1) - log[:, _PEAK_HIGH].max(axis=1),
        _slope(log[:, _FIRST], _LOG_HZ[_FIRST]),
        _slope(log[:, _SECOND], _LOG_HZ[_SECOND]),
        share @ _LOG_HZ,
        _LOG_HZ[np.argmax(np.cumsum(share, axis=1) > 0.85, axis=1)],
        log.mean(axis=1) - _decibels(bands.mean(axis=1)),
        np.abs(np.diff(np.sqrt(share), axis=0, prepend=np.sqrt(share[:1]))).sum(axis=1),
    ]
    found = np.percentile(np.array(rows), (20, 50, 80), axis=1).T
    return [float(value) for value in found.ravel()]


def _slope(log: Floats, at: Floats) -> Floats:
    x = at - at.mean()
    return np.asarray(log @ x / (x @ x), np.float32)


def _cepstrum(bands: Floats) -> list[float]:
    cepstra = (_decibels(bands) @ _DCT)[:, 1:]
    return [*cepstra.mean(axis=0).tolist(), *cepstra.std(axis=0).tolist()]
