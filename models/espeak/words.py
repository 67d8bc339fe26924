"""From espeak's events to the words of the text, and the finished piece of speech."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

from .binding import Phoneme, Sound
from .languages import UNSPACED

TAIL = 200  # samples kept after the last phoneme: the wave runs out in them

_STARTS = re.compile(r"[^\s，、。！？；：]+")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class TimedWord:
    """What espeak says as one word: "of the" may be one, and so may two Chinese characters."""

    text: str
    start: int  # samples
    end: int


@dataclass(frozen=True, slots=True)
class Take:
    """A part as it was said, without silence round it. What shapes the sound works on this."""

    pcm: bytes = b""
    words: tuple[TimedWord, ...] = ()
    phonemes: tuple[Phoneme, ...] = ()


def take(text: str, sound: Sound) -> Take:
    spoken = [phoneme for phoneme in sound.phonemes if phoneme.name]
    if not spoken:
        return Take()
    samples = len(sound.pcm) // 2
    first = min([spoken[0].start, *(mark.sample for mark in sound.words[:1])])
    last = min(samples, spoken[-1].end + TAIL)
    moved = tuple(
        Phoneme(it.name, max(0, it.start - first), it.end - first)
        for it in sound.phonemes
        if it.start < last
    )
    begins = [
        (place, max(0, sample - first))
        for place, sample in word_starts(text, sound)
        if sample < last
    ]
    return Take(sound.pcm[2 * first : 2 * last], _timed(text, begins or [(0, 0)], moved), moved)


def word_starts(text: str, sound: Sound) -> list[tuple[int, int]]:
    """Where in the text a word begins, and at which sample. Both rise.

    espeak marks numbers and initials several times, and short words sometimes not at all: a mark
    counts for the word in which it lies, the first one only.
    """
    unspaced = {mark.place for mark in sound.words if UNSPACED.match(text[mark.place :])}
    places = sorted({match.start() for match in _STARTS.finditer(text)} | unspaced)
    starts: list[tuple[int, int]] = []
    for mark in sound.words:
        place = places[max(0, bisect_right(places, mark.place) - 1)] if places else 0
        if not starts or (place > starts[-1][0] and mark.sample >= starts[-1][1]):
            starts.append((place, mark.sample))
    return starts


def _timed(
    text: str, begins: list[tuple[int, int]], phonemes: tuple[Phoneme, ...]
) -> tuple[TimedWord, ...]:
    """Each word reaches to the next one in the text, and to its last phoneme in the sound."""
    end = max(phoneme.end for phoneme in phonemes if phoneme.name)
    bounds = [(0, begins[0][1]), *begins[1:], (len(text), end)]
    words = []
    for (place, start), (next_place, next_start) in pairwise(bounds):
        inside = [it.end for it in phonemes if it.name and start <= it.start < next_start]
        until = min(next_start, max(inside, default=next_start))
        words.append(TimedWord(text[place:next_place].strip(), start, max(start, until)))
    return tuple(words)
