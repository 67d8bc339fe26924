"""From a line's times to a score for the vocoder: pitch, vibrato, portamento, level and breath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .envelope import HOP, RATE, Array, Source
from .prosody import Feeling
from .song_layout import Layout, Line, Sung, Tone
from .vocoder import Score

_ROW_S = HOP / RATE
_SILENT = -70.0
_FADE_IN_S, _FADE_OUT_S = 0.008, 0.06
_EVENED, _MOST_EVENED = 0.7, 6.0  # how far vowels of a line are brought to one level, decibels
_BREATH_S, _BREATH_DB = 0.26, -24.0
_HUM_DB = 6.0  # over what is left of a voice behind closed lips
_DIP_DB, _DIP_S = -14.0, 0.03  # between hummed notes
_SWAY, _SWAY_HZ = 0.4, 0.7  # frames: no sound that is held is quite still
BREATH = np.array([0.02, 0.25, 0.7, 0.9], np.float32)  # of each band, at breath 1
_LOWEST, _HIGHEST = 12 * np.log2(55.0), 12 * np.log2(950.0)


@dataclass(frozen=True, slots=True)
class Manner:
    """How notes are joined and ornamented."""

    glide_s: float = 0.06
    before: float = 2 / 3  # of the glide lies before the note
    vibrato_hz: float = 5.6
    vibrato: float = 0.38  # semitones to each side
    steady_s: float = 0.2  # before the vibrato begins, and as long until it is full
    fall: float = 0.0  # semitones a second, within a note
    brightness: float = 1.0  # decibels per octave
    breathes: bool = True


SINGING = Manner()
RAPPING = Manner(glide_s=0.1, vibrato=0.0, fall=6.0, brightness=1.5, breathes=False)
HUMMING = Manner(glide_s=0.09, vibrato=0.25, brightness=0.0)


def scored(line: Line, layout: Layout, source: Source, how: Manner, felt: Feeling) -> Score:
    """A line sung on its own words."""
    times = np.arange(line.rows) * float(HOP)
    at = (layout.clock.back(times) / HOP).astype(np.float32)
    level = _hush(layout, times) + _evened(line.sung, source, times + line.begin) + felt.level
    breath = _breathy(line, felt)
    if how.breathes:
        inhaled = _inhaled(layout, times)
        at = np.where(inhaled > 0, _vowel(line), at).astype(np.float32)
        level = np.where(inhaled > 0, _BREATH_DB - 20 * (1 - inhaled), level)
        breath[inhaled > 0] = 1.0
    return _score(line, at, level, breath, how, felt)


def hummed(line: Line, layout: Layout, place: float, felt: Feeling) -> Score:
    """One closed sound, in frames of its own source, that dips from note to note."""
    times = np.arange(line.rows) * float(HOP)
    dips = np.zeros(line.rows)
    for it in line.sung[1:]:
        away = (times + line.begin) / RATE - it.start
        dips = np.minimum(dips, _DIP_DB * np.exp(-((away / _DIP_S) ** 2)))
    sway = _SWAY * np.sin(2 * np.pi * _SWAY_HZ * times / RATE)
    level = _hush(layout, times) + dips + _HUM_DB + felt.level
    return _score(line, place + sway, level, _breathy(line, felt), HUMMING, felt)


def _score(line: Line, at: Array, level: Array, breath: Array, how: Manner, felt: Feeling) -> Score:
    samples = np.arange(line.rows) * float(HOP) + line.begin
    return Score(
        at.astype(np.float32),
        hertz([tone for it in line.sung for tone in it.tones], samples, how),
        level.astype(np.float32),
        np.full(line.rows, felt.tilt + how.brightness, np.float32),
        breath,
        float(np.exp(felt.formants)),
    )


def _breathy(line: Line, felt: Feeling) -> Array:
    return np.tile(BREATH * np.float32(felt.breath), (line.rows, 1))


def hertz(tones: Sequence[Tone], samples: Array, how: Manner) -> Array:
    """The pitch at these samples of the song."""
    seconds = samples / RATE
    pitch = np.full(len(seconds), _within(tones[0].pitch))
    for before, tone in pairwise(tones):
        share = np.clip((seconds - tone.start) / how.glide_s + how.before, 0, 1)
        pitch += (_within(tone.pitch) - _within(before.pitch)) * (1 - np.cos(np.pi * share)) / 2
    for tone in tones:
        inside = (seconds >= tone.start) & (seconds < tone.end)
        pitch[inside] += _ornament(seconds[inside] - tone.start, tone.end - tone.start, how)
    return np.asarray(2 ** (pitch / 12), np.float32)


def _within(pitch: float) -> float:
    """The same note in an octave that can be sung."""
    while pitch > _HIGHEST:
        pitch -= 12
    while pitch < _LOWEST:
        pitch += 12
    return float(pitch)


def _ornament(since: Array, length: float, how: Manner) -> Array:
    """What a note moves by, at these seconds of it. A vibrato fades where the note ends."""
    falling = -how.fall * since
    if length < 2 * how.steady_s or not how.vibrato:
        return falling
    grown = np.clip((since - how.steady_s) / how.steady_s, 0, 1)
    fades = np.clip((length - since) / 0.08, 0, 1)
    turns = how.vibrato_hz * (since - how.steady_s)
    vibrato: Array = how.vibrato * grown * fades * np.sin(2 * np.pi * turns)
    return falling + vibrato


def _hush(layout: Layout, times: Array) -> Array:
    """Silence outside the spans, with short fades."""
    levels = [np.full(len(times), _SILENT)]
    for start, end in layout.spans:
        rising = (times - start) / (_FADE_IN_S * RATE)
        falling = (end - times) / (_FADE_OUT_S * RATE)
        inside = np.minimum(1, np.minimum(rising + 1, falling))
        levels.append(np.where(inside >= 0, -30 * (1 - inside), _SILENT))
    hush: Array = np.max(levels, axis=0)
    return hush


def _evened(sung: Sequence[Sung], source: Source, samples: Array) -> Array:
    """Decibels that bring vowels nearer to the line's middle: sung notes carry alike."""
    middles = [(it.syllable.nucleus.start + it.syllable.nucleus.end) / 2 for it in sung]
    cepstra, _ = source.at(np.array(middles, np.float32) / HOP)
    levels = cepstra[:, 0] * 20 / np.log(10)
    wanted = np.clip(_EVENED * (np.median(levels) - levels), -_MOST_EVENED, _MOST_EVENED)
    evened: Array = np.interp(samples, [it.start * RATE for it in sung], wanted)
    return evened


def _inhaled(layout: Layout, times: Array) -> Array:
    """How much breath is drawn before the line, 0 to 1, if there is the time for it."""
    end = layout.spans[0][0] / RATE - 0.03
    if end < _BREATH_S:
        return np.zeros(len(times))
    share = np.clip((times / RATE - (end - _BREATH_S)) / _BREATH_S, 0, 1)
    drawn: Array = np.sin(np.pi * share**0.6)
    return np.where((share > 0) & (share < 1), drawn, 0.0)


def _vowel(line: Line) -> float:
    """The frame in the middle of its first vowel, whose colour a breath has."""
    nucleus = line.sung[0].syllable.nucleus
    return (nucleus.start + nucleus.end) / 2 / HOP
