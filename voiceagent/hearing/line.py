"""A session's line to the worker that listens for it: in order, answered, never over-full."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voiceagent.errors import Busy, ModelError, VoiceAgentError
from voiceagent.events import Event
from voiceagent.parts import Cue, Expect, Reset, Tune
from voiceagent.worker.channel import Channel
from voiceagent.worker.messages import LISTEN, Kind, unpack_events, write_body
from voiceagent.worker.pool import Pool

log = logging.getLogger("voiceagent.hearing")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much audio may be on its way."""

    pipe_ms: int = 1000  # sent and unanswered; the rest waits on this side
    flight_ms: int = 5000  # altogether; a worker that needs longer for it is slower than real time
    retry_s: float = 5.0  # before a worker that could not be had is asked for again


@dataclass(slots=True)
class _Message:
    kind: int
    body: bytes
    ms: int
    at_s: float  # when it was handed in


class Line:
    """Carries audio and cues. While it is `out` audio is dropped; each trouble is reported once.

    It has its place from the beginning: ModelError or Busy where there is none.
    """

    def __init__(
        self,
        pool: Pool,
        on_answer: Callable[[int, Sequence[Event]], None],
        on_failed: Callable[[str], None],
        bounds: Bounds,
    ) -> None:
        self._pool, self._bounds = pool, bounds
        self._on_answer, self._on_failed = on_answer, on_failed
        self._waiting: deque[_Message] = deque()
        self._sent: deque[_Message] = deque()
        self._room = asyncio.Event()
        self._lasting: dict[type, Cue] = {}  # a fresh worker is told these again
        self._retry_at = 0.0
        self._ailing = False  # a trouble was reported and is not over
        self._silent = True  # no audio yet: whoever made this may not be ready for bad news
        self._lost: VoiceAgentError | None = None
        self._channel: Channel | None = None
        self._begin()

    @property
    def idle(self) -> bool:
        """Everything that was handed in is answered."""
        return not self._sent and not self._waiting

    @property
    def flight_ms(self) -> int:
        return sum(m.ms for m in self._sent) + sum(m.ms for m in self._waiting)

    def frames(self, body: bytes, ms: int) -> None:
        self._silent = False
        if self._channel is None and self._now() >= self._retry_at:
            self._open()
        if not self.out:
            self._push(Kind.FRAMES, body, ms)

    def tell(self, cue: Cue) -> None:
        if isinstance(cue, Tune | Expect):
            self._lasting[type(cue)] = cue
        if not self.out:
            self._push(Kind.TELL, write_body(cue), 0)

    async def ready(self) -> None:
        """Wait until the worker has made room. Raises what keeps it from that."""
        while not self.idle:
            self._room.clear()
            await self._room.wait()
        if self._lost is not None:
            raise self._lost

    async def pace(self) -> None:
        """Wait while too much is on its way, but never longer than that audio lasts."""
        limit_ms = self._bounds.flight_ms
        while not self.out and self.flight_ms >= limit_ms:
            oldest = (self._sent or self._waiting)[0]
            left_s = limit_ms / 1000 - (self._now() - oldest.at_s)
            self._room.clear()
            try:
                await asyncio.wait_for(self._room.wait(), max(left_s, 0))
            except TimeoutError:
                self._overrun(oldest)

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()
        self._shut()
        self._retry_at = float("inf")

    # --- the worker's side ---

    def receive(self, kind: int, body: bytes) -> None:
        if kind != Kind.EVENTS:
            return
        self._sent.popleft()
        self._room.set()
        listened, events = unpack_events(body)
        if self.out and not self._sent:
            self._recover()
        elif not self.out:
            self._ailing = False
        self._pump()
        self._on_answer(listened, events)

    def lost(self, error: VoiceAgentError) -> None:
        self._shut()
        if not self._silent:  # or nothing was said yet that could be lost
            self._fail(str(error))
        self._open()

    # --- the inside ---

    def _begin(self) -> None:
        self._channel = self._pool.open(LISTEN, self)
        self.out, self._lost = False, None
        for cue in (Reset(), *self._lasting.values()):  # an answer says that somebody listens
            self._push(Kind.TELL, write_body(cue), 0)

    def _open(self) -> None:
        try:
            self._begin()
        except (ModelError, Busy) as error:
            self._lost = error
            self._retry_at = self._now() + self._bounds.retry_s
            if not self._silent:
                self._fail(str(error))

    def _shut(self) -> None:
        self._channel, self.out = None, True
        self._waiting.clear()
        self._sent.clear()
        self._room.set()

    def _push(self, kind: int, body: bytes, ms: int) -> None:
        self._waiting.append(_Message(kind, body, ms, self._now()))
        self._pump()

    def _pump(self) -> None:
        pipe_ms = sum(m.ms for m in self._sent)
        while self._waiting and self._channel and pipe_ms < self._bounds.pipe_ms:
            message = self._waiting.popleft()
            self._sent.append(message)
            pipe_ms += message.ms
            self._channel.write(message.kind, message.body)

    def _overrun(self, oldest: _Message) -> None:
        """Give up what waits here. When the pipe is answered too, hearing starts afresh."""
        if self.idle or oldest is not (self._sent or self._waiting)[0]:
            return
        self.out = True
        self._waiting.clear()
        seconds = self._bounds.flight_ms / 1000
        self._fail(f"{self._pool.name} does not keep up: it is {seconds:g} s behind")

    def _recover(self) -> None:
        self.out = False
        self._push(Kind.TELL, write_body(Reset()), 0)
        for cue in self._lasting.values():
            self._push(Kind.TELL, write_body(cue), 0)

    def _fail(self, why: str) -> None:
        if self._ailing:
            log.info("still without ears: %s", why)
            return
        self._ailing = True
        self._on_failed(why)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
