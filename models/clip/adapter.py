"""A voice that costs nothing: it plays an audible clip in place of the words."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from voiceagent.parts import Phrase, Spoken, Styles, Word

RATE = 24_000
NOTES_HZ = (392.0, 523.25, 659.25, 523.25)


@dataclass(frozen=True, slots=True)
class Options:
    seconds: float = 2.0


def build(options: Options) -> ClipVoice:
    return ClipVoice(options)


@dataclass(frozen=True, slots=True)
class ClipVoice:
    options: Options

    def styles(self) -> Styles:
        return Styles(pace=(0.25, 4.0))

    async def speak(
        self, phrases: AsyncIterator[Phrase], name: str = ""
    ) -> AsyncGenerator[Spoken, None]:
        async for phrase in phrases:
            ms = round(self.options.seconds * 1000 / phrase.style.pace)
            yield Spoken(chime(ms), RATE, phrase.text, spread(phrase.text, ms), phrase.expects)


def spread(text: str, ms: int) -> tuple[Word, ...]:
    """Every word takes as long as its share of the letters."""
    words = text.split()
    letters = sum(len(word) for word in words) or 1
    times, at = [], 0
    for word in words:
        start, at = at, at + len(word)
        times.append(Word(word, ms * start // letters, ms * at // letters))
    return tuple(times)


@lru_cache(maxsize=16)
def chime(ms: int) -> bytes:
    """A few soft notes, audible from the first sample to the last."""
    samples = ms * RATE // 1000
    time = np.arange(samples) / RATE
    note = np.minimum(len(NOTES_HZ) - 1, np.arange(samples) * len(NOTES_HZ) // max(1, samples))
    pitch = np.take(NOTES_HZ, note)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    into = (np.arange(samples) % max(1, samples // len(NOTES_HZ))) / RATE
    loud = 0.15 + 0.85 * np.exp(-4 * into)
    wave = 0.25 * loud * (np.sin(phase) + 0.3 * np.sin(2 * phase))
    edge = np.minimum(1.0, np.minimum(time, time[::-1]) / 0.003 + 0.05)
    return (wave * edge * 32_000).astype(np.int16).tobytes()
