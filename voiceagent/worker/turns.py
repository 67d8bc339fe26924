"""Whose message a worker deals with next: audio goes between decodes, and neither starves."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from voiceagent.events import Settle
from voiceagent.parts import Cue, Reset, Sense
from voiceagent.worker.messages import Kind

Letter = tuple[int, bytes | Cue | None]
"""A kind, and audio as it came or a cue. None: a cue that is not worth it any more."""


@dataclass
class Turns:
    """The messages of each channel in their order; the channels take turns.

    A cue may cost a decode; audio costs little, and so do samples, which count as audio. After each
    cue everybody whose audio waits has one turn, then it is the next cue's: audio waits for one
    decode, a decode for one round of audio.
    """

    _waiting: dict[int, deque[Letter]] = field(default_factory=dict)
    _audio: deque[int] = field(default_factory=deque)  # channels whose next message is audio
    _cues: deque[int] = field(default_factory=deque)  # and those whose next one is a cue
    _round: int = 0  # turns of audio before the next cue

    def __bool__(self) -> bool:
        return bool(self._audio or self._cues)

    def put(self, channel: int, letter: Letter) -> None:
        letters = self._waiting.setdefault(channel, deque())
        if isinstance(letter[1], Settle):
            supersede(letters)
        letters.append(letter)
        if len(letters) == 1:
            self._line_up(channel)

    def take(self) -> tuple[int, Letter]:
        """The next message, and its channel. There must be one."""
        if self._cues and (not self._audio or self._round <= 0):
            channel = self._cues.popleft()
            self._round = len(self._audio)
        else:
            channel = self._audio.popleft()
            self._round -= 1
        letters = self._waiting[channel]
        letter = letters.popleft()
        if letters:
            self._line_up(channel)
        else:
            del self._waiting[channel]
        return channel, letter

    def drop(self, channel: int) -> None:
        """Nobody waits for the rest any more."""
        if self._waiting.pop(channel, None):
            for line in (self._audio, self._cues):
                if channel in line:
                    line.remove(channel)

    def _line_up(self, channel: int) -> None:
        kind, content = self._waiting[channel][0]
        cheap = kind == Kind.FRAMES or isinstance(content, Sense)
        (self._audio if cheap else self._cues).append(channel)


def supersede(letters: deque[Letter]) -> None:
    """Words of a pause that are still to be looked for are of no use when those of a later pause
    of the same turn are asked for: a worker that is behind does not fall behind further.
    """
    for place in reversed(range(len(letters))):
        kind, content = letters[place]
        if isinstance(content, Reset):
            return
        if isinstance(content, Settle):
            letters[place] = kind, None
            return
