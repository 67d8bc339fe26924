"""The classical detector: WebRTC's, held to the level above the background.

WebRTC's detector is quick and nearly free, but it takes steady noise for speech and keeps speech on
for 50 to 170 ms after its end. So a frame counts only if it is also clearly louder than the
background, and where speech begins and ends is read from the level, in steps of 10 ms.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from voiceagent.audio import SILENCE_DBFS
from voiceagent.errors import ConfigError, MissingExtra
from voiceagent.events import Event, SpeechLikely, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_MS, Cue, Ear, Frame, Listener, Tune

from .level import HALF_MS, Floor, half_levels

LOOK_BACK_MS = 200  # speech may begin so long before it is sure
HANGOVER_MS = 120  # a faint last consonant may follow the detector's last word
AGAIN_MS = 400  # so soon after its end a single frame takes speech up again: the t of "hot"
GAP_MS = 20  # a dip so short does not part the beginning from the rest
ONSET = 3, 4  # so many frames of so many make a start
LOUD_UP, LOUD_DOWN = 0.3, 0.01  # how fast the loud parts of speech are followed
TUNE_DB = 24.0  # what a client's threshold moves the margin by, from one end to the other


@dataclass(frozen=True, slots=True)
class Options:
    mode: int = 2  # WebRTC's aggressiveness, 0 to 3
    margin_db: float = 10.0  # speech is that much above the background
    quiet_db: float = -60.0  # and nothing below this is speech
    range_db: float = 33.0  # what is that far under the loud parts of speech is not heard
    release_ms: int = 80  # silence after which speech has stopped
    floor_ms: int = 3_000  # a steady sound becomes background in so long
    assumed_db: float = -55.0  # the background of a session that has just begun


def build(options: Options) -> Ear:
    if not 0 <= options.mode <= 3:
        raise ConfigError(f"webrtcvad.mode is {options.mode}; it must be 0, 1, 2 or 3")
    try:
        library = import_module("webrtcvad")
    except ImportError as error:
        raise MissingExtra("webrtcvad", "pip install webrtcvad-wheels") from error
    return WebRtcVad(options, library)


class WebRtcVad:
    def __init__(self, options: Options, library: Any) -> None:
        self._options = options
        self._library = library

    def listen(self) -> Listener:
        return Detector(self._options, self._library.Vad(self._options.mode))


class Detector:
    """One session's stream. Every duration is a difference of positions, so gaps do no harm."""

    def __init__(self, options: Options, vad: Any) -> None:
        self._options = options
        self._vad = vad
        self._margin = options.margin_db
        self._floor = Floor(options.floor_ms, options.assumed_db)
        self._halves: deque[tuple[int, float]] = deque(maxlen=LOOK_BACK_MS // HALF_MS)
        self._onset: deque[int] = deque(maxlen=ONSET[1])  # where the frames that count begin
        self._talking = False
        self._likely = False
        self._loud = SILENCE_DBFS
        self._voice = 0  # where the detector last heard a voice
        self._end = -AGAIN_MS  # of what was audible last

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        at = frame.at
        first, second = half_levels(frame.near)
        level = first if first > second else second
        least = max(self._floor.hear(level) + self._margin, self._options.quiet_db)
        voice = self._vad.is_speech(frame.near, EAR_RATE)
        if self._talking and at - self._end < self._options.release_ms:
            return self._follow(at, first, second, least, voice)
        # still talking: frames are missing, and the speech ended before them
        events = [self._stop(at)] if self._talking else []
        self._halves.append((at, first))
        self._halves.append((at + HALF_MS, second))
        if voice and level > least:
            events += self._suspect(at, level, least)
        elif self._likely and at - self._onset[-1] >= ONSET[1] * FRAME_MS:
            self._likely = False
        return events

    def tell(self, cue: Cue) -> Iterable[Event]:
        if isinstance(cue, Tune):
            threshold = 0.5 if cue.threshold is None else min(1.0, max(0.0, cue.threshold))
            self._margin = max(1.0, self._options.margin_db + TUNE_DB * (threshold - 0.5))
        return ()

    def _suspect(self, at: int, level: float, least: float) -> list[Event]:
        """This frame may be speech: say so the first time, and count."""
        now = at + FRAME_MS
        events: list[Event] = [] if self._likely else [SpeechLikely(now)]
        self._likely = True
        self._onset.append(at)
        needed, window = ONSET
        recent = [then for then in self._onset if at - then < window * FRAME_MS]
        again = at - self._end < AGAIN_MS and level > self._loud - self._options.range_db
        if again or len(recent) >= needed:
            self._start(at, level)
            events.append(SpeechStarted(now, self._begin(recent[0], least)))
        return events

    def _start(self, at: int, level: float) -> None:
        self._talking, self._likely = True, False
        self._onset.clear()
        if at - self._end >= AGAIN_MS:
            self._loud = level
        self._voice = self._end = at + FRAME_MS

    def _begin(self, sure: int, least: float) -> int:
        """Go back from the first sure frame over what was audible before it."""
        begin = sure + FRAME_MS
        for at, level in reversed(self._halves):
            if at < begin - HALF_MS - GAP_MS:
                break
            if level > least and at < begin:
                begin = at
        self._halves.clear()
        return begin

    def _follow(
        self, at: int, first: float, second: float, least: float, voice: bool
    ) -> Sequence[Event]:
        """Speech goes on while something audible follows a voice."""
        level = first if first > second else second
        least = max(least, self._loud - self._options.range_db)
        if voice and level > least:
            self._voice = at + FRAME_MS
            self._loud += (LOUD_UP if level > self._loud else LOUD_DOWN) * (level - self._loud)
        if at - self._voice < HANGOVER_MS:
            if second > least:
                self._end = at + FRAME_MS
            elif first > least:
                self._end = at + HALF_MS
        if at + FRAME_MS - self._end < self._options.release_ms:
            return ()
        return [self._stop(at)]

    def _stop(self, at: int) -> Event:
        self._talking = False
        return SpeechStopped(at + FRAME_MS, self._end)
