"""A chain of listeners, and the runner that feeds it in this process.

A listener that raises costs the words that it was about to give: a fresh one takes its place.
"""

from __future__ import annotations

import logging
import types
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Protocol

from voiceagent.events import EarsFailed, Event
from voiceagent.parts import FRAME_MS, Cue, Ear, Expect, Frame, Listener, Tune

log = logging.getLogger("voiceagent.hearing")

FAILURES = 3
WITHIN_MS = 30_000
"""An ear that fails so often in so much audio is off for as long again."""
TOLD_MS = 2_000
"""Failures that follow one another so closely are one piece of news."""


class Ears(Protocol):
    """What a session sees of hearing. Events come by callback, in the order of their making."""

    @property
    def listened(self) -> int:
        """The position up to which the ears have listened. It never falls."""
        ...

    async def send(self, frame: Frame) -> None: ...

    def tell(self, cue: Cue) -> None: ...

    async def aclose(self) -> None: ...


class Chain:
    """Listeners in order: each sees what those before it made of a frame.

    What they made of a cue is seen with the next frame.
    """

    def __init__(self, ears: Iterable[Ear]) -> None:
        self._stages = [_Stage(ear) for ear in ears]

    def feed(self, frame: Frame, seen: Sequence[Event] = ()) -> list[Event]:
        events: list[Event] = []
        for stage in self._stages:
            fresh = stage.feed(frame, [*seen, *events] if seen or events else ())
            if fresh:
                events += fresh
        return events

    def tell(self, cue: Cue) -> list[Event]:
        events: list[Event] = []
        for stage in self._stages:
            stage.carried += events
            events += stage.tell(cue)
        return events


class _Stage:
    """One ear: its listener, and what happens when that fails."""

    def __init__(self, ear: Ear) -> None:
        self.carried: list[Event] = []
        self._ear = ear
        self._listener: Listener | None = None
        self._cues: dict[type, Cue] = {}  # a fresh listener is told these again
        self._failed: deque[int] = deque(maxlen=FAILURES)
        self._at = self._back_at = 0
        self._told_at: int | None = None

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Sequence[Event]:
        self._at = frame.at + FRAME_MS
        if self.carried:
            seen, self.carried = [*self.carried, *seen], []
        try:
            listener = self._listener or self._listen()
            return list(listener.feed(frame, seen)) if listener else ()
        except Exception as error:  # the border to foreign code
            return self._fail(error)

    def tell(self, cue: Cue) -> Sequence[Event]:
        try:
            listener = self._listener or self._listen()
            if isinstance(cue, Tune | Expect):
                self._cues[type(cue)] = cue
            return list(listener.tell(cue)) if listener else ()
        except Exception as error:  # the border to foreign code
            return self._fail(error)

    def _listen(self) -> Listener | None:
        if self._at < self._back_at:
            return None
        listener = self._ear.listen()
        for cue in self._cues.values():
            deque(listener.tell(cue), maxlen=0)  # it may be a generator
        self._listener = listener
        return listener

    def _fail(self, error: Exception) -> Sequence[Event]:
        """Replace the listener, and say so unless that was said a moment ago."""
        self._listener = None
        self._failed.append(self._at)
        name = type(self._ear).__name__
        log.warning("%s failed and is replaced", name, exc_info=error)
        if len(self._failed) == FAILURES and self._at - self._failed[0] < WITHIN_MS:
            self._failed.clear()
            self._back_at = self._at + WITHIN_MS
            log.error("%s keeps failing and is off for %d s", name, WITHIN_MS // 1000)
        if self._told_at is not None and self._at - self._told_at < TOLD_MS:
            return ()
        self._told_at = self._at
        return [EarsFailed(self._at, f"{name}: {type(error).__name__}: {error}")]


class Outbox:
    """Hands events to the session in the order of their making, though its answer may make more."""

    def __init__(self, on_event: Callable[[Event], None]) -> None:
        self._on_event = on_event
        self._events: deque[Event] = deque()
        self._busy = False

    def put(self, events: Iterable[Event]) -> None:
        self._events.extend(events)
        if self._busy:
            return
        self._busy = True
        try:
            while self._events:
                self._on_event(self._events.popleft())
        finally:
            self._busy = False


class InlineEars:
    """A chain in this process, for ears that cost little."""

    def __init__(self, ears: Sequence[Ear], on_event: Callable[[Event], None]) -> None:
        self._chain = Chain(ears)
        self._outbox = Outbox(on_event)
        self._listened = 0

    @property
    def listened(self) -> int:
        return self._listened

    async def send(self, frame: Frame) -> None:
        events = self._chain.feed(frame)
        self._listened = frame.at + FRAME_MS
        if events:
            self._outbox.put(events)
        await _breathe()

    def tell(self, cue: Cue) -> None:
        self._outbox.put(self._chain.tell(cue))

    async def aclose(self) -> None:
        return None


@types.coroutine
def _breathe() -> Generator[None]:
    """Let other tasks run, as asyncio.sleep(0) does: a file sent at once must not starve them."""
    yield
