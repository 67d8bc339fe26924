"""What waits for the application: bounded, whether it reads or not."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from voiceagent.audio import ms_of
from voiceagent.client.events import AgentAudio, AgentSaid, CallEvent, Raw, UserSaid
from voiceagent.session.bell import Bell

MOST_AUDIO_MS = 120_000
MOST_EVENTS = 5_000
log = logging.getLogger("voiceagent.client")


class Inbox:
    """When it is full the oldest audio goes, then the oldest words that later ones contain."""

    def __init__(self) -> None:
        self._events: deque[CallEvent] = deque()
        self._audio_ms = 0
        self._bell = Bell()
        self._over = False
        self._read = False  # somebody reads, or has read
        self._warned = False

    def put(self, event: CallEvent) -> None:
        self._events.append(event)
        if isinstance(event, AgentAudio):
            self._audio_ms += length(event)
        while self._audio_ms > MOST_AUDIO_MS:
            self._drop(is_audio)
        while len(self._events) > MOST_EVENTS:
            self._drop(is_spare)
        self._bell.ring()

    def finish(self, last: CallEvent) -> None:
        self.put(last)
        self._over = True

    def forget_audio(self, reply: str) -> None:
        """Nobody shall play this any more."""
        kept = (e for e in self._events if not (isinstance(e, AgentAudio) and e.reply == reply))
        self._events = deque(kept)
        self._audio_ms = sum(length(e) for e in self._events if isinstance(e, AgentAudio))

    async def take(self) -> CallEvent | None:
        """The next event; None after the last."""
        self._read = True
        await self._bell.until(lambda: bool(self._events) or self._over)
        if not self._events:
            return None
        event = self._events.popleft()
        if isinstance(event, AgentAudio):
            self._audio_ms -= length(event)
        return event

    def _drop(self, droppable: Callable[[CallEvent], bool]) -> None:
        """Let go of the oldest such event, or of the oldest of all."""
        at = next((n for n, event in enumerate(self._events) if droppable(event)), 0)
        event = self._events[at]
        del self._events[at]
        if isinstance(event, AgentAudio):
            self._audio_ms -= length(event)
        if self._read and not self._warned:
            self._warned = True
            log.warning("the application reads its events too slowly: the oldest are dropped")


def length(event: AgentAudio) -> int:
    return ms_of(len(event.pcm), event.rate)


def is_audio(event: CallEvent) -> bool:
    return isinstance(event, AgentAudio)


def is_spare(event: CallEvent) -> bool:
    if isinstance(event, UserSaid | AgentSaid):
        return not event.final
    return isinstance(event, AgentAudio | Raw)
