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
    every_ms: int = 400  # of speech: so often the words are said to reach further


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
        self._next: int | None = None  # when the words are told next; None: nobody speaks
        self._spoken = False
        self._listened = 0

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        self._listened = now = frame.at + FRAME_MS
        for event in seen:
            if isinstance(event, SpeechStarted):
                self._next, self._spoken = event.begin + self._options.first_word_ms, True
            elif isinstance(event, SpeechStopped):
                self._next = None
        if self._next is None or now < self._next:
            return ()
        self._next = now + self._options.every_ms
        return (Heard(now, self._options.text, now),)

    def tell(self, cue: Cue) -> Iterable[Event]:
        if isinstance(cue, Reset):
            self._spoken = self._next is not None
        if not isinstance(cue, Settle):
            return ()
        text = self._options.text if self._spoken else ""
        return (Heard(self._listened, text, cue.until, final=True),)
