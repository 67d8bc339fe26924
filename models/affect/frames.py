"""What a voice is like every 10 ms: pitch, how periodic it is, and its power in 32 bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RATE = 16_000
HOP = 160
WINDOW, FFT = 512, 512
PITCH_WINDOW, PITCH_HOP, PITCH_FFT = 320, 80, 1024  # at 8 kHz: 40 ms, 10 ms
SPAN = 2 * PITCH_WINDOW  # samples that one frame looks at
LOWEST_HZ, HIGHEST_HZ = 60.0, 520.0
OCTAVE_COST = 0.03  # of two lags that are as good the shorter one is the period
BANDS = 32
BAND_EDGES_HZ = 80.0, 7_600.0
REFERENCE_HZ = 55.0


@dataclass(frozen=True, slots=True)
class Frames:
    """One row a frame. Powers are of full scale."""

    pitch: Floats  # semitones above REFERENCE_HZ; what is not voiced has one too
    periodicity: Floats  # 0..1
    bands: Floats  # power in mel bands

    def __len__(self) -> int:
        return len(self.pitch)

    def part(self, first: int, last: int) -> Frames:
        return Frames(*(getattr(self, field.name)[first:last] for field in fields(self)))


def joined(parts: Sequence[Frames]) -> Frames:
    columns = ([getattr(part, field.name) for part in parts] for field in fields(Frames))
    return Frames(*(np.concatenate(column) for column in columns))


def no_frames() -> Frames:
    return Frames(
        np.zeros(0, np.float32), np.zeros(0, np.float32), np.zeros((0, BANDS), np.float32)
    )


def _points() -> NDArray[np.float64]:
    """The edges and middles of the bands, evenly spread over the mel scale."""
    low, high = (1127 * np.log1p(hz / 700) for hz in BAND_EDGES_HZ)
    return np.asarray(700 * np.expm1(np.linspace(low, high, BANDS + 2) / 1127))


def _filters() -> Floats:
    edges = _points()
    bins = np.fft.rfftfreq(FFT, 1 / RATE)
    up = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    down = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.maximum(0, np.minimum(up, down)).T, np.float32)


CENTRES_HZ = _points()[1:-1].astype(np.float32)
_FILTERS = _filters()
_HANN = np.hanning(WINDOW).astype(np.float32)
_SCALE = np.float32(1 / (32_768.0**2 * WINDOW * 0.375 * FFT))
_PITCH_HANN = np.hanning(PITCH_WINDOW).astype(np.float32)
_FIRST_LAG, _LAST_LAG = round(8_000 / HIGHEST_HZ), round(8_000 / LOWEST_HZ)
_LAGS = np.arange(_FIRST_LAG - 1, _LAST_LAG + 2)
_OWN = np.fft.irfft(np.abs(np.fft.rfft(_PITCH_HANN, PITCH_FFT)) ** 2)
_SHAPE = (_OWN[0] / _OWN[_LAGS]).astype(np.float32)  # undoes the window (Boersma 1993)
_COST = (OCTAVE_COST * np.log2(_LAGS / _LAGS[0])).astype(np.float32)


def analyse(samples: NDArray[np.int16] | Floats) -> Frames:
    """The frames of a piece of 16 kHz sound, one for each 10 ms of which SPAN is known."""
    sound = samples.astype(np.float32)
    count = (len(sound) - SPAN) // HOP + 1
    if count < 1:
        return no_frames()
    windows = np.lib.stride_tricks.sliding_window_view(sound[(SPAN - WINDOW) // 2 :], WINDOW)
    cut = windows[::HOP][:count]
    cut = (cut - cut.mean(axis=1, keepdims=True)) * _HANN
    power = (np.abs(np.fft.rfft(cut, FFT)) ** 2).astype(np.float32) * _SCALE
    pitch, periodicity = _pitch(sound, count)
    return Frames(pitch, periodicity, np.asarray(power @ _FILTERS, np.float32))


def _pitch(sound: Floats, count: int) -> tuple[Floats, Floats]:
    """By autocorrelation, at half the rate."""
    halved = sound[: len(sound) // 2 * 2].reshape(-1, 2).mean(axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(halved, PITCH_WINDOW)
    cut = windows[::PITCH_HOP][:count]
    cut = (cut - cut.mean(axis=1, keepdims=True)) * _PITCH_HANN
    own = np.fft.irfft(np.abs(np.fft.rfft(cut, PITCH_FFT)) ** 2).astype(np.float32)
    clear = own[:, _FIRST_LAG - 1 : _LAST_LAG + 2] * _SHAPE / (own[:, :1] + 1.0)
    best = 1 + np.argmax((clear - _COST)[:, 1:-1], axis=1)
    lag, height = _between(clear, best)
    pitch = 12 * np.log2(8_000 / lag / REFERENCE_HZ)
    return pitch.astype(np.float32), np.clip(height, 0, 1).astype(np.float32)


def _between(clear: Floats, best: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """The lag of each peak to less than a sample, by a parabola, and how high it is."""
    left, middle, right = (clear[np.arange(len(best)), best + step] for step in (-1, 0, 1))
    bend = np.minimum(left - 2 * middle + right, -1e-9)
    shift = (0.5 * (left - right) / bend).clip(-1, 1)
    return np.asarray(_LAGS[best] + shift, np.float32), middle


class Analyser:
    """The same for sound that comes in pieces: their frames are those of the whole."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)

    def feed(self, samples: NDArray[np.int16]) -> Frames:
        sound = np.concatenate((self._rest, samples.astype(np.float32)))
        frames = analyse(sound)
        self._rest = sound[len(frames) * HOP :]
        return frames
