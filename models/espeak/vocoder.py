"""The vocoder: it plays a Source at any pitch, in any time, with any colour.

A pulse of minimum phase for each period, at its exact time, and noise through the same envelope.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from .envelope import BAND_EDGES_HZ, BANDS, HOP, ORDER, RATE, SIZE, Array, Source, Spectra, between

LEAST_HZ, MOST_HZ = 40.0, 1000.0
FIRST_ROWS, ROWS = 60, 200  # how much is made at once: little at first, since somebody waits
TILTS_ABOVE_HZ = 500.0
_LEAD = 16  # samples: a pulse between two samples rings a little before its time
_INAUDIBLE = 0.003  # a share of noise or voice that is not worth its cost
_NEPER = np.log(10) / 20  # a decibel


@dataclass(frozen=True, slots=True)
class Score:
    """What is played: a row for each 5 ms (HOP) of sound."""

    at: Array  # where in the source, in its frames
    hertz: Array  # pitch; it counts where the source has a voice
    decibels: Array  # louder than the source
    tilt: Array  # decibels per octave above 500 Hz, over the source's
    breath: Array  # rows by BANDS: the share of the voice that is noise instead
    formants: float = 1.0  # where they lie, as a factor

    def __len__(self) -> int:
        return len(self.at)


def score(at: Array, hertz: Array) -> Score:
    """The plainest: these places at this pitch."""
    nothing = np.zeros(len(at), np.float32)
    return Score(at, hertz, nothing, nothing, np.zeros((len(at), BANDS), np.float32))


def render(source: Source, score: Score, seed: int = 0) -> Iterator[Array]:
    """The sound, HOP samples a row, in blocks of whole rows. The same seed is the same sound."""
    random = np.random.default_rng(seed)
    beats = _beats(score.hertz)
    rest = np.zeros(2 * SIZE, np.float32)
    for start, stop in blocks(len(score)):
        cepstra, noise = _colours(source, score, start, stop)
        sound = np.pad(rest, (0, (stop - start) * HOP))
        mine = beats[(beats >= start * HOP) & (beats < stop * HOP)]
        _add_pulses(sound, mine - start * HOP, cepstra, noise, score.hertz[start:stop])
        _add_noise(sound, cepstra, noise, random)
        rest = sound[(stop - start) * HOP :]
        yield sound[: (stop - start) * HOP]


def blocks(rows: int) -> Iterator[tuple[int, int]]:
    start, size = 0, FIRST_ROWS
    while start < rows:
        yield start, min(rows, start + size)
        start, size = start + size, ROWS


def _colours(source: Source, score: Score, start: int, stop: int) -> tuple[Array, Array]:
    """Cepstra with tilt, level and formants as the score wants them, and the shares of noise."""
    cepstra, noise = source.at(score.at[start:stop])
    if score.formants != 1.0:
        cepstra = cepstra @ _warp(score.formants)
    cepstra = cepstra + score.tilt[start:stop, None] * _tilt()
    cepstra[:, 0] += score.decibels[start:stop] * np.float32(_NEPER)
    return cepstra, 1 - (1 - noise) * (1 - score.breath[start:stop])


# --- voice ----------------------------------------------------------------------------------------


def _beats(hertz: Array) -> Array:
    """When each period begins, in samples and parts of them."""
    samples = np.arange(len(hertz) * HOP)
    pitch = np.interp(samples, np.arange(len(hertz)) * HOP, np.clip(hertz, LEAST_HZ, MOST_HZ))
    turns = np.cumsum(pitch / RATE) + 0.5
    after = np.flatnonzero(np.diff(np.floor(turns))) + 1
    over = turns[after] - np.floor(turns[after])
    beats: Array = after - over * RATE / pitch[after]
    return beats


def _add_pulses(sound: Array, beats: Array, cepstra: Array, noise: Array, hertz: Array) -> None:
    """`beats` count from the first row of `cepstra`."""
    rows = (np.maximum(beats, 0) / HOP).astype(np.float32)
    voice = 1 - between(noise, rows)
    loud = voice.max(axis=1, initial=0) > _INAUDIBLE
    beats, rows, voice = beats[loud], rows[loud], voice[loud]
    if not len(beats):
        return
    whole = np.floor(beats).astype(int)
    pitch = np.clip(between(hertz[:, None], rows)[:, 0], LEAST_HZ, MOST_HZ)
    spectra = minimum_phase(between(cepstra, rows), SIZE)
    spectra *= over_bins(np.sqrt(np.clip(voice, 0, 1)), SIZE) * np.sqrt(RATE / pitch)[:, None]
    spectra *= -_late(beats - whole + _LEAD)  # downwards, as espeak does it
    spectra[:, 0] = 0
    for start, pulse in zip(whole, np.fft.irfft(spectra, SIZE), strict=True):
        begin = max(0, start - _LEAD)
        sound[begin : start - _LEAD + SIZE] += pulse[begin - (start - _LEAD) :]


def _late(samples: Array) -> Spectra:
    """What moves a spectrum by parts of a sample."""
    turns = np.outer(samples, np.arange(SIZE // 2 + 1) / SIZE).astype(np.float32)
    late: Spectra = np.exp(np.complex64(-2j * np.pi) * turns)
    return late


def minimum_phase(cepstra: Array, size: int) -> Spectra:
    folded = cepstra.copy()
    folded[:, 1:] *= 2
    return np.exp(np.fft.rfft(folded, size)).astype(np.complex64)


# --- noise ----------------------------------------------------------------------------------------


def _add_noise(sound: Array, cepstra: Array, noise: Array, random: np.random.Generator) -> None:
    """Two hops of new noise from each hop on: their powers add up to one."""
    white = random.standard_normal((len(cepstra), 2 * HOP), np.float32)
    loud = np.flatnonzero(noise.max(axis=1) > _INAUDIBLE)
    if not len(loud):
        return
    size = SIZE // 2
    spectra = np.fft.rfft(white[loud] * _fade(), size)
    spectra *= minimum_phase(cepstra[loud], size)
    spectra *= over_bins(np.sqrt(np.clip(noise[loud], 0, 1)), size)
    spectra[:, 0] = 0
    for row, hiss in zip(loud, np.fft.irfft(spectra, size).astype(np.float32), strict=True):
        sound[row * HOP : row * HOP + size] += hiss


@lru_cache(1)
def _fade() -> Array:
    return np.sin(np.pi * (np.arange(2 * HOP) + 0.5) / (2 * HOP)).astype(np.float32)


# --- colour ---------------------------------------------------------------------------------------


def over_bins(bands: Array, size: int) -> Array:
    """Values of bands, spread over the bins of a spectrum."""
    spread: Array = bands @ _spread(size)
    return spread


@lru_cache(2)
def _spread(size: int) -> Array:
    edges = (*BAND_EDGES_HZ, RATE / 2)
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    hertz = np.arange(size // 2 + 1) * RATE / size
    return np.array([np.interp(hertz, middles, row) for row in np.eye(BANDS)], np.float32)


@lru_cache(1)
def _tilt() -> Array:
    """The cepstrum of one decibel per octave."""
    hertz = np.arange(SIZE // 2 + 1) * RATE / SIZE
    octaves = np.log2(np.maximum(hertz, TILTS_ABOVE_HZ) / TILTS_ABOVE_HZ)
    return np.fft.irfft(octaves * _NEPER, SIZE)[:ORDER].astype(np.float32)


@lru_cache(32)
def _warp(factor: float) -> Array:
    """The matrix that moves formants: it reads every log spectrum at frequencies / factor."""
    bins = np.arange(SIZE // 2 + 1)
    read = np.minimum(bins / factor, SIZE / 2)
    waves = 2 * np.cos(2 * np.pi * np.outer(np.arange(ORDER), read) / SIZE)
    waves[0] = 1
    return np.fft.irfft(waves, SIZE)[:, :ORDER].astype(np.float32)
