"""What can be told of speech from its sound alone, in the terms in which people were measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Wave = npt.NDArray[np.float64]

HOP_MS, WINDOW_MS, SIZE = 10, 50, 4096
LOW_HZ, HIGH_HZ = 55, 600
LOUD_DB = 30  # as far under the loudest is still speech


@dataclass(frozen=True, slots=True)
class Measures:
    pitch: float  # median, semitones over 100 Hz
    spread: float  # of pitch, p5 to p95, semitones
    level: float  # decibels under full scale, where there is speech
    tilt: float  # 1-5 kHz against what is below 1 kHz, decibels
    seconds: float
    voiced: float  # share of the speech that has a pitch


def measured(wave: Wave, rate: int) -> Measures:
    size = rate * WINDOW_MS // 1000
    starts = np.arange(0, len(wave) - size, rate * HOP_MS // 1000)
    frames = np.lib.stride_tricks.sliding_window_view(wave, size)[starts]
    frames = frames - frames.mean(axis=1, keepdims=True)
    power = np.mean(frames**2, axis=1) + 1e-12
    frames = frames[power > power.max() / 10 ** (LOUD_DB / 10)]
    spectra = np.abs(np.fft.rfft(frames * np.hanning(size), SIZE)) ** 2
    pitch = _pitches(spectra, size, rate)
    hertz = np.fft.rfftfreq(SIZE, 1 / rate)
    mean = spectra.mean(axis=0)
    high, low = mean[(hertz > 1000) & (hertz < 5000)].sum(), mean[hertz < 1000].sum()
    return Measures(
        float(np.median(pitch)) if len(pitch) else 0.0,
        float(np.percentile(pitch, 95) - np.percentile(pitch, 5)) if len(pitch) else 0.0,
        float(10 * np.log10(np.mean(frames**2))),
        float(10 * np.log10(high / low)),
        len(wave) / rate,
        len(pitch) / len(frames),
    )


def _pitches(spectra: Wave, size: int, rate: int) -> Wave:
    """By autocorrelation: the shortest of the lags that are nearly the best."""
    own = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(size), SIZE)) ** 2)
    likeness = np.fft.irfft(spectra) / np.maximum(own, own[0] / 1000)
    lags = np.arange(rate // HIGH_HZ, rate // LOW_HZ)
    ranked = likeness[:, lags] / likeness[:, :1]
    found = [12 * np.log2(rate / lags[_shortest(row)] / 100) for row in ranked if row.max() > 0.6]
    pitches = np.array(found, np.float64)
    return pitches[np.abs(pitches - np.median(pitches)) < 12] if found else pitches


def _shortest(row: Wave) -> int:
    good = np.flatnonzero(row > 0.9 * row.max())
    run = good[: int(np.argmax(np.diff(good, append=10**9) > 1)) + 1]
    return int(run[np.argmax(row[run])])


def difference(these: Iterable[Measures], those: Iterable[Measures]) -> Measures:
    """How these differ from those on average; of seconds the logarithm of the ratio."""
    pairs = list(zip(these, those, strict=True))
    means = {
        field.name: float(
            np.mean([getattr(a, field.name) - getattr(b, field.name) for a, b in pairs])
        )
        for field in fields(Measures)
    }
    means["seconds"] = float(np.mean([np.log(a.seconds / b.seconds) for a, b in pairs]))
    return Measures(**means)
