"""What an application may set about a call, in short words, as the protocol's session object."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from voiceagent.style import Style

SHORT = {
    "voice": ("audio", "output", "voice"),
    "speed": ("audio", "output", "speed"),
    "turn_detection": ("audio", "input", "turn_detection"),
    "transcription": ("audio", "input", "transcription"),
    "style": ("voiceagent", "style"),
    "strict": ("voiceagent", "strict_style"),
}
"""Short for what lies deep in the session object."""
TRANSCRIPTION = {"model": "gpt-4o-mini-transcribe"}  # ours take any name, others know this one


def session_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The protocol's partial session object: `voice="x"` is `audio={"output": {"voice": "x"}}`."""
    session: dict[str, Any] = {"type": "realtime"}
    for key, value in fields.items():
        value = style_of(value) if key == "style" and isinstance(value, str) else value
        for name in reversed(SHORT.get(key, (key,))):
            value = {name: plain(value)}
        session = merged(session, value)
    return session


def first_session(
    ours: bool, tools: list[dict[str, Any]], fields: Mapping[str, Any]
) -> dict[str, Any]:
    """How a call begins: with the user's words, what was felt where that is to be had, tools."""
    begin: dict[str, Any] = {"audio": {"input": {"transcription": TRANSCRIPTION}}}
    if ours:
        begin["voiceagent"] = {"events": ["emotion"]}
    if tools:
        begin["tools"] = tools
    return merged(begin, session_of(fields))


def plain(value: Any) -> Any:
    """A Style as a mapping: only what differs from the usual."""
    return style_of(value) if isinstance(value, Style) else value


def style_of(value: Style | str) -> dict[str, Any]:
    """The same of a style that may be free words."""
    if isinstance(value, str):
        return {"instructions": value}
    usual = Style()
    names = [field.name for field in dataclasses.fields(Style)]
    return {n: getattr(value, n) for n in names if getattr(value, n) != getattr(usual, n)}


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(under)
    for key, value in over.items():
        old = both.get(key)
        nested = isinstance(old, Mapping) and isinstance(value, Mapping)
        both[key] = merged(old, value) if nested else value  # type: ignore[arg-type]
    return both
