"""The sound of the turn so far: which parts of it are speech, and what there is to decode."""

from __future__ import annotations

from collections import deque

from voiceagent.parts import EAR_RATE, FRAME_MS, Frame

BEFORE_MS = 1_000  # kept while nobody speaks: a detector is late, and the first word has a lead-in
AROUND_MS = 250  # silence on either side of what is decoded; longer pauses are cut down to twice it
PER_MS = EAR_RATE // 1000 * 2

Pieces = tuple[tuple[int, int], ...]


class Sound:
    """Audio by position. What was never sent is not there."""

    def __init__(self) -> None:
        self._frames: deque[Frame] = deque()

    @property
    def end(self) -> int:
        return self._frames[-1].at + FRAME_MS if self._frames else 0

    def add(self, frame: Frame) -> None:
        self._frames.append(frame)

    def forget(self, before: int) -> None:
        while self._frames and self._frames[0].at + FRAME_MS <= before:
            self._frames.popleft()

    def cut(self, begin: int, end: int) -> bytes:
        pieces = []
        for frame in reversed(self._frames):  # what is wanted is nearly always the newest
            low, high = max(0, begin - frame.at), min(FRAME_MS, end - frame.at)
            if low >= FRAME_MS:
                break
            if low < high:
                pieces.append(frame.near[low * PER_MS : high * PER_MS])
        return b"".join(reversed(pieces))


class Turn:
    """Stretches of speech with their sound, and the words of those that are done with."""

    def __init__(self) -> None:
        self.sound = Sound()
        self.done: tuple[str, ...] = ()  # the words of what is not kept any more
        self._spans: list[tuple[int, int | None]] = []
        self._floor = 0  # what is before it was decoded for good

    @property
    def talking(self) -> bool:
        return bool(self._spans) and self._spans[-1][1] is None

    @property
    def begin(self) -> int | None:
        return self._spans[0][0] if self._spans else None

    def hear(self, frame: Frame) -> None:
        self.sound.add(frame)
        if not self._spans:
            self.sound.forget(frame.at - BEFORE_MS)

    def start(self, begin: int) -> None:
        if not self.talking:
            last = self._spans[-1][1] if self._spans else None
            self._spans.append((begin if last is None else max(begin, last), None))

    def stop(self, end: int) -> None:
        if self.talking:
            begin, _ = self._spans[-1]
            self._spans[-1] = begin, max(begin, end)

    def stretches(self, until: int) -> Pieces:
        """The speech up to there."""
        ends = ((begin, until if end is None else min(end, until)) for begin, end in self._spans)
        return tuple((begin, end) for begin, end in ends if begin < end)

    def pieces(self, until: int) -> Pieces:
        """What to decode of it: with some silence, without long ones."""
        pieces: list[tuple[int, int]] = []
        for begin, end in self.stretches(until):
            low, high = max(self._floor, begin - AROUND_MS), min(end + AROUND_MS, self.sound.end)
            if pieces and low <= pieces[-1][1]:
                pieces[-1] = pieces[-1][0], high
            else:
                pieces.append((low, high))
        return tuple(pieces)

    def done_with(self, until: int, words: tuple[str, ...]) -> None:
        """The speech up to there is settled for good: only its words are kept."""
        self.done += words
        self._forget(until)

    def reset(self, settled: int) -> None:
        """The turn is over: what was settled of it goes, and so do all older stretches. Speech that
        began meanwhile belongs to the next turn.
        """
        self.done = ()
        self._forget(max(self._spans[-1][0], settled) if self.talking else self.sound.end)
        self._floor = settled  # the lead-in of what comes next may lie before now

    def _forget(self, before: int) -> None:
        self._floor = max(self._floor, before)
        spans = [(max(begin, before), end) for begin, end in self._spans]
        self._spans = [(begin, end) for begin, end in spans if end is None or end > begin]
        first = self._spans[0][0] if self._spans else self.sound.end
        self.sound.forget(min(first, self.sound.end) - BEFORE_MS)
