"""What an application sees of a call: `async for event in call` gives these, and nothing else.

    match event:
        case UserSaid(text=text, final=True): ...
        case AgentAudio(pcm=pcm, rate=rate): ...

`item` is the id of a message of the conversation, `reply` that of a reply; words are the whole text
so far, never a mere addition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from voiceagent.events import HeardWord, Reading

Status = Literal["completed", "cancelled", "failed", "incomplete"]

# --- the user ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UserStartedSpeaking:
    """`at_ms` is a position in the audio that was sent."""

    at_ms: int
    item: str


@dataclass(frozen=True, slots=True)
class UserStoppedSpeaking:
    """The user's turn is over."""

    at_ms: int
    item: str


@dataclass(frozen=True, slots=True)
class UserSaid:
    """Final words may say when each was said (in the audio that was sent) and how sure it is, and
    what else it may have been, best first: from servers that know.
    """

    text: str
    final: bool
    item: str
    words: tuple[HeardWord, ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UserSound:
    """A sound of the user's that is no word, as a laugh; `span` as that of a reading."""

    kind: str
    span: tuple[int, int]
    confidence: float


@dataclass(frozen=True, slots=True)
class UserFelt:
    """What was felt in the user's voice. Its sounds are told beside it: they are no mood."""

    reading: Reading
    final: bool
    item: str
    sounds: tuple[UserSound, ...] = ()


# --- the agent -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgentStarted:
    """A reply is on its way."""

    reply: str


@dataclass(frozen=True, slots=True)
class AgentAudio:
    """The next piece of the agent's voice: mono, signed 16 bit, little endian."""

    pcm: bytes
    rate: int
    reply: str


@dataclass(frozen=True, slots=True)
class AgentSaid:
    """The words of a reply. `cut`: the user heard only these. A cut text may be put right later."""

    text: str
    final: bool
    cut: bool
    reply: str
    item: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Stop playing this reply, and throw away what is left of it. The server was told already."""

    reply: str
    played_ms: int
    item: str


@dataclass(frozen=True, slots=True)
class AgentFinished:
    """A reply is over. `reason` says why it was cancelled, failed, or stopped early, `degraded`
    what the voice did not do of the style that was asked for.
    """

    reply: str
    status: Status
    reason: str = ""
    degraded: tuple[str, ...] = ()


# --- tools ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The agent wants one of your functions called; that is done for you. `arguments` is JSON."""

    name: str
    arguments: str
    call: str
    reply: str


@dataclass(frozen=True, slots=True)
class ToolAnswered:
    """What the function returned, as the agent is told it."""

    name: str
    output: str
    call: str
    failed: bool = False


# --- the call ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Failed:
    """Something that was asked for was refused, or went wrong over there. The call goes on."""

    message: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """The last event of a call."""

    reason: str


@dataclass(frozen=True, slots=True)
class Raw:
    """A message of the protocol as it came. Only with `raw=True`, beside the events above."""

    type: str
    data: Mapping[str, Any]


CallEvent = (
    UserStartedSpeaking
    | UserStoppedSpeaking
    | UserSaid
    | UserFelt
    | AgentStarted
    | AgentAudio
    | AgentSaid
    | Interrupted
    | AgentFinished
    | ToolCalled
    | ToolAnswered
    | Failed
    | Closed
    | Raw
)
