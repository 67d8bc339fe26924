"""Real recordings, heard as a session would: through a detector, settled at each pause."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from models.pocketsphinx.adapter import PocketSphinx
from models.webrtcvad import adapter as vad
from voiceagent.audio import read_audio
from voiceagent.events import Event, Heard, Scored, Settle, SpeechStopped
from voiceagent.parts import FRAME_BYTES, FRAME_MS, Cue, Frame, Listener

ORDERS = Path(__file__).parents[2] / "data" / "orders"


def clip(name: str) -> bytes:
    return read_audio(ORDERS / f"{name}.wav").pcm


class Talk:
    """A detector and an ear, fed with sound; each pause is settled, as a session does."""

    def __init__(self, ear: PocketSphinx, settles: bool = True) -> None:
        self.listener: Listener = ear.listen()
        self._detector = vad.build(vad.Options()).listen()
        self._settles = settles
        self.at = 0
        self.stopped = 0

    def hear(self, pcm: bytes) -> list[Event]:
        events: list[Event] = []
        for start in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
            frame = Frame(self.at, pcm[start : start + FRAME_BYTES])
            seen = list(self._detector.feed(frame, ()))
            events += self.listener.feed(frame, seen)
            self.at += FRAME_MS
            for stop in (event for event in seen if isinstance(event, SpeechStopped)):
                self.stopped = stop.end
                if self._settles:
                    events += self.tell(Settle(stop.end))
        return events

    def tell(self, cue: Cue) -> Sequence[Event]:
        return list(self.listener.tell(cue))

    def settle(self) -> Sequence[Event]:
        return self.tell(Settle(self.stopped))


def finals(events: Sequence[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Heard) and event.final]


def partials(events: Sequence[Event]) -> list[Heard]:
    return [event for event in events if isinstance(event, Heard) and not event.final]


def scores(events: Sequence[Event]) -> list[float]:
    return [event.probability for event in events if isinstance(event, Scored)]
