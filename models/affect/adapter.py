"""How somebody sounds: felt while they speak, decided after a second and a half, told at each stop.

It goes by the voice alone, and by what is usual for this voice in this session. Laughs are told
beside it: a turn that is mostly laughed says nothing of a mood.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from voiceagent.errors import ConfigError
from voiceagent.events import Event, Felt, Reading, Settle, SoundMade
from voiceagent.parts import FRAME_MS, Cue, Ear, Frame, Listener, Reset

from . import bursts
from .describe import Description, describe
from .reader import learn, read
from .turn import Turn
from .weights import Weights, load

OURS = Path(__file__).with_name("weights.npz")
LAUGHS = Path(__file__).with_name("bursts.npz")
LEAST_S = 0.5  # of speech: under it there is nothing to go by
LAUGHED = "laughs"  # as a reason
MOSTLY = 0.5  # of what was taken in
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
    unsure = weights.unsure if options.unsure is None else options.unsure
    return Affect(weights, bursts.load(LAUGHS), unsure)


class Affect:
    """The weights, shared by all sessions."""

    def __init__(self, weights: Weights, laughs: bursts.Weights, unsure: float) -> None:
        self._weights, self._laughs, self._unsure = weights, laughs, unsure

    def listen(self) -> Listener:
        return Reader(self._weights, bursts.Laughs(self._laughs), self._unsure)


class Reader:
    """One session's stream. What is usual for its speaker lives and dies with it."""

    def __init__(self, weights: Weights, laughs: bursts.Laughs, unsure: float) -> None:
        self._weights, self._laughs, self._unsure = weights, laughs, unsure
        self._baseline = weights.baseline()
        self._turn = Turn()
        self._began = 0  # the turn that is listened to for laughs
        self._looks = self._now = 0
        self._last: tuple[int, Description] | None = None  # and how far it reaches

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        turn, lingered = self._turn, self._turn.lingering
        at = self._now = frame.at + FRAME_MS
        stopped = turn.hear(frame, seen)
        made = self._sounds(at, stopped or (lingered and not turn.lingering))
        if turn.talking:
            return [*made, *self._feel(at, final=False)] if self._due() else made
        return [*made, *self._feel(at, final=True)] if stopped or made else ()

    def tell(self, cue: Cue) -> Iterable[Event]:
        told: Iterable[Event] = ()
        if isinstance(cue, Settle) and self._turn.talking:
            told = self._settle(sure=True)
        elif isinstance(cue, Settle | Reset) and self._turn.lingering:
            told = self._settle(sure=False)
        if isinstance(cue, Reset):
            self._close()
        return told

    def _settle(self, sure: bool) -> Iterable[Event]:
        """What is known now; `sure`: also where nothing is new."""
        made = self._sounds(self._now, True)
        return [*made, *self._feel(self._now, final=True)] if made or sure else ()

    def _due(self) -> bool:
        """Whether it is time for another look."""
        if self._turn.spoken_s < LOOKS_S[0]:
            self._looks = 0
        if self._looks == len(LOOKS_S) or self._turn.spoken_s < LOOKS_S[self._looks]:
            return False
        self._looks += 1
        return True

    def _sounds(self, at: int, now: bool) -> Sequence[SoundMade]:
        """The laughs that are over, and of long ones what is; `now`: of those that go on too."""
        turn, laughs = self._turn, self._laughs
        if turn.begin != self._began:
            self._began = turn.begin
            laughs.forget()
        heard = [it for piece in turn.news(now) for it in laughs.hear(*piece, turn.background)]
        heard += laughs.pause() if now else ()
        sure = ((it, round(it.confidence, 3)) for it in heard)
        return [SoundMade(at, bursts.KIND, it.begin, it.end, share) for it, share in sure]

    @property
    def _laughed(self) -> bool:
        """Whether there was little else in the turn."""
        return self._laughs.laughed_ms > MOSTLY * 1000 * self._turn.spoken_s

    def _feel(self, at: int, final: bool) -> Iterable[Event]:
        description = self._describe()
        if description is None or description.speech_s < LEAST_S:
            return ()
        span = (self._turn.begin, self._turn.until)
        reading = read(description, self._baseline, self._weights, self._unsure)
        return [Felt(at, replace(self._beside(reading), span=span), final)]

    def _beside(self, reading: Reading) -> Reading:
        """The reading, beside the laughs in it."""
        if not self._laughs.laughed_ms:
            return reading
        reading = replace(reading, reasons=(*reading.reasons, LAUGHED))
        return unknown(reading) if self._laughed else reading

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
        if description is not None and not self._turn.over_reply and not self._laughed:
            learn(description, self._baseline, self._weights)
        self._turn.forget()
        self._looks, self._last = 0, None


def unknown(reading: Reading) -> Reading:
    """How awake it sounds is all that is left of it."""
    return replace(reading, labels={}, valence=0.0, confidence=0.0)
