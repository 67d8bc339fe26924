"""The written rule for what a voice cannot do: the nearest thing that it can, and that is told.

An emotion or a mode that a voice lacks becomes its plain one, a pace, pitch or energy beyond its
range the end of that range, a voice that it does not have its own. A melody is left out where
nothing is sung, a laugh where there is none. A language that it cannot speak it refuses itself:
nothing is near to that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from voiceagent.errors import Refused
from voiceagent.parts import Styles
from voiceagent.style import SUNG, Style

PLAIN = Style()
NAMED = ("emotion", "mode", "pace", "pitch", "energy")
UNFIT = "unsupported_style"


def within(style: Style, can: Styles) -> tuple[Style, tuple[str, ...]]:
    """The style as this voice can do it, and what that lacks of the one that was asked for."""
    able = replace(
        style,
        emotion=style.emotion if style.emotion in can.emotions else PLAIN.emotion,
        mode=style.mode if style.mode in can.modes else PLAIN.mode,
        pace=clamped(style.pace, can.pace),
        pitch=clamped(style.pitch, can.pitch),
        energy=clamped(style.energy, can.energy),
    )
    able, unsung = _sung(able)
    lacks = [
        f"{name} {getattr(style, name)!r} became {getattr(able, name)!r}"
        for name in NAMED
        if getattr(style, name) != getattr(able, name)
    ]
    if able.emotion != PLAIN.emotion and style.intensity != PLAIN.intensity and not can.intensity:
        lacks.append(f"intensity {style.intensity:g} is not heard: this voice has no degrees")
    return able, (*lacks, *unsung)


def _sung(style: Style) -> tuple[Style, list[str]]:
    """Melodies and beats are for what is sung. A tune that it does not know the voice refuses."""
    if style.mode in SUNG:
        return style, []
    asked = [name for name in ("melody", "bpm") if getattr(style, name)]
    lacks = [f"{name} was left out: nothing is sung" for name in asked]
    return replace(style, melody="", bpm=None), lacks


def audible(sounds: Iterable[str], can: Styles) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The laughs and the like that this voice can make, and what it lacks of them."""
    asked = tuple(sounds)
    lacks = tuple(f"sound {sound!r} was left out" for sound in asked if sound not in can.sounds)
    return tuple(sound for sound in asked if sound in can.sounds), lacks


def spoken_tag(language: str, can: Styles) -> str | None:
    """The nearest language that it speaks: a dialect gives way to what it is a dialect of."""
    known = {tag.lower() for tag in can.languages}
    tag = language.strip().lower().replace("_", "-")
    while known and tag and tag not in known:
        if any(name.startswith(f"{tag}-") for name in known):
            break
        tag = tag.rpartition("-")[0]
    return tag or None


def clamped(value: float, limits: tuple[float, float]) -> float:
    low, high = limits
    return min(high, max(low, value))


def unknown_voice(name: str, can: Styles) -> bool:
    """Nobody speaks under this name, where names matter."""
    return bool(name and can.voices) and name.strip().lower() not in can.voices


def refuse(lacks: Iterable[str], where: str) -> None:
    """For whoever wants exactly what was asked for, or nothing."""
    if told := "; ".join(lacks):
        message = f"The voice cannot do what was asked for, and strict_style is on: {told}."
        raise Refused(message, UNFIT, where)
