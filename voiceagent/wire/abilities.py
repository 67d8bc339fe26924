"""What a voice can do, as it goes over the wire."""

from __future__ import annotations

from typing import Any

from voiceagent.parts import Styles
from voiceagent.wire import checks

LISTED = ("emotions", "modes", "sounds", "languages", "tunes")


def show_voice(can: Styles) -> dict[str, Any]:
    """What a voice can do, as `session.created` tells it beside the session."""
    return {
        "names": list(can.voices),
        "emotions": list(can.emotions),
        "modes": list(can.modes),
        "sounds": list(can.sounds),
        "languages": list(can.languages),
        "tunes": list(can.tunes),
        "pace": list(can.pace),
        "pitch": list(can.pitch),
        "energy": list(can.energy),
        "intensity": can.intensity,
        "instructions": can.instructions,
    }


def read_voice(data: Any) -> Styles:
    """The same, read by a client."""
    told = checks.mapping(data, "voice")
    words = {
        key: tuple(str(entry) for entry in checks.items(told.get(name) or [], name, 10_000))
        for key, name in (("voices", "names"), *((n, n) for n in LISTED))
    }
    spans = {name: _span(told[name], name) for name in ("pace", "pitch", "energy")}
    flags = {n: checks.boolean(told.get(n, False), n) for n in ("intensity", "instructions")}
    return Styles(**words, **spans, **flags)  # type: ignore[arg-type]


def _span(data: Any, name: str) -> tuple[float, float]:
    low, high = checks.items(data, name, 2)
    return float(low), float(high)
