"""How words are said: the typed contract between minds, voices, the protocol and evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

from voiceagent.errors import Refused

Emotion = Literal[
    "neutral",
    "calm",
    "happy",
    "excited",
    "tender",
    "sad",
    "angry",
    "fearful",
    "disgusted",
    "surprised",
]
Mode = Literal["speak", "whisper", "shout", "sing", "rap", "hum"]
Sound = Literal["laugh", "sigh", "breath"]

EMOTIONS: tuple[Emotion, ...] = get_args(Emotion)
MODES: tuple[Mode, ...] = get_args(Mode)
SOUNDS: tuple[Sound, ...] = get_args(Sound)


@dataclass(frozen=True, slots=True)
class Style:
    """One way of saying something. The default is a plain neutral voice."""

    emotion: Emotion = "neutral"
    intensity: float = 0.5  # 0..1, how much of the emotion
    language: str | None = None  # "en-GB-scotland", "yue", dialect included; None: as the text
    pace: float = 1.0  # 0.25..4, 1 is usual
    pitch: float = 0.0  # semitones, -12..12
    energy: float = 0.0  # decibels, -20..20
    mode: Mode = "speak"
    instructions: str = ""  # free words, for whoever reads them into the fields above
    melody: str = ""  # what is sung or rapped to: a tune's name, a mood, or notes ("C4 G4:2 r:1")
    bpm: float | None = None  # beats a minute of what is sung, 20..300; None: as the tune


LIMITS = {
    "intensity": (0.0, 1.0),
    "pace": (0.25, 4.0),
    "pitch": (-12.0, 12.0),
    "energy": (-20.0, 20.0),
    "bpm": (20.0, 300.0),
}
MOST_TEXT = {"instructions": 4_096, "melody": 40_000, "language": 64}
"""Characters."""
SUNG: tuple[Mode, ...] = ("sing", "rap", "hum")
CHOICES: dict[str, tuple[str, ...]] = {"emotion": EMOTIONS, "mode": MODES}


def read_style(data: Mapping[str, Any], where: str, base: Style | None = None) -> Style:
    """Return `base` with the fields of `data` laid over it; refuse what is no style, by its full
    name.
    """
    known = {field.name for field in fields(Style)}
    for key, value in data.items():
        path = f"{where}.{key}"
        if key not in known:
            has = ", ".join(sorted(known))
            raise Refused(f"Unknown field {path}. A style has: {has}.", param=path)
        _check(key, value, path)
    return replace(base or Style(), **data)


def faster(style: Style, factor: float) -> Style:
    """The same style at `factor` times the pace, kept within what a Style may hold."""
    low, high = LIMITS["pace"]
    return replace(style, pace=min(high, max(low, style.pace * factor)))


def _check(key: str, value: object, path: str) -> None:
    if value is None and key in ("language", "bpm"):
        return
    if key in CHOICES and value not in CHOICES[key]:
        raise Refused(f"{path} is {value!r}; choose one of: {', '.join(CHOICES[key])}.", param=path)
    if key in LIMITS:
        low, high = LIMITS[key]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not low <= value <= high:  # type: ignore[operator]
            message = f"{path} is {value!r}; it must be a number from {low:g} to {high:g}."
            raise Refused(message, param=path)
    if key in MOST_TEXT:
        _check_text(key, value, path)


def _check_text(key: str, value: object, path: str) -> None:
    if not isinstance(value, str):
        wanted = "a language tag such as 'en-GB', or null" if key == "language" else "text"
        raise Refused(f"{path} must be {wanted}.", param=path)
    if len(value) > (most := MOST_TEXT[key]):
        raise Refused(f"{path} has {len(value)} characters; it may have {most}.", param=path)
