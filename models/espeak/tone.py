"""From a Style to espeak's numbers, and the level, which espeak only knows in coarse steps."""

from __future__ import annotations

import numpy as np

from voiceagent.style import Style

from .binding import Tone
from .voices import Character

PACES = (0.5, 4.0)
PITCHES = (-7.0, 7.0)  # semitones; the voices' own come on top
SLOWEST, FASTEST = 80, 900  # words a minute
VOLUME = 70  # per cent: so the loudest voices do not clip, and 6 dB fit above most of it
KNEE = 0.7  # of full scale: what is louder is pressed into the rest


def tone(style: Style, who: Character, file: str, words_per_minute: int) -> Tone:
    """espeak's pitch moves the base, and its range what lies over it: both go together.

    Measured: the two together reach 82 % of what they say, which `1.22` makes good.
    """
    variant = who.whisper if style.mode == "whisper" else who.variant
    semitones = min(PITCHES[1], max(PITCHES[0], style.pitch)) + who.pitch
    return Tone(
        f"{file}+{variant}",
        round(min(FASTEST, max(SLOWEST, words_per_minute * style.pace))),
        VOLUME,
        round(min(99.0, max(0.0, 50 + 1.22 * semitones * 50 / 12))),
        round(min(100.0, 50 * 2 ** (semitones / 12))),
    )


def raised(pcm: bytes, decibels: float) -> bytes:
    """Raise or lower the level. Peaks that would not fit bend instead of breaking."""
    if not decibels:
        return pcm
    wave = np.frombuffer(pcm, np.int16).astype(np.float32) * (10 ** (decibels / 20) / 32_768)
    if decibels > 0:
        over = np.maximum(np.abs(wave) - KNEE, 0.0) / (1 - KNEE)
        bent = np.sign(wave) * (KNEE + (1 - KNEE) * np.tanh(over))
        wave = np.where(over > 0, bent, wave)
    return (wave * 32_760).astype(np.int16).tobytes()
