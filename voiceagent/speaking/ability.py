"""The written rule for what a voice cannot do: the nearest thing that it can, and that is told.

An emotion or a mode that a voice lacks becomes its plain one, a pace or pitch beyond its range the
end of that range, a voice that it does not have its own. A language that it cannot speak it refuses
itself: nothing is near to that.
"""

from __future__ import annotations

from dataclasses import replace

from voiceagent.parts import Styles
from voiceagent.style import Style

PLAIN = Style()


def within(style: Style, can: Styles) -> tuple[Style, tuple[str, ...]]:
    """The style as this voice can do it, and what that lacks of the one that was asked for."""
    able = replace(
        style,
        emotion=style.emotion if style.emotion in can.emotions else PLAIN.emotion,
        mode=style.mode if style.mode in can.modes else PLAIN.mode,
        pace=clamped(style.pace, can.pace),
        pitch=clamped(style.pitch, can.pitch),
    )
    lacks = [
        f"{name} {getattr(style, name)!r} became {getattr(able, name)!r}"
        for name in ("emotion", "mode", "pace", "pitch")
        if getattr(style, name) != getattr(able, name)
    ]
    if style.instructions.strip() and not getattr(can, "instructions", False):
        lacks.append("instructions are not followed by this voice")
    return able, tuple(lacks)


def clamped(value: float, limits: tuple[float, float]) -> float:
    low, high = limits
    return min(high, max(low, value))


def unknown_voice(name: str, can: Styles) -> bool:
    """Nobody speaks under this name, where names matter."""
    return bool(name and can.voices) and name.strip().lower() not in can.voices
