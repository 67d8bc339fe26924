"""A full-duplex, emotion-aware speech agent that you host yourself.

    import voiceagent

    async with voiceagent.connect("ws://127.0.0.1:8765") as call:     # an agent on a server
        await call.say("Hello!")

    async with voiceagent.Agent.from_profile() as call:               # an agent in this program
        await call.send_text("What can you do?")

    print(voiceagent.ask("question.wav").said)                        # one turn, without async

Names are imported when they are first used, so that `import voiceagent` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voiceagent.agent import Agent
    from voiceagent.client.call import Call
    from voiceagent.client.events import (
        AgentAudio,
        AgentFinished,
        AgentSaid,
        AgentStarted,
        CallEvent,
        Closed,
        Failed,
        Interrupted,
        Raw,
        ToolAnswered,
        ToolCalled,
        UserFelt,
        UserSaid,
        UserSound,
        UserStartedSpeaking,
        UserStoppedSpeaking,
    )
    from voiceagent.client.socket import connect
    from voiceagent.client.turn import Turn
    from voiceagent.errors import (
        Busy,
        ConfigError,
        LinkError,
        MissingExtra,
        ModelError,
        Refused,
        RemoteLinkError,
        ToolError,
        VoiceAgentError,
    )
    from voiceagent.events import HeardWord, Reading
    from voiceagent.hearing.feelings.recordings import Feeling
    from voiceagent.parts import Said, Styles
    from voiceagent.style import Style
    from voiceagent.waiting import ask, feel, say, sing, transcribe, voices
    from voiceagent.wire.senses import Measured

DEFAULT_PROFILE = "embedded"
"""The agent that is meant where none is named."""

ROOMS = {
    "agent": ("Agent",),
    "client.call": ("Call",),
    "client.events": (
        "AgentAudio",
        "AgentFinished",
        "AgentSaid",
        "AgentStarted",
        "CallEvent",
        "Closed",
        "Failed",
        "Interrupted",
        "Raw",
        "ToolAnswered",
        "ToolCalled",
        "UserFelt",
        "UserSaid",
        "UserSound",
        "UserStartedSpeaking",
        "UserStoppedSpeaking",
    ),
    "client.socket": ("connect",),
    "client.turn": ("Turn",),
    "errors": (
        "Busy",
        "ConfigError",
        "LinkError",
        "MissingExtra",
        "ModelError",
        "Refused",
        "RemoteLinkError",
        "ToolError",
        "VoiceAgentError",
    ),
    "events": ("HeardWord", "Reading"),
    "hearing.feelings.recordings": ("Feeling",),
    "parts": ("Said", "Styles"),
    "style": ("Style",),
    "waiting": ("ask", "feel", "say", "sing", "transcribe", "voices"),
    "wire.senses": ("Measured",),
}
HOMES = {name: f"voiceagent.{room}" for room, names in ROOMS.items() for name in names}

__all__ = [
    "DEFAULT_PROFILE",
    "Agent",
    "AgentAudio",
    "AgentFinished",
    "AgentSaid",
    "AgentStarted",
    "Busy",
    "Call",
    "CallEvent",
    "Closed",
    "ConfigError",
    "Failed",
    "Feeling",
    "HeardWord",
    "Interrupted",
    "LinkError",
    "Measured",
    "MissingExtra",
    "ModelError",
    "Raw",
    "Reading",
    "Refused",
    "RemoteLinkError",
    "Said",
    "Style",
    "Styles",
    "ToolAnswered",
    "ToolCalled",
    "ToolError",
    "Turn",
    "UserFelt",
    "UserSaid",
    "UserSound",
    "UserStartedSpeaking",
    "UserStoppedSpeaking",
    "VoiceAgentError",
    "ask",
    "connect",
    "feel",
    "say",
    "sing",
    "transcribe",
    "voices",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("voiceagent")
    except PackageNotFoundError:  # a checkout that was not installed
        return "unknown"
