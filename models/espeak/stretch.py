"""Time: how long each phoneme becomes if the whole shall last so long.

Vowels give and take most, hissing least, as in people who speak faster or slower. Who speaks very
slowly does not drawl, but parts the words: a gap is a place where the source stands still.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .binding import Phoneme
from .envelope import Array
from .sounding import Kind, kind
from .words import TimedWord

PLIANT = {
    Kind.VOWEL: 1.0,
    Kind.RINGING: 0.8,
    Kind.BUZZING: 0.6,
    Kind.HISSING: 0.45,
    Kind.SILENT: 1.3,
}
DRAWL = 0.15  # of the log factor of slowness falls to the words themselves, the rest to gaps
LONGEST_GAP = 8000  # samples
_STEPS = 40  # of halving: far below a sample


@dataclass(frozen=True, slots=True)
class Clock:
    """From the samples of the source to those of the sound, and back. Both rise."""

    source: Array
    sound: Array
    gaps: tuple[tuple[float, float], ...] = ()  # of the sound: silent

    @property
    def samples(self) -> int:
        return round(float(self.sound[-1]))

    def then(self, samples: Iterable[int]) -> list[int]:
        """When in the sound these samples of the source are heard."""
        found = np.interp(list(samples), self.source, self.sound)
        return [round(float(sample)) for sample in found]

    def back(self, samples: Array) -> Array:
        """Which of the source is heard at these samples of the sound."""
        found: Array = np.interp(samples, self.sound, self.source)
        return found

    def phonemes(self, spoken: Sequence[Phoneme]) -> tuple[Phoneme, ...]:
        starts, ends = self.then(it.start for it in spoken), self.then(it.end for it in spoken)
        return tuple(map(Phoneme, [it.name for it in spoken], starts, ends))

    def words(self, spoken: Sequence[TimedWord]) -> tuple[TimedWord, ...]:
        starts, ends = self.then(it.start for it in spoken), self.then(it.end for it in spoken)
        return tuple(map(TimedWord, [it.text for it in spoken], starts, ends))


def clock(
    phonemes: Sequence[Phoneme], samples: int, factor: float, breaks: Sequence[int] = ()
) -> Clock:
    """A part of so many samples, `factor` times as long, with gaps at `breaks` if that is slow."""
    edges = [0, *(it.start for it in phonemes), phonemes[-1].end if phonemes else 0, samples]
    pliant = [PLIANT[Kind.HISSING], *(PLIANT[kind(it.name)] for it in phonemes), 0.5]
    source = np.maximum.accumulate(np.clip(np.array(edges, np.float64), 0, samples))
    gap = _gap(samples, factor, len(breaks))
    total = samples * factor - gap * len(breaks)
    lengths = stretched(np.diff(source), np.array(pliant[: len(source) - 1]), total)
    even = Clock(source, np.concatenate([[0.0], np.cumsum(lengths)]))
    return _with_gaps(even, sorted(breaks), gap) if gap else even


def _gap(samples: int, factor: float, breaks: int) -> float:
    if factor <= 1 or not breaks:
        return 0.0
    return float(min(LONGEST_GAP, samples * (factor - factor**DRAWL) / breaks))


def _with_gaps(even: Clock, breaks: Sequence[int], gap: float) -> Clock:
    """Stop for a gap before each of these samples of the source."""
    befores = np.array(breaks, np.float64)
    inner = np.unique(np.concatenate([even.source, befores - 1, befores]))
    waits = gap * np.searchsorted(befores, inner, side="right")
    sound = np.interp(inner, even.source, even.sound) + waits
    ends = np.interp(befores, inner, sound)
    return Clock(inner, sound, tuple((float(end - gap), float(end)) for end in ends))


def stretched(lengths: Array, pliant: Array, total: float) -> Array:
    """Lengths that sum up to `total`, each changed by the same factor to the power of `pliant`."""
    low, high = -8.0, 8.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        too_long = float(np.sum(lengths * np.exp(middle * pliant))) > total
        low, high = (low, middle) if too_long else (middle, high)
    changed: Array = lengths * np.exp((low + high) / 2 * pliant)
    return changed
