"""How somebody feels in recordings: each is one turn, and all are turns of one conversation."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from voiceagent.errors import ModelError
from voiceagent.events import (
    NO_READING,
    EarsFailed,
    Event,
    Felt,
    Reading,
    Settle,
    SoundMade,
    SpeechStopped,
)
from voiceagent.hearing.chain import Ears
from voiceagent.hearing.feelings.tracker import Whole
from voiceagent.hearing.recording import AHEAD_MS, OpenEars, caught_up, frames
from voiceagent.parts import EAR_RATE, FRAME_BYTES, FRAME_MS, Expect, Frame, Reset

SILENT = bytes(FRAME_BYTES)


@dataclass(frozen=True, slots=True)
class Feeling:
    """`guess`: the probabilities, claimed or not. Spans count from the recording's start."""

    reading: Reading
    guess: Mapping[str, float]
    sounds: tuple[SoundMade, ...] = ()

    @property
    def label(self) -> str:
        """The emotion that is claimed, or "unknown"."""
        labels = self.reading.labels
        return max(labels, key=lambda name: labels[name], default="unknown")


class Notes:
    """What the ears said of the recording that is being played to them."""

    def __init__(self) -> None:
        self.failed = ""
        self.begin(0)

    def begin(self, at: int) -> None:
        self.start = at
        self.end: int | None = None
        self.felt: Felt | None = None

    def take(self, event: Event) -> None:
        match event:
            case Felt():
                self.felt = event
            case SpeechStopped(end=end):
                self.end = end
            case EarsFailed(error=error):
                self.failed = error

    def told(self) -> Feeling:
        """The last reading."""
        if self.felt is None and self.failed:
            raise ModelError("ears", self.failed)
        reading = NO_READING if self.felt is None else self.felt.reading
        whole = self.felt if isinstance(self.felt, Whole) else None
        guess, sounds = (reading.labels, ()) if whole is None else (whole.guess, whole.sounds)
        placed = tuple(
            replace(it, begin=self._own(it.begin), end=self._own(it.end)) for it in sounds
        )
        begin, end = (self._own(place) for place in reading.span)
        return Feeling(replace(reading, span=(begin, end)), guess, placed)

    def _own(self, place: int) -> int:
        """A position, in this recording."""
        return max(0, place - self.start)


async def readings(open_ears: OpenEars, recordings: Iterable[bytes]) -> AsyncGenerator[Feeling]:
    """Of each 16 kHz recording, as soon as it is known. The same ears listen to all of them: what
    is usual for the speaker, and how the turns before sounded, is carried over.
    """
    notes = Notes()
    ears = open_ears(notes.take)
    at = 0
    try:
        for pcm in recordings:
            notes.begin(at)
            for frame in shifted(frames(pcm), at):
                await ears.send(frame)
                at = frame.at + FRAME_MS
                await caught_up(ears, at - AHEAD_MS)
            at = await end_turn(ears, notes.end or notes.start + length_ms(pcm), at)
            yield notes.told()
    finally:
        await ears.aclose()


async def end_turn(ears: Ears, end: int, at: int) -> int:
    """The recording is over: hear everything that the ears still have to say of it. What they
    answer to a cue is seen with the next frame, and a cue carries on what is held back.
    """
    for cue in (Settle(end), Reset(), Expect()):
        ears.tell(cue)
        await ears.send(Frame(at, SILENT))
        at += FRAME_MS
    ears.tell(Expect())
    await caught_up(ears, at)
    return at


def shifted(own: Iterable[Frame], by_ms: int) -> Iterator[Frame]:
    return (replace(frame, at=frame.at + by_ms) for frame in own)


def length_ms(pcm: bytes) -> int:
    return len(pcm) * 1000 // (EAR_RATE * 2)
