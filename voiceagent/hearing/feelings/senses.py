"""A port for what else is measured of the user beside the sound, such as a heart rate.

Each channel counts against the user's own usual. Of what came only sums are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, sqrt, tanh

from voiceagent.parts import Sample

ALIGN_MS = 200
LEARN = 5  # samples of a channel before anything is unusual in it
SHIFT = 0.2  # of valence or arousal, at most

Shift = tuple[float, float]
CHANNELS: Mapping[str, Shift] = {
    "heart_rate": (0.0, 1.0),
    "skin_conductance": (0.0, 1.0),
    "engagement": (0.2, 0.5),  # an index from EEG, such as beta / (alpha + theta)
    "eeg_valence": (0.7, 0.0),  # one of emotion, such as frontal asymmetry
    "eye_movement": (0.0, 0.2),  # the share of the time in which the eyes move
    "gaze": (0.1, 0.2),  # the share in which they rest on what this is about
    "smile": (1.0, 0.3),
    "frown": (-1.0, 0.2),
}
"""Which way a channel that is above its usual moves valence and arousal. These are assumptions
and no measurements: small where a channel may rise for other reasons.
"""


@dataclass(slots=True)
class _Channel:
    count: int = 0
    mean: float = 0.0
    square: float = 0.0
    last: tuple[int, float, float] | None = None  # of the latest: when, how unusual, how good
    total: float = 0.0
    weight: float = 0.0

    def unusual(self, value: float) -> float:
        """In standard deviations from the usual, and learn from it."""
        spread = sqrt(self.square / self.count) if self.count >= LEARN else 0.0
        away = (value - self.mean) / spread if spread > 0 else 0.0
        self.count += 1
        step = value - self.mean
        self.mean += step / self.count
        self.square += step * (value - self.mean)
        return max(-4.0, min(4.0, away))

    def note(self, away: float, quality: float) -> None:
        self.total += quality * away
        self.weight += quality


class Senses:
    def __init__(self) -> None:
        self._channels: dict[str, _Channel] = {}
        self._begin: int | None = None
        self._end: int | None = None

    def take(self, sample: Sample) -> None:
        """A sample of an unknown channel, or of no quality, is passed over."""
        useful = sample.quality > 0 and isfinite(sample.value)
        if not useful or sample.name not in CHANNELS:
            return
        good = min(1.0, sample.quality)
        channel = self._channels.setdefault(sample.name, _Channel())
        away = channel.unusual(sample.value)
        if channel.last is None or sample.at >= channel.last[0]:
            channel.last = sample.at, away, good
        if self._begin is not None and self._inside(sample.at):
            channel.note(away, good)

    def begin(self, at: int) -> None:
        """Speech begins here. What came a moment before belongs to it."""
        if self._begin is not None:
            self._end = None
            return
        self._begin = at
        for channel in self._channels.values():
            if channel.last is not None and self._inside(channel.last[0]):
                channel.note(*channel.last[1:])

    def end(self, at: int) -> None:
        self._end = at

    def shift(self) -> Shift:
        """How far valence and arousal are moved by what came with this speech."""
        valence = arousal = 0.0
        for name, channel in self._channels.items():
            if channel.weight:
                away = tanh(channel.total / channel.weight / 2) * min(1.0, channel.weight)
                valence += SHIFT * CHANNELS[name][0] * away
                arousal += SHIFT * CHANNELS[name][1] * away
        return max(-SHIFT, min(SHIFT, valence)), max(-SHIFT, min(SHIFT, arousal))

    def forget(self) -> None:
        """The turn is over; the usual stays."""
        self._begin = self._end = None
        for channel in self._channels.values():
            channel.total = channel.weight = 0.0

    def _inside(self, at: int) -> bool:
        late = self._end is not None and at > self._end + ALIGN_MS
        return self._begin is not None and at >= self._begin - ALIGN_MS and not late
