"""When what is heard: vowels on their notes and drawn out, consonants kept and before the beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .binding import Phoneme
from .envelope import RATE
from .song_notes import Slot
from .song_syllables import Syllable, hold
from .stretch import Clock
from .words import Take, TimedWord

CONSONANTS = 0.5  # of a note at most
_APART = 0.01 * RATE  # samples of silence that part two spans
A4 = 12 * float(np.log2(440.0)) - 69  # from MIDI pitches to semitones over 1 Hz


@dataclass(frozen=True, slots=True)
class Tone:
    """A pitch that is held, in seconds of the song and semitones over 1 Hz."""

    start: float
    end: float
    pitch: float


@dataclass(frozen=True, slots=True)
class Sung:
    syllable: Syllable
    tones: tuple[Tone, ...]

    @property
    def start(self) -> float:
        return self.tones[0].start

    @property
    def end(self) -> float:
        return self.tones[-1].end


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its times: which samples of the song it fills."""

    take: Take
    sung: tuple[Sung, ...]
    begin: int
    rows: int


@dataclass(frozen=True, slots=True)
class Layout:
    clock: Clock
    spans: tuple[tuple[float, float], ...]  # where the voice sounds, in samples of the line


def tuned(
    slots: Sequence[Slot], syllables: Sequence[Syllable], start: float, beat_s: float, shift: float
) -> tuple[Sung, ...]:
    """Syllables on their notes, `shift` semitones from where these are written."""
    found = []
    for slot, syllable in zip(slots, syllables, strict=True):
        tones, now = [], start
        for note in slot.notes:
            end = now + note.beats * beat_s
            tones.append(Tone(now, end, (note.pitch or 0.0) + shift + A4))
            now = end
        found.append(Sung(syllable, tuple(tones)))
        start = now + slot.rest * beat_s
    return tuple(found)


def shortened(sung: Sequence[Sung], end: float) -> tuple[Sung, ...]:
    """The last note ends at this time, for a breath."""
    last = sung[-1]
    tone = last.tones[-1]
    cut = Tone(tone.start, max(tone.start, min(tone.end, end)), tone.pitch)
    return (*sung[:-1], Sung(last.syllable, (*last.tones[:-1], cut)))


def lead(syllable: Syllable) -> int:
    """Samples of consonants that lie before the beat."""
    return syllable.nucleus.start - syllable.start


def laid(sung: Sequence[Sung], begin: int) -> Layout:
    """The line's clock, in samples from `begin` of the song on."""
    heard = _heard(sung, begin)
    source: list[float] = []
    sound: list[float] = []
    for it, time in zip(sung, heard, strict=True):
        places, since = _held(it.syllable.nucleus, time.vowel_ends - time.starts)
        source += [it.syllable.start, *places, it.syllable.end]
        sound += [time.opens, *(time.starts + part for part in since), time.closes]
    rising = np.maximum.accumulate(np.array(sound, np.float64))
    return Layout(Clock(np.array(source, np.float64), rising), _spans(heard))


@dataclass(frozen=True, slots=True)
class _Heard:
    """When a syllable is heard, in samples of the line."""

    opens: float  # its first consonant
    starts: float
    vowel_ends: float
    closes: float


def _heard(sung: Sequence[Sung], begin: int) -> list[_Heard]:
    """Consonants before and behind a vowel, shorter where the notes leave them no room."""
    times = [(it.start * RATE - begin, it.end * RATE - begin) for it in sung]
    codas = [it.syllable.end - it.syllable.nucleus.end for it in sung]
    leads = [*(lead(it.syllable) for it in sung[1:]), 0]
    nexts = [*(start for start, _ in times[1:]), times[-1][1]]
    opens, heard = times[0][0] - min(float(lead(sung[0].syllable)), times[0][0]), []
    for (start, end), coda, following, after in zip(times, codas, leads, nexts, strict=True):
        reaching = max(0.0, following - (after - end))  # into this note
        factor = min(1.0, CONSONANTS * (end - start) / max(1.0, coda + reaching))
        closes = min(end, after - following * factor)
        heard.append(_Heard(opens, start, closes - coda * factor, closes))
        opens = after - following * factor
    return heard


def _spans(heard: Sequence[_Heard]) -> tuple[tuple[float, float], ...]:
    """Where the voice sounds without a rest."""
    spans, opened = [], heard[0].opens
    for before, after in pairwise(heard):
        if after.opens - before.closes > _APART:
            spans.append((opened, before.closes))
            opened = after.opens
    return (*spans, (opened, heard[-1].closes))


def _held(nucleus: Phoneme, length: float) -> tuple[list[float], list[float]]:
    """Knots of a vowel: its places in the source, and when from its begin on they are heard."""
    usual = nucleus.end - nucleus.start
    if length <= usual:
        return [nucleus.start, nucleus.end], [0.0, length]
    low, high = hold(nucleus.name)
    places = [nucleus.start + share * usual for share in (0, low, high, 1)]
    return places, [0.0, low * usual, length - (1 - high) * usual, length]


def joined(takes: Sequence[Take]) -> Take:
    """One take after the other."""
    pcm, words, phonemes = b"", [], []
    for take in takes:
        before = len(pcm) // 2
        words += [TimedWord(it.text, it.start + before, it.end + before) for it in take.words]
        phonemes += [Phoneme(it.name, it.start + before, it.end + before) for it in take.phonemes]
        pcm += take.pcm
    return Take(pcm, tuple(words), tuple(phonemes))
