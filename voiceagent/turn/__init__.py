"""Turn-taking as a pure function: `step` says what happens next, `deadline` when to ask again."""

from voiceagent.turn.alarms import deadline, listen_until
from voiceagent.turn.state import Floor, Reply, Speech, Stage, Turn, User, floor
from voiceagent.turn.step import step

__all__ = [
    "Floor",
    "Reply",
    "Speech",
    "Stage",
    "Turn",
    "User",
    "deadline",
    "floor",
    "listen_until",
    "step",
]
