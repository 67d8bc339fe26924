"""What a test can measure of speech."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import anyio
import numpy as np
import numpy.typing as npt

from voiceagent.parts import Phrase, Spoken, Voice, Word
from voiceagent.style import Style

Wave = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Speech:
    """All that a voice said."""

    pieces: Sequence[Spoken]

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def wave(self) -> Wave:
        pcm = b"".join(piece.pcm for piece in self.pieces)
        return np.frombuffer(pcm, np.int16).astype(np.float64) / 32_768

    @property
    def rate(self) -> int:
        return self.pieces[0].rate

    @property
    def seconds(self) -> float:
        return len(self.wave) / self.rate

    @property
    def words(self) -> list[Word]:
        """With times from the very beginning."""
        words, before = [], 0
        for piece in self.pieces:
            ms = round(before * 1000 / piece.rate)
            words += [Word(w.text, ms + w.start_ms, ms + w.end_ms) for w in piece.words]
            before += len(piece.pcm) // 2
        return words

    def part(self, start_ms: int, end_ms: int) -> Wave:
        return self.wave[start_ms * self.rate // 1000 : end_ms * self.rate // 1000]


async def phrases(texts: Sequence[str | Phrase], style: Style) -> AsyncIterator[Phrase]:
    for text in texts:
        yield text if isinstance(text, Phrase) else Phrase(text, style)


async def speak(
    voice: Voice, *texts: str | Phrase, style: Style | None = None, name: str = ""
) -> Speech:
    source = phrases(texts, style or Style())
    return Speech([piece async for piece in voice.speak(source, name)])


def say(voice: Voice, *texts: str | Phrase, style: Style | None = None, name: str = "") -> Speech:
    return anyio.run(lambda: speak(voice, *texts, style=style, name=name))


def decibels(wave: Wave) -> float:
    return float(10 * np.log10(np.mean(wave**2) + 1e-12))


def envelope(wave: Wave, bins: int = 60) -> Wave:
    """How the level runs, whatever the length."""
    edges = np.linspace(0, len(wave), bins + 1).astype(int)
    return np.array([decibels(wave[a:b]) if b > a else -120.0 for a, b in pairwise(edges)])


def voicing(wave: Wave, rate: int) -> tuple[float, float]:
    """The median pitch in Hz of what is voiced, and how much of what is loud is voiced."""
    size, pitches, loud = rate * 60 // 1000, [], 0
    least = decibels(wave) - 10
    for start in range(0, len(wave) - size, size // 2):
        frame = wave[start : start + size] - np.mean(wave[start : start + size])
        if decibels(frame) < least:
            continue
        loud += 1
        power = np.correlate(frame, frame, "full")[size - 1 :]
        lags = slice(rate // 450, rate // 50)
        lag = int(np.argmax(power[lags])) + lags.start
        if power[lag] > 0.5 * power[0]:
            pitches.append(rate / lag)
    return (float(np.median(pitches)) if pitches else 0.0), len(pitches) / max(1, loud)


def semitones(high: float, low: float) -> float:
    return float(12 * np.log2(high / low))
