"""The words of a whole recording, cut where a conversation would cut it: at its long pauses."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass

import anyio

from voiceagent.errors import ModelError
from voiceagent.events import (
    EarsFailed,
    Event,
    Heard,
    HeardWord,
    Settle,
    SpeechStarted,
    SpeechStopped,
)
from voiceagent.hearing.chain import Ears
from voiceagent.parts import FRAME_BYTES, FRAME_MS, Frame, Reset, Tune

OpenEars = Callable[[Callable[[Event], None]], Ears]

PAUSE_MS = 700  # a pause that ends a passage
LONG_MS, SHORT_PAUSE_MS = 20_000, 200  # a passage so long ends at a shorter one
LONGEST_MS = 30_000  # and here it ends in any case
TAIL_MS = 600  # silence after a recording, so that its last word ends
WORDS_TIMEOUT_S = 60.0
AHEAD_MS = 2_000  # audio that is sent and not listened to
LOOK_S = 0.005

log = logging.getLogger("voiceagent.hearing")


@dataclass(frozen=True, slots=True)
class Passage:
    """What was said between two long pauses. Positions are those of the recording, in ms."""

    text: str
    begin: int
    end: int
    words: tuple[HeardWord, ...] = ()
    others: tuple[str, ...] = ()


Span = tuple[int, int]


class Passages:
    """Follows the ears: where a passage ends, and what was heard of it."""

    def __init__(self) -> None:
        self.heard: deque[Passage] = deque()
        self.failed = ""
        self.told = 0  # how many passages were ever heard
        self.changed = anyio.Event()
        self._begin: int | None = None  # of the passage that is being spoken
        self._end: int | None = None  # where its speech stopped; None: it goes on
        self._over: deque[Span] = deque()
        self._asked: list[Span] = []  # settled, and not answered yet
        self._doubtful: list[Span] = []  # the same, and then something failed

    @property
    def waiting(self) -> bool:
        """Words are still to come."""
        return bool(self._asked)

    @property
    def lost(self) -> bool:
        """Words that were asked for never came."""
        return bool(self._asked or self._doubtful)

    def take(self, event: Event) -> None:
        match event:
            case SpeechStarted(begin=begin):
                self._start(begin)
            case SpeechStopped(end=end) if self._begin is not None:
                self._end = max(end, self._begin)
            case Heard(final=True):
                self._answer(event)
            case EarsFailed(error=error):
                self.failed = self.failed or error
                self._doubtful += self._asked
                self._asked.clear()
                self._change()

    def over(self, listened: int) -> Iterator[int]:
        """Where passages have ended, now that the ears have got so far."""
        if self._begin is not None and self._end is not None:
            if listened - self._end >= self._pause_ms(self._end):
                self._close(self._end)
        elif self._begin is not None and listened - self._begin >= LONGEST_MS:
            self._close(listened)
            self._begin = listened
        while self._over:
            span = self._over.popleft()
            self._asked.append(span)
            yield span[1]

    def finish(self, end: int) -> Iterator[int]:
        """The recording is over. If nothing was noticed in it, the ears are asked all the same."""
        if self._begin is not None or not (self.told or self.lost):
            self._close(end if self._end is None else self._end)
        yield from self.over(end)

    def _start(self, begin: int) -> None:
        if self._end is not None and begin - self._end >= self._pause_ms(self._end):
            self._close(self._end)
        if self._begin is None:
            self._begin = begin
        self._end = None

    def _pause_ms(self, end: int) -> int:
        return PAUSE_MS if end - (self._begin or 0) < LONG_MS else SHORT_PAUSE_MS

    def _close(self, end: int) -> None:
        self._over.append((self._begin or 0, end))
        self._begin = self._end = None

    def _answer(self, heard: Heard) -> None:
        asked = self._doubtful + self._asked
        begin = next((begin for begin, end in asked if end == heard.until), None)
        if begin is None:  # of ears that settle by themselves
            begin, self._begin, self._end = self._begin, None, None
        self._asked = [span for span in self._asked if span[1] > heard.until]
        self._doubtful = [span for span in self._doubtful if span[1] != heard.until]
        if heard.text:
            self.told += 1
            self.heard.append(passage(heard, heard.until if begin is None else begin))
        self._change()

    def _change(self) -> None:
        self.changed.set()
        self.changed = anyio.Event()


def passage(heard: Heard, begin: int) -> Passage:
    return Passage(heard.text, begin, heard.until, heard.words, heard.others)


async def passages(
    open_ears: OpenEars, pcm: bytes, tune: Tune | None = None
) -> AsyncGenerator[Passage, None]:
    """What is said in 16 kHz audio, one passage after the other, as soon as each is known."""
    notes = Passages()
    ears = open_ears(notes.take)
    try:
        if tune is not None:
            ears.tell(tune)
        for frame in frames(pcm):
            await ears.send(frame)
            await caught_up(ears, frame.at - AHEAD_MS)
            settle(ears, notes.over(ears.listened))
            while notes.heard:
                yield notes.heard.popleft()
        settle(ears, notes.finish(frame.at + FRAME_MS))
        async for last in rest(notes):
            yield last
    finally:
        await ears.aclose()


async def caught_up(ears: Ears, at: int) -> None:
    """Wait until they have listened so far, however slow they are: nobody talks to them."""
    with anyio.move_on_after(WORDS_TIMEOUT_S) as patience:
        while ears.listened < at:  # noqa: ASYNC110 - ears have no bell
            await anyio.sleep(LOOK_S)
    if patience.cancelled_caught:
        raise ModelError("ears", f"they were not done with it after {WORDS_TIMEOUT_S:g} s")


def frames(pcm: bytes) -> Iterator[Frame]:
    """The recording, and some silence after it."""
    whole = -(-len(pcm) // FRAME_BYTES) * FRAME_BYTES
    view = memoryview(pcm)
    for start in range(0, whole + TAIL_MS // FRAME_MS * FRAME_BYTES, FRAME_BYTES):
        near = bytes(view[start : start + FRAME_BYTES]).ljust(FRAME_BYTES, b"\0")
        yield Frame(start // FRAME_BYTES * FRAME_MS, near)


def settle(ears: Ears, ends: Iterator[int]) -> None:
    for end in ends:
        ears.tell(Settle(end))
        ears.tell(Reset())


async def rest(notes: Passages) -> AsyncGenerator[Passage, None]:
    """What is still to come. Words that never come are an error, unless there are others."""
    while notes.waiting:
        with anyio.move_on_after(WORDS_TIMEOUT_S) as patience:
            await notes.changed.wait()
        if patience.cancelled_caught:
            break
    while notes.heard:
        yield notes.heard.popleft()
    if not notes.lost and not notes.failed:
        return
    why = notes.failed or f"no words came within {WORDS_TIMEOUT_S:g} s"
    if not notes.told:
        raise ModelError("ears", why)
    log.warning("some words of a recording are missing: %s", why)
