"""The neural detector: Silero's network behind WebRTC's detector as the gate.

The gate costs next to nothing and misses no speech; the network sleeps until it opens. The network
says whether somebody speaks; where speech begins and ends is read from the level, in steps of
10 ms, and held to what the network says where the background is too loud for that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from voiceagent.audio import SILENCE_DBFS
from voiceagent.errors import ConfigError, MissingExtra
from voiceagent.events import Event, SpeechLikely, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_MS, Cue, Ear, Frame, Listener, Tune

from .level import HALF_MS, Background, half_levels
from .network import Network
from .shrill import is_shrill
from .watch import Watch
from .weights import INSTALL, Floats, installed, read

LOOK_BACK_MS = 200  # speech may begin so long before it is sure
GAP_MS = 20  # a dip so short does not part the beginning from the rest
AGAIN_MS = 400  # so soon after its end less takes speech up again
LIKELY_MS = 80  # the gate opens anew after so long a silence
SHRILL_MS = 3_000  # a cry may go on so long without the network
SHRILL_AGAIN = 5  # frames of it that take speech up again
SHRILL_DB = 10.0  # and is as loud as speech was, or so little softer
LOST_MS = 100  # frames missing for so long break the sound
FRAME = EAR_RATE * FRAME_MS // 1000
LEAST, MOST = 0.1, 0.98  # thresholds: the network says up to 0.05 of noise, and never quite 1
LOUD_UP, LOUD_DOWN = 0.3, 0.01  # how fast the loud parts of speech are followed


@dataclass(frozen=True, slots=True)
class Edges:
    """How the ends of speech are read from the level."""

    margin_db: float = 10.0  # what is audible is that much above the background
    spread: float = 2.0  # and so many times what the background varies by
    range_db: float = 33.0  # what is that far under the loud parts of speech is not heard
    quiet_db: float = -60.0  # and nothing below this is
    lag_ms: int = 40  # where the network hears speech, there was some so long ago
    faint_ms: int = 50  # a faint last consonant may follow the network's last word
    early_ms: int = 80  # speech begins at most so long before the network hears it


@dataclass(frozen=True, slots=True)
class Options:
    threshold: float = 0.5  # the network's: this probability is speech
    likely: float = 0.1  # such a share of that makes it likely, where the gate hears something
    keep: float = 0.7  # at such a share of that speech goes on
    again: float = 0.7  # at such a share of it speech is taken up again: the t of "hot"
    release_ms: int = 80  # silence after which speech has stopped
    mode: int = 2  # the gate's aggressiveness, 0 to 3
    assumed_db: float = -55.0  # the background of a session that has just begun
    edges: Edges = Edges()


def build(options: Options) -> Ear:
    if not 0 <= options.mode <= 3:
        raise ConfigError(f"silero.mode is {options.mode}; it must be 0, 1, 2 or 3")
    if not LEAST <= options.threshold <= MOST:
        told = f"silero.threshold is {options.threshold}"
        raise ConfigError(f"{told}; it must be between {LEAST} and {MOST}")
    try:
        gate = import_module("webrtcvad")
    except ImportError as error:
        raise MissingExtra("silero", INSTALL) from error
    return Silero(options, gate, Network(read(installed())))


class Silero:
    """The weights, shared by all sessions."""

    def __init__(self, options: Options, gate: Any, network: Network) -> None:
        self._options = options
        self._gate = gate
        self._network = network

    def listen(self) -> Listener:
        gate = self._gate.Vad(self._options.mode)
        return Detector(self._options, gate, Watch(self._network))


class Detector:
    """One session's stream. Every duration is a difference of positions, so gaps do no harm."""

    def __init__(self, options: Options, gate: Any, watch: Watch) -> None:
        self._options = options
        self._edges = options.edges
        self._gate = gate
        self._watch = watch
        self._threshold = options.threshold
        edges = options.edges
        self._background = Background(options.assumed_db, edges.margin_db, edges.spread)
        self._halves: deque[tuple[int, float]] = deque()  # not yet known to be background
        self._talking = False
        self._likely = -AGAIN_MS  # the gate's last word
        self._next = 0  # where the next frame should begin
        self._loud = SILENCE_DBFS
        self._voice = 0  # where a voice was last heard
        self._sure = -SHRILL_MS  # where the network last heard it
        self._before = np.zeros(FRAME, np.float32)
        self._shrill = 0  # frames in a row
        self._end = -AGAIN_MS  # of what was audible last

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        at = frame.at
        samples = np.frombuffer(frame.near, np.int16)
        fresh = samples.astype(np.float32)
        first, second = half_levels(fresh)
        level = first if first > second else second
        if at - self._next >= LOST_MS:
            self._watch.forget()
        self._next = at + FRAME_MS
        gated = self._gate.is_speech(frame.near, EAR_RATE)
        audible = self._audible()
        opened = gated or level > audible or self._talking
        probability = self._watch.hear(at, samples, opened)
        sound, self._before = np.concatenate((self._before, fresh)), fresh
        if self._talking and at - self._end < self._options.release_ms:
            return self._follow(at, first, second, probability, sound)
        # still talking: frames are missing, and the speech ended before them
        events = [self._stop(at)] if self._talking else []
        self._halves.append((at, first))
        self._halves.append((at + HALF_MS, second))
        if gated and level > audible and probability >= self._options.likely * self._threshold:
            events += self._suspect(at)
        events += self._decide(at, level, audible, probability, sound)
        while self._halves and at - self._halves[0][0] >= LOOK_BACK_MS:
            self._background.hear(self._halves.popleft()[1])
        return events

    def tell(self, cue: Cue) -> Iterable[Event]:
        if isinstance(cue, Tune):
            self._threshold = _threshold(self._options.threshold, cue.threshold)
        return ()

    def _suspect(self, at: int) -> list[Event]:
        """The gate hears something: say so the first time."""
        known = at - self._likely < LIKELY_MS
        self._likely = at
        return [] if known else [SpeechLikely(at + FRAME_MS)]

    def _decide(
        self, at: int, level: float, audible: float, probability: float, sound: Floats
    ) -> list[Event]:
        """What the network takes for speech makes a start, and a cry takes it up again."""
        again = at - self._end < AGAIN_MS and level > self._loud - self._edges.range_db
        heard = probability >= self._threshold * (self._options.again if again else 1.0)
        if not heard and not self._cries(at + FRAME_MS, level, sound):
            return []
        self._talking = True
        if at - self._end >= AGAIN_MS:
            self._loud = level
        self._voice = self._end = at + FRAME_MS
        self._sure = self._voice if heard else self._sure
        return [SpeechStarted(at + FRAME_MS, self._begin(at, audible))]

    def _begin(self, sure: int, audible: float) -> int:
        """Go back from the first sure frame over what was audible before it."""
        begin = sure + FRAME_MS
        earliest = sure - self._edges.early_ms
        for at, level in reversed(self._halves):
            if at < max(begin - HALF_MS - GAP_MS, earliest):
                break
            if level > audible and at < begin:
                begin = at
        self._halves.clear()
        return begin

    def _follow(
        self, at: int, first: float, second: float, probability: float, sound: Floats
    ) -> Sequence[Event]:
        """Speech goes on while the network hears it, while it is a cry, and while something
        audible follows.
        """
        now = at + FRAME_MS
        audible = self._audible()
        level = first if first > second else second
        heard = probability >= self._options.keep * self._threshold
        if heard:
            self._sure = now
        if heard or self._cries(now, level, sound):
            self._voice = now
            self._end = max(self._end, now - self._edges.lag_ms)
            if level > audible:
                self._loud += (LOUD_UP if level > self._loud else LOUD_DOWN) * (level - self._loud)
        if at - self._voice < self._edges.faint_ms:
            if second > audible:
                self._end = now
            elif first > audible:
                self._end = max(self._end, now - HALF_MS)
        if now - self._end < self._options.release_ms:
            return ()
        return [self._stop(at)]

    def _cries(self, now: int, level: float, sound: Floats) -> bool:
        """Of a cry or a shout in a high voice the network hears only the beginning."""
        loud = level > self._loud - SHRILL_DB and now - self._sure < SHRILL_MS
        self._shrill = self._shrill + 1 if loud and is_shrill(sound) else 0
        return self._shrill >= (1 if self._talking else SHRILL_AGAIN)

    def _stop(self, at: int) -> Event:
        self._talking = False
        self._likely = -AGAIN_MS
        return SpeechStopped(at + FRAME_MS, self._end)

    def _audible(self) -> float:
        """What is heard above the background, and beside the loud parts of speech."""
        edges = self._edges
        beside = self._loud - edges.range_db if self._talking else SILENCE_DBFS
        return max(self._background.audible_db, edges.quiet_db, beside)


def _threshold(own: float, asked: float | None) -> float:
    """A client's 0.5 is the profile's own threshold, its 0 and 1 are LEAST and MOST."""
    asked = 0.5 if asked is None else min(1.0, max(0.0, asked))
    if asked < 0.5:
        return LEAST + (own - LEAST) * 2 * asked
    return own + (MOST - own) * (2 * asked - 1)
