"""What a voice sounds like at each moment: its spectral envelope, and how noisy each band is.

espeak says the part in monotone, so that the pitch is known: windows of three periods and
smoothing over one leave the envelope alone (the idea of CheapTrick: Morise 2015), without a search.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from .binding import Phoneme
from .sounding import Kind, kind

Array = npt.NDArray[np.floating[Any]]
Spectra = npt.NDArray[np.complexfloating[Any, Any]]

RATE = 22_050  # espeak's own
HOP = 110  # samples: 5 ms
SIZE = 1024
ORDER = 128  # cepstral coefficients of a frame
BAND_EDGES_HZ = (0, 1000, 2500, 5000)
BANDS = len(BAND_EDGES_HZ)
BLOCK = 64  # frames that are analysed together
SILENCE = 1e-9  # of full scale, squared

_LOWEST_HZ, _HIGHEST_HZ = 50, 450
_NOISE = {
    Kind.VOWEL: (0.0, 0.005, 0.03, 0.06),
    Kind.RINGING: (0.0, 0.005, 0.03, 0.06),
    Kind.HISSING: (1.0,) * BANDS,
    Kind.SILENT: (1.0,) * BANDS,
}


class Source:
    """A part in monotone, analysed as far as somebody has asked for it."""

    def __init__(self, pcm: bytes, phonemes: Sequence[Phoneme]) -> None:
        wave = np.frombuffer(pcm, np.int16).astype(np.float32) / np.float32(32_768)
        self.frames = len(wave) // HOP + 1
        self.hertz = monotone_hertz(wave)
        self.kinds = kinds_at(phonemes, self.frames)
        self._wave = np.pad(wave, SIZE)
        self._blocks: dict[int, tuple[Array, Array]] = {}

    @property
    def seconds(self) -> float:
        return self.frames * HOP / RATE

    def at(self, places: Array) -> tuple[Array, Array]:
        """Cepstra and noise shares (rows by BANDS) at these places, counted in frames."""
        places = np.clip(places, 0, self.frames - 1)
        first = int(places.min()) // BLOCK
        last = min(int(places.max()) + 1, self.frames - 1) // BLOCK
        blocks = [self._block(number) for number in range(first, last + 1)]
        inside = places - np.float32(first * BLOCK)
        cepstra, noise = (np.concatenate(rows) for rows in zip(*blocks, strict=True))
        return between(cepstra, inside), between(noise, inside)

    def _block(self, number: int) -> tuple[Array, Array]:
        if number not in self._blocks:
            rows = np.arange(number * BLOCK, min((number + 1) * BLOCK, self.frames))
            cepstra = _cepstra(self._wave, SIZE + rows * HOP, self.hertz)
            self._blocks[number] = cepstra, self._noise(rows)
        return self._blocks[number]

    def _noise(self, rows: npt.NDArray[np.int64]) -> Array:
        noise = np.ones((len(rows), BANDS), np.float32)
        for sounds, shares in _NOISE.items():
            noise[self.kinds[rows] == sounds] = shares
        buzzing = self.kinds[rows] == Kind.BUZZING
        if buzzing.any():
            noise[buzzing] = 1 - _harmonicity(self._wave, SIZE + rows[buzzing] * HOP, self.hertz)
        return noise


def between(rows: Array, places: Array) -> Array:
    """Rows of a table at places that may lie between two of them."""
    below = np.clip(places.astype(int), 0, max(0, len(rows) - 2))
    above = np.minimum(below + 1, len(rows) - 1)
    share = np.clip(places - below, 0, 1)[:, None].astype(np.float32)
    mixed: Array = rows[below] * (1 - share) + rows[above] * share
    return mixed


def monotone_hertz(wave: Array) -> float:
    """The one pitch of a monotone, from the mean autocorrelation of all of it."""
    size, enough = 2048, min(len(wave), 3 * RATE)
    frames = _cut(np.pad(wave, (0, size)), np.arange(0, max(1, enough), size // 2), size)
    power = np.mean(np.abs(np.fft.rfft(frames * np.hanning(size).astype(np.float32))) ** 2, axis=0)
    likeness = np.fft.irfft(power)
    lags = np.arange(RATE // _HIGHEST_HZ, RATE // _LOWEST_HZ)
    ranked = likeness[lags]
    good = np.flatnonzero(ranked >= 0.85 * ranked.max())
    run = good[: int(np.argmax(np.diff(good, append=10**9) > 1)) + 1]  # the shortest of the best
    best = int(lags[run[np.argmax(ranked[run])]])
    return float(RATE / (best + peak(*likeness[best - 1 : best + 2])))


def peak(before: Array, middle: Array, after: Array) -> Array:
    """Where parabolas through three neighbours have their tops, counted from the middle one."""
    bend = np.minimum(before - 2 * middle + after, -1e-12)
    return np.asarray(np.clip((before - after) / (2 * bend), -0.5, 0.5))


# --- the envelope ---------------------------------------------------------------------------------


def _cut(wave: Array, starts: npt.NDArray[np.int64], length: int) -> Array:
    windows: Array = np.lib.stride_tricks.sliding_window_view(wave, length)[starts]
    return windows


def _cepstra(wave: Array, centres: npt.NDArray[np.int64], hertz: float) -> Array:
    window = _window(round(3 * RATE / hertz) | 1)
    frames = _cut(wave, centres - len(window) // 2, len(window)) * window
    power = np.abs(np.fft.rfft(frames, SIZE)) ** 2
    smooth = _smoothed(power, hertz * 2 / 3 * SIZE / RATE) + np.float32(SILENCE)
    cepstra = np.fft.irfft(np.log(smooth) / 2, SIZE)[:, :ORDER]
    return (cepstra * _lifter(hertz)).astype(np.float32)


@lru_cache(8)
def _window(length: int) -> Array:
    """A window that leaves the power of noise as it is."""
    window = np.hanning(length + 2)[1:-1]
    level: Array = window / np.sqrt(np.sum(window**2))
    return level.astype(np.float32)


def _smoothed(power: Array, width: float) -> Array:
    """The mean over `width` bins round each bin, parts of bins included; mirrored at the ends."""
    bins, half = power.shape[1], width / 2
    more = int(half) + 2
    mirrored = np.pad(power, ((0, 0), (more, more)), mode="reflect")
    sums = np.cumsum(np.pad(mirrored, ((0, 0), (1, 0))), axis=1, dtype=np.float64)
    middles = np.arange(bins) + more + 0.5
    return ((_sum_to(sums, middles + half) - _sum_to(sums, middles - half)) / width).astype(
        np.float32
    )


def _sum_to(sums: Array, edges: Array) -> Array:
    whole = edges.astype(int)
    share = edges - whole
    reached: Array = sums[:, whole] * (1 - share) + sums[:, whole + 1] * share
    return reached


def _lifter(hertz: float) -> Array:
    """Take out what is left of the harmonics, and make good what the smoothing took."""
    turns = hertz * np.arange(ORDER) / RATE
    return (np.sinc(turns) * (1.18 - 0.18 * np.cos(2 * np.pi * turns))).astype(np.float32)


# --- noise ----------------------------------------------------------------------------------------


def kinds_at(phonemes: Sequence[Phoneme], frames: int) -> npt.NDArray[np.int64]:
    """The kind of sound at each hop."""
    kinds = np.full(frames, int(Kind.SILENT))
    for phoneme in phonemes:
        kinds[round(phoneme.start / HOP) : round(phoneme.end / HOP)] = kind(phoneme.name)
    return kinds


def _harmonicity(wave: Array, centres: npt.NDArray[np.int64], hertz: float) -> Array:
    """How alike two neighbouring periods are, in each band: 1 is a pure voice, 0 is noise."""
    period = round(RATE / hertz)
    window = np.hanning(2 * period).astype(np.float32)
    starts = centres - period - period // 2
    before, after = (
        np.fft.rfft(_cut(wave, starts + shift, len(window)) * window, SIZE) for shift in (0, period)
    )
    both = _aligned(before * np.conj(after))
    edges = [edge * SIZE // RATE for edge in BAND_EDGES_HZ]
    common, one, other = (
        np.add.reduceat(part, edges, axis=1)
        for part in (both.real, np.abs(before) ** 2, np.abs(after) ** 2)
    )
    return np.clip(common / np.sqrt(one * other + 1e-12), 0, 1).astype(np.float32)


def _aligned(cross: Spectra) -> Spectra:
    """Take out of cross spectra that the period was not quite the one that was expected."""
    near = 6
    likeness = np.fft.irfft(cross, SIZE)
    likeness = np.concatenate([likeness[:, -near:], likeness[:, : near + 1]], axis=1)
    best = np.clip(np.argmax(likeness, axis=1), 1, 2 * near - 1)
    rows = np.arange(len(likeness))
    lags = best - near + peak(*(likeness[rows, best + step] for step in (-1, 0, 1)))
    turns = np.outer(lags, np.arange(SIZE // 2 + 1) / SIZE)
    return (cross * np.exp(2j * np.pi * turns)).astype(np.complex64)
