"""The melody that espeak itself gives a part: its pitch over time, in semitones.

The wave is clean and of one speaker, so an autocorrelation at a quarter of the rate finds it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .binding import Phoneme
from .envelope import HOP, RATE, Array, kinds_at, peak
from .sounding import Kind

_SLOWER = 4  # samples that become one
_SLOW_RATE = RATE / _SLOWER
_WINDOW = 288  # 52 ms: three periods of a low voice
_SIZE = 512  # of the transform: the window and the longest lag fit in
_LAGS = np.arange(int(_SLOW_RATE / 420), int(_SLOW_RATE / 55))
_SURE, _AS_GOOD = 0.6, 0.88
_FARTHEST = 9.0  # semitones from the middle: what is farther off is a mistake
EVERY = 2  # hops


def contour(pcm: bytes, phonemes: Sequence[Phoneme]) -> Array:
    """The pitch at each hop, in semitones over 1 Hz. Gaps are bridged; no voice at all: empty."""
    wave = np.frombuffer(pcm, np.int16).astype(np.float32) / np.float32(32_768)
    places, pitches = _pitches(wave)
    sounds = kinds_at(phonemes, len(wave) // HOP + EVERY + 1)[EVERY * places.astype(int)]
    places, pitches = places[sounds <= Kind.RINGING], pitches[sounds <= Kind.RINGING]
    if not len(pitches):
        return np.zeros(0, np.float32)
    near = np.abs(pitches - np.median(pitches)) < _FARTHEST
    steady = _median_of_five(np.interp(np.arange(int(places[-1]) + 1), places[near], pitches[near]))
    hops = np.arange(len(wave) // HOP + 1) / EVERY
    return np.interp(hops, np.arange(len(steady)), steady).astype(np.float32)


def _pitches(wave: Array) -> tuple[Array, Array]:
    """Where there is a pitch, in steps of EVERY hops, and which."""
    whole = len(wave) // _SLOWER * _SLOWER
    slow = np.pad(wave[:whole].reshape(-1, _SLOWER).mean(axis=1), _WINDOW)
    starts = np.arange(0, len(wave), EVERY * HOP) // _SLOWER + _WINDOW // 2
    frames = np.lib.stride_tricks.sliding_window_view(slow, _WINDOW)[starts]
    likeness = _likeness(frames)
    loud = np.mean(frames**2, axis=1) > 1e-4 * np.mean(wave**2) + 1e-9
    rows = np.flatnonzero((likeness.max(axis=1) > _SURE) & loud)
    return rows.astype(np.float32), _semitones(likeness[rows])


def _likeness(frames: Array) -> Array:
    """Autocorrelation at the lags of pitches, as if the windows had no ends."""
    window = np.hanning(_WINDOW).astype(np.float32)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, _SIZE)) ** 2)
    power = np.abs(np.fft.rfft(frames * window, _SIZE)) ** 2
    likeness = np.fft.irfft(power) / own.clip(1e-6)
    scaled: Array = likeness[:, _LAGS] / (likeness[:, :1] + 1e-12)
    return scaled.astype(np.float32)


def _semitones(likeness: Array) -> Array:
    """Of each row the shortest lag that is a peak and nearly as good as the best one."""
    inner = likeness[:, 1:-1]
    peaks = (inner >= likeness[:, :-2]) & (inner >= likeness[:, 2:])
    peaks &= inner >= _AS_GOOD * likeness.max(axis=1, keepdims=True)
    top = 1 + np.argmax(peaks, axis=1)
    rows = np.arange(len(likeness))
    lags = _LAGS[top] + peak(*(likeness[rows, top + step] for step in (-1, 0, 1)))
    return np.asarray(12 * np.log2(_SLOW_RATE / lags), np.float32)


def _median_of_five(values: Array) -> Array:
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values, 2, mode="edge"), 5)
    middle: Array = np.median(around, axis=1)
    return middle
