"""Syllables of what espeak said, from its phonemes: spelling would count others than are heard."""

# ruff: noqa: RUF001

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .binding import Phoneme
from .sounding import Kind, kind
from .words import Take, TimedWord

_CARRIES = "\u0329"  # under a consonant that is a syllable of its own
_STRESS = "ˈˌ"


@dataclass(frozen=True, slots=True)
class Syllable:
    """Where in the source a syllable lies, in samples. A nucleus is its vowel."""

    start: int
    nucleus: Phoneme
    end: int
    word: int = 0  # the number of the word in which it lies
    stressed: bool = False


def is_nucleus(phoneme: Phoneme) -> bool:
    return kind(phoneme.name) is Kind.VOWEL or _CARRIES in phoneme.name


def syllables(take: Take) -> tuple[Syllable, ...]:
    spoken = [it for it in take.phonemes if it.name and it.end > it.start]
    nuclei = [number for number, it in enumerate(spoken) if is_nucleus(it)]
    if not nuclei:
        return _one(spoken, take)
    starts = [0, *(_parting(spoken, a, b, take.words) for a, b in pairwise(nuclei))]
    ends = [*starts[1:], len(spoken)]
    return tuple(
        _syllable(spoken[first:last], spoken[nucleus], take.words)
        for first, nucleus, last in zip(starts, nuclei, ends, strict=True)
    )


def _one(spoken: Sequence[Phoneme], take: Take) -> tuple[Syllable, ...]:
    """What has no vowel, as "hm": its longest sound is held."""
    if not spoken:
        return ()
    longest = max(spoken, key=lambda it: it.end - it.start)
    return (_syllable(spoken, longest, take.words),)


def _parting(spoken: Sequence[Phoneme], before: int, after: int, words: Sequence[TimedWord]) -> int:
    """Which phoneme begins the syllable of `after`: by word, else one consonant stays behind."""
    between = range(before + 1, after + 1)
    for number in between:
        if _word(words, spoken[number].start) != _word(words, spoken[number - 1].start):
            return number
    return after - 1 if len(between) == 2 else min(before + 2, after)


def _syllable(sounds: Sequence[Phoneme], nucleus: Phoneme, words: Sequence[TimedWord]) -> Syllable:
    word = _word(words, nucleus.start)
    stressed = any(it.name[:1] in _STRESS for it in sounds)
    return Syllable(sounds[0].start, nucleus, sounds[-1].end, word, stressed)


def _word(words: Sequence[TimedWord], sample: int) -> int:
    return max(0, sum(word.start <= sample for word in words) - 1)


_MEDIALS, _FULL = "iuyɥwj", "aeiouyɑɒɔəɚɛɜɝɞæɐɪʊʌøœɤɨʉ"


def hold(name: str) -> tuple[float, float]:
    """Which part of a vowel may be drawn out, as shares of it: of a diphthong its main vowel."""
    letters = [letter for letter in name.lstrip("ˈˌ'") if letter not in "ː.-ʰ\u0329\u032a"]
    if len(letters) < 2:
        return 0.35, 0.65
    main = 1 if letters[0] in _MEDIALS and letters[1] in _FULL else 0
    middle = (main + 0.5) / len(letters)
    return max(0.1, middle - 0.12), min(0.9, middle + 0.12)
