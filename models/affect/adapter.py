"""How somebody sounds: felt while they speak, decided after a second and a half, told at each stop.

It goes by the voice alone, and by what is usual for this voice in this session.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from voiceagent.errors import ConfigError
from voiceagent.events import Event, Felt, Settle
from voiceagent.parts import FRAME_MS, Cue, Ear, Frame, Listener, Reset

from .describe import Description, describe
from .reader import read
from .turn import Turn
from .weights import Weights, load

OURS = Path(__file__).with_name("weights.npz")
LEAST_S = 0.5  # of speech: under it there is nothing to go by
LOOKS_S = (0.5, 0.7, 1.0, 1.5, 2.5, 4.0, 6.5, 10.0, 15.0)  # of speech: more changes little


@dataclass(frozen=True, slots=True)
class Options:
    weights: str = ""  # another file from train.py; empty: the one that is shipped
    unsure: float | None = None  # claim nothing below this confidence; null: as trained


def build(options: Options) -> Ear:
    if options.unsure is not None and not 0 <= options.unsure <= 1:
        raise ConfigError(f"affect.unsure is {options.unsure}; it must be between 0 and 1")
    path = Path(options.weights).expanduser() if options.weights else OURS
    try:
        weights = load(path)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"affect.weights: {path.name} cannot be used: {error}") from error
    return Affect(weights, weights.unsure if options.unsure is None else options.unsure)


class Affect:
    """The weights, shared by all sessions."""

    def __init__(self, weights: Weights, unsure: float) -> None:
        self._weights, self._unsure = weights, unsure

    def listen(self) -> Listener:
        return Reader(self._weights, self._unsure)


class Reader:
    """One session's stream. What is usual for its speaker lives and dies with it."""

    def __init__(self, weights: Weights, unsure: float) -> None:
        self._weights, self._unsure = weights, unsure
        self._baseline = weights.baseline()
        self._turn = Turn()
        self._looks = 0
        self._last: tuple[int, Description] | None = None  # and how far it reaches

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        if self._turn.hear(frame, seen):
            return self._feel(frame.at + FRAME_MS, final=True)
        if self._turn.talking and self._due():
            return self._feel(frame.at + FRAME_MS, final=False)
        return ()

    def tell(self, cue: Cue) -> Iterable[Event]:
        if isinstance(cue, Settle) and self._turn.talking:
            return self._feel(self._turn.until, final=True)
        if isinstance(cue, Reset):
            self._close()
        return ()

    def _due(self) -> bool:
        """Whether it is time for another look."""
        if self._turn.spoken_s < LOOKS_S[0]:
            self._looks = 0
        if self._looks == len(LOOKS_S) or self._turn.spoken_s < LOOKS_S[self._looks]:
            return False
        self._looks += 1
        return True

    def _feel(self, at: int, final: bool) -> Iterable[Event]:
        description = self._describe()
        if description is None or description.speech_s < LEAST_S:
            return ()
        span = (self._turn.begin, self._turn.until)
        reading = read(description, self._baseline, self._weights, self._unsure)
        return [Felt(at, replace(reading, span=span), final)]

    def _describe(self) -> Description | None:
        """What the turn sounds like so far; looked at again only if there is more of it."""
        until = self._turn.until
        if self._last is None or self._last[0] != until:
            turn = self._turn
            found = None if turn.empty else describe(turn.frames(), turn.before)
            self._last = None if found is None else (until, found)
        return None if self._last is None else self._last[1]

    def _close(self) -> None:
        """The turn is over: what it sounded like is a little more usual now."""
        description = self._describe()
        if description is not None and not self._turn.over_reply:
            self._baseline.learn(description)
        self._turn.forget()
        self._looks, self._last = 0, None
