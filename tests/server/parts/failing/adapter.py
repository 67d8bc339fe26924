"""An ear that breaks when somebody has spoken for the first time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from voiceagent.events import Event, SpeechStopped
from voiceagent.parts import Cue, Frame, Listener


def build() -> Failing:
    return Failing()


class Failing:
    def __init__(self) -> None:
        self.failed = False

    def listen(self) -> Listener:
        return self

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        if not self.failed and any(isinstance(event, SpeechStopped) for event in seen):
            self.failed = True
            raise RuntimeError("out of order")
        return ()

    def tell(self, cue: Cue) -> Iterable[Event]:
        return ()
