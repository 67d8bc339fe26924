"""Where a conversation stands: the user on one axis, the reply on the other.

    user   quiet -> talking <-> pausing -> quiet
    reply  none -> draft -> committed -> speaking -> none, the last two also ducked or held

Overlap is not a state of its own: it is speech *on trial* over a living reply, not yet announced to
anyone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Literal

from voiceagent.events import Action, Cause, Effects
from voiceagent.rules import Rules

Floor = Literal["nobody", "user", "agent", "both"]


class User(Enum):
    QUIET = "quiet"
    TALKING = "talking"
    PAUSING = "pausing"


class Stage(IntEnum):
    DRAFT = 0
    COMMITTED = 1
    SPEAKING = 2


@dataclass(frozen=True, slots=True)
class Words:
    text: str = ""
    until: int = 0  # how far in the audio they reach
    final: bool = False
    news: int = 0  # how far the ears had got when the last new word came


@dataclass(frozen=True, slots=True)
class Speech:
    """What the user is saying: announced (`open`), on trial over a living reply, or both."""

    turn: int
    begin: int
    latest: int = 0  # where its latest stretch began
    end: int | None = None  # where the pause began
    open: bool = False
    trial: int | None = None  # the position from which overlap is counted
    acquitted_until: int | None = None  # a verdict of "not an interruption" lasts so long
    words: Words = Words()
    probability: float | None = None
    cut: int | None = None  # the reply that this speech has cancelled


@dataclass(frozen=True, slots=True)
class Closed:
    """The last turn that was closed: its words may still come."""

    turn: int
    begin: int
    end: int
    words: Words
    text_by: int  # after this nobody waits for its words any more
    answer: bool  # it shall be answered without being asked
    cut: int | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The one living reply. `turn` is the user's turn that it answers, if any."""

    id: int
    cause: Cause
    stage: Stage
    basis: str = ""
    turn: int | None = None
    ref: int = 0
    since: int = 0  # when it came to its stage
    committed_at: int = 0
    ducked: bool = False
    held: bool = False
    likely_at: int | None = None  # ducked by the gate alone
    failed: str | None = None
    apologised: bool = False
    filled: bool = False
    waiting: tuple[tuple[str, Effects], ...] = ()  # tools that were asked for and have not started


@dataclass(frozen=True, slots=True)
class Owed:
    """A reply that is due as soon as the floor allows it."""

    cause: Cause
    ref: int = 0
    resumes: int | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    at: int = 0
    listened: int = 0
    lag: int = 0  # at - listened, when that was last known
    user: User = User.QUIET
    voiced: bool = False  # the detector still hears a voice, whatever we think of it
    speech: Speech | None = None
    closed: Closed | None = None
    reply: Reply | None = None
    owed: tuple[Owed, ...] = ()
    running: tuple[tuple[str, int], ...] = ()  # tools at work, and the replies that asked
    turns: int = 0
    replies: int = 0
    unheard: int = 0  # replies talked away in a row before anything of them was heard
    quiet_since: int | None = None
    idles: int = 0


Moved = tuple[Turn, list[Action]]


def committed(reply: Reply | None) -> bool:
    """The reply is known outside: a response is active."""
    return reply is not None and reply.stage >= Stage.COMMITTED


def audible(reply: Reply | None) -> bool:
    return reply is not None and reply.stage is Stage.SPEAKING


def on_trial(speech: Speech | None) -> bool:
    return speech is not None and speech.trial is not None


def wordy(rules: Rules) -> bool:
    """The ears give words, so that a turn without any is no turn."""
    return rules.patience.text_wait_ms > 0


def same_words(one: str, other: str) -> bool:
    """The same to answer: case and punctuation aside."""
    return _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum() or c.isspace()).strip()


def floor(turn: Turn) -> Floor:
    """Who has the floor: for display, never for a decision."""
    user = turn.user is not User.QUIET
    agent = audible(turn.reply) and turn.reply is not None and not turn.reply.held
    if user and agent:
        return "both"
    return "user" if user else "agent" if agent else "nobody"
