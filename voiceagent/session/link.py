"""The far end, as a session sees it: notices never wait, audio waits to be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from voiceagent.events import (
    Action,
    EarsFailed,
    Felt,
    Heard,
    Judged,
    Scored,
    Stalled,
)
from voiceagent.parts import ToolCall, Usage


@dataclass(frozen=True, slots=True)
class Piece:
    """The next bit of a reply: words that begin in it, and their sound at the link's rate."""

    reply: int
    pcm: bytes = b""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Called:
    """The mind wants a tool of the client's."""

    reply: int
    call: ToolCall
    item_id: str = ""  # its place in the conversation, if it has one


@dataclass(frozen=True, slots=True)
class Ended:
    """A committed reply is over, and this is what became of it."""

    reply: int
    status: Literal["completed", "cancelled", "failed", "incomplete"]
    reason: str = ""
    error: str = ""
    usage: Usage = Usage()
    audio_ms: int = 0
    lacks: tuple[str, ...] = ()  # what the voice did not do of its phrases' styles


@dataclass(frozen=True, slots=True)
class Failed:
    """A request of the client's failed inside, not by its own fault."""

    message: str
    ref: int = 0


Notice = Action | Called | Ended | Failed | EarsFailed | Felt | Heard | Judged | Scored | Stalled


class Link(Protocol):
    """Frames come in through `Session.hear`; this is the way out."""

    @property
    def rate(self) -> int:
        """Samples per second of the PCM that `play` wants."""
        ...

    @property
    def lead_ms(self) -> int:
        """How far ahead of its playback audio may be handed out."""
        ...

    @property
    def delay_ms(self) -> int:
        """How long audio takes from the write to the ear."""
        ...

    def show(self, notice: Notice) -> None:
        """Tell the far end. Never waits."""
        ...

    async def play(self, piece: Piece) -> bool:
        """Hand the piece out; return when it was written, and whether it was (its reply may have
        died).
        """
        ...
