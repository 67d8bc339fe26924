"""Laughs are heard by their rhythm, while they are going on: a sound of its own, and no mood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from . import arrays
from .frames import BANDS, Floats, Frames, joined
from .rhythm import LATE, LOUD_DB, NAMES, SPAN, Ints, seconds

KIND = "laugh"  # sobs, sighs and gasps were not to be told apart: see README.md
FRAME_MS = 10
STEP = 10  # frames from one look to the next
BLOCK = 60  # frames that are looked at together: it costs less
LEAD = 50  # frames of nothing before the first sound
LOOKS = 3  # so many looks in a row must be sure
LONG_MS = 1_500  # what goes on for so long is told before it is over
LEAST_MS = 200  # what is left of a long one
GAP_MS = 300  # a longer pause begins anew
FARTHEST = 4.0  # spreads


@dataclass(frozen=True, slots=True)
class Weights:
    """A net with one hidden layer; the last row of each layer is its bias."""

    names: tuple[str, ...]
    mean: Floats
    spread: Floats
    hidden: Floats
    out: Floats
    sure: float  # the score from which it is a laugh

    def save(self, path: Path) -> None:
        arrays.save(path, asdict(self))


def load(path: Path) -> Weights:
    told = arrays.load(path, NAMES, "train_bursts.py")
    return Weights(names=NAMES, sure=float(told.pop("sure")), **told)


def scores(weights: Weights, rows: Floats) -> Floats:
    """Log-odds of a laugh for each second. One that has just fallen silent is none."""
    beside = np.clip((rows - weights.mean) / weights.spread, -FARTHEST, FARTHEST)
    hidden = np.tanh(beside @ weights.hidden[:-1] + weights.hidden[-1])
    found = hidden @ weights.out[:-1] + weights.out[-1]
    return np.asarray(np.where(rows[:, LATE] > 0, found, -np.inf), np.float32)


@dataclass(frozen=True, slots=True)
class Burst:
    """From where to where in the user's audio, in milliseconds."""

    begin: int
    end: int
    confidence: float


def nothing(count: int) -> Frames:
    return Frames(*(np.zeros((count, *more), np.float32) for more in ((), (), (BANDS,))))


class Laughs:
    """Follows one turn. `laughed_ms` is how much of it was laughed, as far as that was told."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.forget()

    def forget(self) -> None:
        """Another turn begins."""
        self.laughed_ms = 0
        self._until = self._told = 0
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._frames, self._looked = nothing(LEAD), SPAN - STEP
        self._last: list[float] = []  # what the looks before said
        self._near = False  # whether the last of them were to be looked at closely
        self._on: Burst | None = None

    def hear(self, frames: Frames, until: int, background: Floats) -> Iterator[Burst]:
        """The next frames of the turn, which end at `until`; what was heard before is left out."""
        if until <= self._until:
            return
        again = self._until - (until - len(frames) * FRAME_MS)
        frames = frames.part(max(0, again) // FRAME_MS, len(frames))
        if until - len(frames) * FRAME_MS - self._until > GAP_MS:
            yield from self.pause()
            self._begin_anew()
        self._until, self._background = until, background
        self._frames = joined((self._frames, frames))
        if len(self._frames) - self._looked >= BLOCK:
            yield from self._look(LOOKS)

    def pause(self) -> Iterator[Burst]:
        """Nobody speaks any more, or somebody cannot wait: what is known now?"""
        yield from self._look(1)
        yield from self._tell()

    def _look(self, at_once: int) -> Iterator[Burst]:
        ends = np.arange(self._looked + STEP, len(self._frames) + 1, STEP)
        ends = ends[: len(ends) // at_once * at_once]
        if not len(ends):
            return
        for end, score in zip(ends.tolist(), self._scores(ends).tolist(), strict=True):
            yield from self._take(end, score)
        kept = int(ends[-1]) + STEP - SPAN
        self._frames, self._looked = self._frames.part(kept, len(self._frames)), SPAN - STEP

    def _scores(self, ends: Ints) -> Floats:
        """Of any LOOKS in a row one is the last of a group. So that one is enough to look at; the
        others of its group, and of the next one, only where it is sure.
        """
        group = np.arange(len(ends)) // LOOKS
        last = np.arange(len(ends)) % LOOKS == LOOKS - 1
        said = np.full(len(ends), -np.inf, np.float32)
        said[last] = self._score(ends[last])
        sure = np.zeros(group[-1] + 1, bool)
        sure[group[last]] = said[last] >= self._weights.sure
        close = sure | np.append(self._near, sure[:-1])
        said[close[group] & ~last] = self._score(ends[close[group] & ~last])
        self._near = bool(sure[-1]) or not last[-1]
        return said

    def _score(self, ends: Ints) -> Floats:
        if not len(ends):
            return np.zeros(0, np.float32)
        return scores(self._weights, seconds(self._frames, ends, self._background))

    def _take(self, end: int, score: float) -> Iterator[Burst]:
        self._last = [*self._last[1 - LOOKS :], score]
        least = min(self._last)
        if len(self._last) < LOOKS or least < self._weights.sure:
            yield from self._tell()
            return
        begin, until = self._span(end)
        sure = float(1 / (1 + np.exp(-least)))
        on = self._on or Burst(max(begin, self._told), until, sure)
        self._on = Burst(on.begin, until, max(on.confidence, sure))
        if until - on.begin >= LONG_MS:
            yield from self._tell()

    def _span(self, end: int) -> tuple[int, int]:
        """From the first to the last loud frame of the second that ends there."""
        bands = self._frames.bands[end - SPAN : end]
        power = np.maximum(bands - self._background, 0).sum(axis=1)
        loud = np.flatnonzero(power > power.max() * 10 ** (LOUD_DB / 10))
        first, last = (
            self._until - (len(self._frames) - end + SPAN - it) * FRAME_MS
            for it in (int(loud[0]), int(loud[-1]) + 1)
        )
        return first, last

    def _tell(self) -> Iterator[Burst]:
        burst, self._on = self._on, None
        if burst is not None and burst.end - burst.begin >= LEAST_MS:
            self.laughed_ms += burst.end - burst.begin
            self._told = burst.end
            yield burst
