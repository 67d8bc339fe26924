"""Laughs, sighs and breaths, played on the speaker's own "ha": tables of what is where when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from voiceagent.style import Style

from .envelope import BANDS, HOP, RATE, Array
from .shaping import Subject
from .sounding import Kind
from .vocoder import Score, render

TEXT = "ha"
GAP_MS = 90  # between a sound and what follows it
_SILENT = -70.0


@dataclass(frozen=True, slots=True)
class Knot:
    """What is so at this time; between two of them all of it changes evenly."""

    ms: float
    vowel: float  # 0 is the h of "ha", 1 its vowel
    breath: float  # the share of noise
    decibels: float
    semitones: float = 0.0  # over the speaker's middle


def _ha(start_ms: float, semitones: float, decibels: float) -> tuple[Knot, ...]:
    """One push of a laugh, 190 ms of it."""
    return (
        Knot(start_ms, 0.6, 1.0, _SILENT, semitones + 1),
        Knot(start_ms + 25, 0.7, 1.0, decibels - 9, semitones + 1),
        Knot(start_ms + 60, 0.9, 0.7, decibels - 6, semitones + 1),
        Knot(start_ms + 85, 1.0, 0.2, decibels, semitones + 0.5),
        Knot(start_ms + 120, 1.0, 0.2, decibels - 1, semitones - 0.5),
        Knot(start_ms + 155, 0.8, 0.7, decibels - 10, semitones - 1.5),
        Knot(start_ms + 190, 0.6, 1.0, decibels - 25, semitones - 2),
    )


NOISES: dict[str, tuple[Knot, ...]] = {
    "laugh": (
        *_ha(0, 6.0, 0.0),
        *_ha(195, 5.5, 1.0),
        *_ha(385, 4.0, -1.0),
        *_ha(570, 2.5, -4.0),
        *_ha(750, 1.0, -8.0),
        Knot(960, 0.6, 1.0, _SILENT),
    ),
    "sigh": (
        Knot(0, 0.3, 1.0, _SILENT, 1),
        Knot(90, 0.5, 1.0, -14, 2),
        Knot(200, 1.0, 0.75, -6, 3),
        Knot(450, 1.0, 0.8, -9, 0),
        Knot(750, 0.9, 0.95, -15, -3),
        Knot(1000, 0.6, 1.0, -28, -5),
        Knot(1080, 0.5, 1.0, _SILENT, -5),
    ),
    "breath": (
        Knot(0, 0.2, 1.0, _SILENT),
        Knot(120, 0.3, 1.0, -13),
        Knot(270, 0.5, 1.0, -9),
        Knot(340, 0.5, 1.0, -14),
        Knot(400, 0.4, 1.0, _SILENT),
    ),
}


def noise(name: str, ha: Subject, style: Style, seed: int) -> Iterator[Array]:
    """A sound of NOISES, by whoever said `ha`."""
    knots = NOISES[name]
    rows = np.arange(int(knots[-1].ms * RATE / 1000 / HOP) + 1)
    times = rows * (1000 * HOP / RATE)

    def curve(field: str) -> Array:
        values = [getattr(knot, field) for knot in knots]
        return np.asarray(np.interp(times, [knot.ms for knot in knots], values), np.float32)

    begin, vowel = _places(ha)
    middle = float(np.median(ha.melody)) + style.pitch
    breath = np.maximum(curve("breath"), np.float32(style.mode == "whisper"))
    score = Score(
        begin + (vowel - begin) * curve("vowel"),
        (2 ** ((middle + curve("semitones")) / 12)).astype(np.float32),
        curve("decibels"),
        np.zeros(len(rows), np.float32),
        np.repeat(breath[:, None], BANDS, axis=1),
    )
    return render(ha.source, score, seed)


def _places(ha: Subject) -> tuple[float, float]:
    """The frames in the middle of the h and of the vowel, or of all if there is no vowel."""
    vowel = np.flatnonzero(ha.source.kinds == Kind.VOWEL)
    if not len(vowel):
        return ha.source.frames / 2, ha.source.frames / 2
    return float(vowel[0]) / 2, float(np.mean(vowel))
