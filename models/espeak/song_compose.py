"""Makes up a melody to given words: stress on the beats and on the chord, ends that come home.

The same words in the same mood always get the same melody. Lines go A B A C: the third begins as
the first did, and every second one ends on the tonic.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .song_notes import Note, Slot

MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
TONIC = 60
LOWEST, HIGHEST = -2, 9  # steps of the scale
_SHAPES = (0, 1, 0, 2)  # which of a song's ideas a line begins with
_CHORD = (0, 2, 4)  # steps of the scale within an octave
_HALF_CADENCES = (4, 1)


@dataclass(frozen=True, slots=True)
class Mood:
    scale: tuple[int, ...] = MAJOR
    bpm: float = 100.0
    bar: int = 4  # beats
    stressed: float = 1.0  # beats, of a stressed syllable before another one
    leap: int = 2  # steps of the scale at most


MOODS = {
    "neutral": Mood(),
    "calm": Mood(bpm=84, leap=1),
    "happy": Mood(bpm=120, leap=3),
    "excited": Mood(bpm=138, leap=3),
    "tender": Mood(bpm=80, bar=3, leap=1),
    "sad": Mood(MINOR, 72, leap=1),
    "angry": Mood(MINOR, 132, leap=3),
    "fearful": Mood(MINOR, 108, leap=2),
    "disgusted": Mood(MINOR, 92, leap=2),
    "surprised": Mood(bpm=116, leap=4),
    "lullaby": Mood(bpm=84, bar=3, stressed=1.5, leap=1),
    "march": Mood(bpm=112, leap=3),
    "ballad": Mood(bpm=76, leap=2),
    "waltz": Mood(bpm=126, bar=3, stressed=1.5),
    "pop": Mood(bpm=112),
    "blues": Mood(MINOR, 84),
}


def composed(stresses: Sequence[bool], number: int, mood: Mood, seed: int) -> tuple[Slot, ...]:
    """The notes of the song's line of this number, a syllable each."""
    steps = _steps(stresses, number, mood, random.Random(f"{seed}:{_SHAPES[number % 4]}"))
    beats = _lengths(stresses, mood)
    rest = -sum(beats) % mood.bar
    beats[-1] += min(rest, 2.0)
    pitches = [float(_pitch(step, mood)) for step in steps]
    notes = [Slot((Note(*note),)) for note in zip(pitches, beats, strict=True)]
    notes[-1] = Slot(notes[-1].notes, max(0.0, rest - 2.0))
    return tuple(notes)


def even(syllables: Sequence[bool]) -> list[bool]:
    """Stresses, or every other one where the language has none to tell (all, or none)."""
    if 0 < sum(syllables) < len(syllables) or len(syllables) < 3:
        return list(syllables)
    return [at % 2 == 0 for at in range(len(syllables))]


def _lengths(stresses: Sequence[bool], mood: Mood) -> list[float]:
    beats = [
        mood.stressed if here and (after or mood.stressed > 1) else 0.5
        for here, after in pairwise(stresses)
    ]
    return [*beats, 1.5 if sum(beats) % 1 else 1.0]


def _steps(stresses: Sequence[bool], number: int, mood: Mood, chance: random.Random) -> list[int]:
    """A walk on the scale, up first and down to the end of the line."""
    here, steps = chance.choice((0, 2, 4)), []
    for at, stressed in enumerate(stresses):
        upwards = 0.65 if at < len(stresses) / 2 else 0.35
        move = chance.randint(0, mood.leap) * (1 if chance.random() < upwards else -1)
        here = min(HIGHEST, max(LOWEST, here + move))
        here = _nearest(here, _CHORD) if stressed else here
        steps.append(here)
    goal = 0 if number % 2 else chance.choice(_HALF_CADENCES)
    steps[-1] = _nearest(steps[-1], (goal,))
    return _led(steps)


def _led(steps: list[int]) -> list[int]:
    """No leap into the last note: the one before it comes nearer."""
    if len(steps) > 1 and abs(steps[-2] - steps[-1]) > 2:
        steps[-2] = steps[-1] + (1 if steps[-2] > steps[-1] else -1)
    return steps


def _nearest(step: int, goals: Sequence[int]) -> int:
    near = [step + away for away in (0, -1, 1, -2, 2, -3, 3) if (step + away) % 7 in goals]
    return near[0] if near else step


def _pitch(step: int, mood: Mood) -> int:
    return TONIC + 12 * (step // 7) + mood.scale[step % 7]
