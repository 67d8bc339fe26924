"""An ear that feels the same whatever is said, once unsure and once for good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from voiceagent.events import Event, Felt, Reading, SpeechStarted, SpeechStopped
from voiceagent.parts import Cue, Frame, Listener

HAPPY = Reading({"happy": 0.7, "neutral": 0.3}, 0.6, 0.4, 0.7, ("cheerful",), ("lively",), (0, 900))


def build() -> Feeling:
    return Feeling()


class Feeling:
    def listen(self) -> Listener:
        return self

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        heard = [e for e in seen if isinstance(e, SpeechStarted | SpeechStopped)]
        return [Felt(e.at, HAPPY, final=isinstance(e, SpeechStopped)) for e in heard]

    def tell(self, cue: Cue) -> Iterable[Event]:
        return ()
