"""From a feeling to a score: where in the source, at which pitch, how loud, in what colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .binding import Phoneme
from .contour import contour
from .envelope import HOP, RATE, Array, Source
from .prosody import Feeling
from .sounding import stressed
from .stretch import Clock, clock
from .vocoder import Score
from .words import Take

TONAL = ("cmn", "yue", "hak", "vi", "th", "my", "shn")
"""Where the melody is part of the words: it may grow and shrink, but is not bent."""
_BENT_LESS = 0.25
_END_MS = 350
_SILENT = -70.0  # decibels
_TREMOR_HZ = 6.0
_BREATH = np.array([0.02, 0.25, 0.7, 0.9], np.float32)  # of each band, at breath 1
_LEAST, _MOST = 12 * np.log2(50.0), 12 * np.log2(700.0)


@dataclass(frozen=True, slots=True)
class Subject:
    """A part before it is shaped: its envelope, its melody and its times."""

    take: Take  # in monotone
    source: Source
    melody: Array  # semitones at each frame of the source
    usual: int  # samples that espeak takes for it at pace 1
    tonal: bool = False

    @property
    def samples(self) -> int:
        return len(self.take.pcm) // 2


def subject(monotone: Take, natural: Take, language: str, usual: int) -> Subject:
    """Join espeak's two ways of saying a part: in monotone, and with its melody."""
    source = Source(monotone.pcm, monotone.phonemes)
    melody = _moved(contour(natural.pcm, natural.phonemes), natural, monotone, source.frames)
    tonal = language.partition("-")[0] in TONAL
    return Subject(monotone, source, melody, usual, tonal)


def _moved(melody: Array, natural: Take, monotone: Take, frames: int) -> Array:
    """The melody at the frames of the monotone: in some voices the two differ by some ms."""
    if not len(melody):
        return np.full(frames, 12 * np.log2(100.0), np.float32)
    ours, theirs = ([it.start for it in take.phonemes] for take in (monotone, natural))
    hops: Array = np.arange(frames) * float(HOP)
    if len(ours) == len(theirs):
        hops = np.interp(hops, [*ours, ours[-1] + RATE], [*theirs, theirs[-1] + RATE])
    return np.interp(hops / HOP, np.arange(len(melody)), melody).astype(np.float32)


def timed(subject: Subject, feeling: Feeling, pace: float) -> Clock:
    wanted = subject.usual * float(np.exp(feeling.slowness)) / pace
    factor = wanted / max(1, subject.samples)
    breaks = _breaks(subject.take) if pace < 1 else ()
    return clock(subject.take.phonemes, subject.samples, factor, breaks)


def _breaks(take: Take) -> list[int]:
    """Where words begin that do not come after a pause anyhow."""
    pauses = [(it.start, it.end) for it in take.phonemes if not it.name and it.end > it.start]
    starts = [word.start for word in take.words[1:]]
    near = RATE // 30
    return [
        start
        for start in starts
        if start > 0 and not any(a - near < start < b + near for a, b in pauses)
    ]


def scored(
    subject: Subject, feeling: Feeling, clock: Clock, pitch: float, whispered: bool, seed: int
) -> Score:
    rows = max(2, -(-clock.samples // HOP))
    at = (clock.back(np.arange(rows) * float(HOP)) / HOP).astype(np.float32)
    accents = _accents(clock.phonemes(subject.take.phonemes), rows)
    random = np.random.default_rng(seed)
    semitones = _melody(subject, feeling, at, accents, random) + np.float32(pitch)
    return Score(
        at,
        (2 ** (np.clip(semitones, _LEAST, _MOST) / 12)).astype(np.float32),
        feeling.level + feeling.weight * (accents - accents.mean()) + _hush(clock, rows),
        np.full(rows, feeling.tilt, np.float32),
        np.tile(np.float32(whispered) + _BREATH * feeling.breath * (not whispered), (rows, 1)),
        float(np.exp(feeling.formants)),
    )


def _melody(
    subject: Subject, feeling: Feeling, at: Array, accents: Array, random: np.random.Generator
) -> Array:
    """The part's own melody wider or narrower, and bent as the feeling wants it."""
    middle = np.float32(np.median(subject.melody))
    own = np.interp(at, np.arange(len(subject.melody)), subject.melody) - middle
    rows = len(at)
    end = _end(rows)
    bent = feeling.accent * accents + feeling.ending * end
    bent += feeling.fall * (0.5 - np.linspace(0, 1, rows))
    shake = feeling.tremor * np.sin(2 * np.pi * _TREMOR_HZ * HOP / RATE * np.arange(rows))
    shake += (feeling.jitter + feeling.creak * end) * random.standard_normal(rows)
    bent *= _BENT_LESS if subject.tonal else 1.0
    melody = middle + feeling.pitch + own * np.exp(feeling.spread) + bent + shake
    return np.asarray(melody, np.float32)


def _accents(phonemes: tuple[Phoneme, ...], rows: int) -> Array:
    """A bell over every stressed vowel."""
    places = np.arange(rows)
    accents = np.zeros(rows, np.float32)
    for phoneme in phonemes:
        if stressed(phoneme.name):
            middle, width = (phoneme.start + phoneme.end) / 2, phoneme.end - phoneme.start
            distance = (places * HOP - middle) / max(width, RATE // 20) * 1.6
            accents = np.maximum(accents, np.exp(-(distance**2)))
    return accents.astype(np.float32)


def _end(rows: int) -> Array:
    """0 before the end, and up to 1 over the last of the part."""
    left = np.arange(rows)[::-1] * HOP / RATE * 1000
    return np.clip(1 - left / _END_MS, 0, 1).astype(np.float32)


def _hush(clock: Clock, rows: int) -> Array:
    """The level that makes gaps silent, and fades the words at their edges."""
    times = np.arange(rows) * float(HOP)
    hush = np.zeros(rows)
    for start, end in clock.gaps:
        inside = np.minimum(times - start, end - times) / HOP
        hush = np.minimum(hush, np.clip(-12 * (inside + 1), _SILENT, 0))
    return hush.astype(np.float32)
