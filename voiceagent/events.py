"""What happens in a conversation, and what the turn engine decides to do about it.

Events are in the past tense, actions in the imperative. `at` is session milliseconds, stamped by
the session on arrival; it never falls. `begin`, `end`, `until` and `listened` are positions in the
user's audio, on the same axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from voiceagent.rules import Rules

Verdict = Literal["interruption", "backchannel", "noise"]
Effects = Literal["none", "reversible", "final"]


class Cause(StrEnum):
    """Why a reply is made."""

    USER = "user"  # a turn of the user's
    CLIENT = "client"  # the client asked for it
    TOOL = "tool"  # the result of a tool came when its reply was over
    IDLE = "idle"  # the user said nothing for long
    GREETING = "greeting"  # the agent opens the conversation
    RESUME = "resume"  # the rest of a reply that was cut for nothing
    APOLOGY = "apology"  # something of ours failed and the user should know


# --- hearing -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SpeechLikely:
    """The gate opened: maybe speech, known earlier than the detector knows it."""

    at: int


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    at: int
    begin: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The user went quiet; `end` is where the speech really ended, not where that was noticed."""

    at: int
    end: int


@dataclass(frozen=True, slots=True)
class HeardWord:
    """Positions are those of the user's audio. `confidence`: 0 to 1."""

    text: str
    begin: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of the current turn so far, up to `until`. Final words answer a Settle."""

    at: int
    text: str
    until: int
    final: bool = False
    words: tuple[HeardWord, ...] = ()  # final ones, from ears that know when and how sure
    others: tuple[str, ...] = ()  # what it may have been instead, best first


@dataclass(frozen=True, slots=True)
class Scored:
    """How likely the words and the prosody are those of a finished turn. Silence is not counted."""

    at: int
    probability: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What speech over a living reply is."""

    at: int
    verdict: Verdict
    why: str = ""
    assent: bool = False  # it says yes to what the agent is about to do


@dataclass(frozen=True, slots=True)
class Reading:
    """What was felt in a voice. Empty labels mean "unknown"."""

    labels: Mapping[str, float]
    valence: float
    arousal: float
    confidence: float
    words: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    span: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Felt:
    at: int
    reading: Reading
    final: bool = False


@dataclass(frozen=True, slots=True)
class SoundMade:
    """The user made a sound that is no word: a laugh. A long one is told in pieces, end to end."""

    at: int
    kind: str
    begin: int
    end: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed. `listened` is how far the ears have got; silence is counted on it."""

    at: int
    listened: int


@dataclass(frozen=True, slots=True)
class Stalled:
    """No audio came for a while: muted, push to talk, a dead microphone."""

    at: int


@dataclass(frozen=True, slots=True)
class EarsFailed:
    at: int
    error: str


Hearing = SpeechLikely | SpeechStarted | SpeechStopped | Heard | Scored | Judged | Felt | SoundMade

# --- the reply -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReplyAudible:
    """The first output of a committed reply was handed to the link."""

    at: int
    reply: int


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """Everything was handed out, and what the user hears of it has ended."""

    at: int
    reply: int


@dataclass(frozen=True, slots=True)
class ReplyFailed:
    at: int
    reply: int
    error: str


@dataclass(frozen=True, slots=True)
class ToolAsked:
    at: int
    reply: int
    call: str
    effects: Effects = "none"


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """`told` says that the reply that asked for it is still there to tell the result."""

    at: int
    call: str
    told: bool = False


# --- the client ----------------------------------------------------------------------------------
# `ref` is whatever the client's door wants back with a refusal or a draft; the engine only carries
# it.


@dataclass(frozen=True, slots=True)
class TurnHandedOver:
    at: int
    buffered_ms: int
    ref: int = 0


@dataclass(frozen=True, slots=True)
class TurnCleared:
    at: int


@dataclass(frozen=True, slots=True)
class ReplyAsked:
    at: int
    ref: int = 0
    cause: Cause = Cause.CLIENT


@dataclass(frozen=True, slots=True)
class CancelAsked:
    at: int
    ref: int = 0


@dataclass(frozen=True, slots=True)
class Truncated:
    """The client says that the user heard only so much of this reply."""

    at: int
    reply: int


@dataclass(frozen=True, slots=True)
class RulesChanged:
    at: int
    rules: Rules


@dataclass(frozen=True, slots=True)
class LinkLost:
    at: int


@dataclass(frozen=True, slots=True)
class LinkBack:
    at: int


Event = (
    Hearing
    | Tick
    | Stalled
    | EarsFailed
    | ReplyAudible
    | ReplyFinished
    | ReplyFailed
    | ToolAsked
    | ToolFinished
    | TurnHandedOver
    | TurnCleared
    | ReplyAsked
    | CancelAsked
    | Truncated
    | RulesChanged
    | LinkLost
    | LinkBack
)

# --- actions -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """The user has the floor; `continues` names a closed turn that goes on in this one."""

    turn: int
    begin: int
    continues: int | None = None


@dataclass(frozen=True, slots=True)
class CloseTurn:
    turn: int
    end: int
    manual: bool = False


@dataclass(frozen=True, slots=True)
class ForgetTurn:
    """The speech was nothing. `turn` is None if it was never announced."""

    turn: int | None


@dataclass(frozen=True, slots=True)
class Settle:
    """The ears shall give their final words up to here."""

    until: int


@dataclass(frozen=True, slots=True)
class Transcribe:
    """These are the words of that turn, so far or for good."""

    turn: int
    text: str
    final: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """Prepare a reply, inaudibly. `basis`: the words that it answers."""

    reply: int
    cause: Cause
    basis: str = ""
    ref: int = 0
    resumes: int | None = None  # the reply whose unheard rest this one says


@dataclass(frozen=True, slots=True)
class Drop:
    """Forget a draft that nobody has heard of."""

    reply: int


@dataclass(frozen=True, slots=True)
class Commit:
    """The draft may be heard and may act; `instead_of` was committed, unheard, and answered older
    words.
    """

    reply: int
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class Duck:
    reply: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Fall silent, ready to go on."""

    reply: int


@dataclass(frozen=True, slots=True)
class Resume:
    reply: int


@dataclass(frozen=True, slots=True)
class Cancel:
    reply: int
    reason: Literal["turn_detected", "client_cancelled", "link_lost"]


@dataclass(frozen=True, slots=True)
class RunTool:
    reply: int
    call: str


@dataclass(frozen=True, slots=True)
class DropTool:
    """A tool that was asked for and has not started must not run any more."""

    call: str


@dataclass(frozen=True, slots=True)
class Fill:
    """Say that a tool is still at work."""

    reply: int
    call: str


@dataclass(frozen=True, slots=True)
class Apologise:
    """Tell the user in a sentence that this reply failed."""

    reply: int
    error: str


@dataclass(frozen=True, slots=True)
class Refuse:
    code: str
    ref: int


@dataclass(frozen=True, slots=True)
class Idle:
    """The user has said nothing since `since`."""

    since: int
    until: int


Action = (
    OpenTurn
    | CloseTurn
    | ForgetTurn
    | Settle
    | Transcribe
    | Draft
    | Drop
    | Commit
    | Duck
    | Hold
    | Resume
    | Cancel
    | RunTool
    | DropTool
    | Fill
    | Apologise
    | Refuse
    | Idle
)

NO_READING = Reading(labels={}, valence=0.0, arousal=0.0, confidence=0.0)
"""What is claimed when nothing is known."""
