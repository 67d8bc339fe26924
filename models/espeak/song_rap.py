"""Puts syllables on the sixteenths of a bar: stress on the beats, the rhyme on the last one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .envelope import RATE
from .song_drums import SLOTS
from .song_syllables import Syllable

BPM = 92.0
WANTED = 10  # syllables of a line that nobody has cut
MOST = 13  # in a bar
FREE = 2  # slots at the end of the last bar, to breathe
LONGEST_BARS = 4
_STRENGTH = (3.0, 0.0, 1.0, 0.0)  # of the slots of a beat
_EVEN = 0.35  # what it costs to be a slot longer or shorter than it is said, squared
_NEVER = -1e9


def bars(syllables: int) -> int:
    return -(-syllables // MOST)


def placed(syllables: Sequence[Syllable], bpm: float) -> list[int]:
    """The slot of each syllable, rising: the best sum of stress on strength and natural length."""
    slots = SLOTS * bars(len(syllables)) - FREE
    lengths = _lengths(syllables, bpm)
    rhyme = max((at for at, it in enumerate(syllables) if it.stressed), default=-1)
    best = [[_NEVER] * slots for _ in syllables]
    origin = [[0] * slots for _ in syllables]
    for at, syllable in enumerate(syllables):
        for slot in range(at, slots - (len(syllables) - 1 - at)):
            came, before = _from(best[at - 1], slot, lengths[at - 1]) if at else (_first(slot), 0)
            worth = (
                came + _worth(syllable, slot) + (6.0 if at == rhyme and slot == slots - 2 else 0)
            )
            best[at][slot], origin[at][slot] = worth, before
    slot = max(range(slots), key=lambda slot: best[-1][slot])
    path = [slot]
    for at in range(len(syllables) - 1, 0, -1):
        path.append(origin[at][path[-1]])
    return path[::-1]


def _first(slot: int) -> float:
    return -1.5 * slot


def _worth(syllable: Syllable, slot: int) -> float:
    strength = _STRENGTH[slot % 4]
    return strength if syllable.stressed else -0.3 * strength


def _from(before: Sequence[float], slot: int, length: float) -> tuple[float, int]:
    """The best slot for the syllable before, if this one has `slot`."""
    return max(
        (before[earlier] - _EVEN * (slot - earlier - length) ** 2, earlier)
        for earlier in range(slot)
    )


def _lengths(syllables: Sequence[Syllable], bpm: float) -> list[float]:
    """From vowel to vowel, as espeak says them, in slots."""
    slot = 15 / bpm * RATE
    starts = [it.nucleus.start for it in syllables]
    return [max(1.0, (b - a) / slot) for a, b in pairwise(starts)]
