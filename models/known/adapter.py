"""An ear whose words are known beforehand: it measures everything but recognition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voiceagent.events import Event, Heard, Settle, SpeechStarted, SpeechStopped
from voiceagent.parts import FRAME_MS, Cue, Frame, Listener, Reset


@dataclass(frozen=True, slots=True)
class Options:
    text: str = "hello there"
    first_word_ms: int = 300  # speech after which the first words are known, as a fast recogniser


def build(options: Options) -> Known:
    return Known(options)


@dataclass(frozen=True, slots=True)
class Known:
    options: Options

    def listen(self) -> Listener:
        return Knowing(self.options)


class Knowing:
    """Follows the detector: words come a moment after speech begins, and finally when settled."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._begin: int | None = None  # of the speech whose words are not told yet
        self._until = 0
        self._spoken = False
        self._listened = 0

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        self._listened = now = frame.at + FRAME_MS
        for event in seen:
            if isinstance(event, SpeechStarted):
                self._begin, self._spoken = event.begin, True
            elif isinstance(event, SpeechStopped):
                self._begin, self._until = None, event.end
        if self._begin is None or now - self._begin < self._options.first_word_ms:
            return ()
        self._begin, self._until = None, now
        return (Heard(now, self._options.text, now),)

    def tell(self, cue: Cue) -> Iterable[Event]:
        if isinstance(cue, Reset):
            self._spoken = self._begin is not None
        if not isinstance(cue, Settle):
            return ()
        text = self._options.text if self._spoken else ""
        return (Heard(self._listened, text, cue.until, final=True),)
