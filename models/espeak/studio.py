"""How a part of a phrase is made: by espeak alone if it is plain, else by espeak and the vocoder.

What is shaped comes in blocks, as it is made. Everything here blocks: call it in a thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from voiceagent.audio import silence
from voiceagent.style import Style

from .binding import Library, Phoneme, Tone
from .envelope import Array
from .level import Limiter, pcm, raised
from .noises import GAP_MS, TEXT, noise
from .prosody import feeling
from .reading import read
from .recent import Recent
from .script import Part
from .shaping import Subject, scored, subject, timed
from .tone import FASTEST, monotone, tone
from .vocoder import render
from .voices import Character
from .words import Take, TimedWord, take

PACES = (0.5, 4.0)
PITCHES = (-12.0, 12.0)  # semitones; the voices' own come on top
MODES = ("speak", "whisper", "shout", "sing", "rap", "hum")  # the last three: song_stage.py
KEPT_S = 60.0  # of speech that stays analysed: some 12 MB

Stop = threading.Event


@dataclass(frozen=True, slots=True)
class Said:
    """A part as it will be heard: its times at once, its sound as it is made."""

    samples: int
    words: tuple[TimedWord, ...]
    phonemes: tuple[Phoneme, ...]
    blocks: Iterator[bytes]


class Studio:
    def __init__(self, library: Library, words_per_minute: int) -> None:
        self._library = library
        self._words_per_minute = words_per_minute
        self._recent: Recent[Subject] = Recent(KEPT_S)

    def say(self, part: Part, file: str, style: Style, who: Character, stop: Stop) -> Said:
        """`file` is espeak's name of the part's language. After a `stop` there is a stump."""
        if plain(style):
            made = self.take(part, file, who, stop)
            sound = iter([raised(made.pcm, style.energy)])
            return Said(len(made.pcm) // 2, made.words, made.phonemes, sound)
        found = self.subject(part, file, who, stop, held(style).pace)
        return _shaped(found, style, crc32(part.text.encode()))

    def sounds(self, names: Iterable[str], file: str, style: Style, who: Character) -> bytes:
        """Laughs and the like, each with a little silence behind it."""
        ha = self.subject(Part(TEXT, "en-us"), file, who, Stop())
        made = b""
        for number, name in enumerate(names):
            made += b"".join(pressed(noise(name, ha, style, number), style.energy))
            made += silence(GAP_MS, self._library.rate)
        return made

    def subject(
        self, part: Part, file: str, who: Character, stop: Stop, pace: float = 1.0
    ) -> Subject:
        """What is to be shaped, analysed at most once as long as it is remembered.

        Who speaks fast slurs by rule, and espeak knows the rules; slow speech is made of usual.
        """
        speed = min(FASTEST, round(self._words_per_minute * max(1.0, pace)))
        key = (part.text, file, who, speed)
        found = self._recent.find(key)
        if found is None:
            found = self._analysed(part, file, who, stop, speed)
            if not stop.is_set():
                self._recent.keep(key, found, found.source.seconds)
        return found

    def _analysed(self, part: Part, file: str, who: Character, stop: Stop, speed: int) -> Subject:
        how = monotone(who, file, speed)
        flat = self._spoken(part, how, stop)
        natural = self.take(part, file, who, stop, speed)
        usual = natural if speed <= self._words_per_minute else self.take(part, file, who, stop)
        return subject(flat, natural, part.language, len(usual.pcm) // 2)

    def middle(self, file: str, who: Character) -> float:
        """Where the voice lies, in semitones over 1 Hz. `file` must read Latin letters."""
        return float(np.median(self.subject(Part(TEXT, "en-us"), file, who, Stop()).melody))

    def flat(self, part: Part, file: str, who: Character, stop: Stop) -> Take:
        """In monotone: what a song is made of."""
        return self._spoken(part, monotone(who, file, self._words_per_minute), stop)

    def take(
        self, part: Part, file: str, who: Character, stop: Stop, speed: int | None = None
    ) -> Take:
        """espeak's own way of saying it."""
        return self._spoken(part, tone(who, file, speed or self._words_per_minute), stop)

    def _spoken(self, part: Part, how: Tone, stop: Stop) -> Take:
        """Its numbers and signs in words, which lie where those do in the text."""
        reading = read(part.text, part.language)
        return take(part.text, reading.placed(self._library.say(reading.said, how, stop)))


def plain(style: Style) -> bool:
    """Whether espeak's own way is what is wanted, but for the level."""
    return held(replace(style, energy=0.0)) == Style()


def held(style: Style) -> Style:
    """What can be honoured of a style, within what there is; a language is no matter of sound."""
    return Style(
        emotion=style.emotion if style.intensity else "neutral",
        intensity=style.intensity if style.emotion != "neutral" and style.intensity else 0.5,
        pace=min(PACES[1], max(PACES[0], style.pace)),
        pitch=min(PITCHES[1], max(PITCHES[0], style.pitch)),
        energy=style.energy,
        mode=style.mode if style.mode in MODES else "speak",
    )


def _shaped(subject: Subject, style: Style, seed: int) -> Said:
    if not subject.samples:
        return Said(0, (), (), iter(()))
    style = held(style)
    felt = feeling(style)
    clock = timed(subject, felt, style.pace)
    score = scored(subject, felt, clock, style.pitch, style.mode == "whisper", seed)
    return Said(
        clock.samples,
        clock.words(subject.take.words),
        clock.phonemes(subject.take.phonemes),
        pressed(render(subject.source, score, seed), style.energy),
    )


def pressed(blocks: Iterator[Array], energy: float) -> Iterator[bytes]:
    limiter, gain = Limiter(), 10 ** (energy / 20)
    for block in blocks:
        yield pcm(limiter.press(block * gain))
