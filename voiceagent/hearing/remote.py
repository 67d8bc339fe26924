"""The runner for ears of which the cheap ones stay here and the heavy ones are in a worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voiceagent.events import EarsFailed, Event
from voiceagent.hearing.batching import Gate, due, gate_after
from voiceagent.hearing.chain import Chain, Outbox
from voiceagent.hearing.line import Bounds, Line
from voiceagent.parts import FRAME_MS, Cue, Ear, Frame, Sample, Sense
from voiceagent.worker.messages import Heedful, pack_frames
from voiceagent.worker.pool import Pool

MOST_SAMPLES = 256  # that wait for the next audio


class WorkerEars:
    """`inline` comes first in the chain. Its events are known at once and travel with the frame."""

    def __init__(
        self,
        inline: Sequence[Ear],
        pool: Pool,
        on_event: Callable[[Event], None],
        bounds: Bounds | None = None,
    ) -> None:
        self._chain = Chain(inline)
        self._gate = Gate() if inline else None
        self._outbox = Outbox(on_event)
        self._held: list[Heedful] = []
        self._carried: list[Event] = []  # what the inline ears made of a cue
        self._samples: list[Sample] = []
        self._position = self._listened = self._answered = 0
        self._line = Line(pool, self._hear, self._fail, bounds or Bounds())

    @property
    def listened(self) -> int:
        """What the worker has answered; everything, where there is nothing left for it to say."""
        silent = self._gate is not None and not self._gate.talking and self._line.idle
        reached = self._position if silent or self._line.out else self._answered
        self._listened = max(self._listened, reached)
        return self._listened

    async def ready(self) -> None:
        """Wait until the worker listens. Raises ModelError where it will not."""
        await self._line.ready()

    async def send(self, frame: Frame) -> None:
        events = self._chain.feed(frame)
        self._position = frame.at + FRAME_MS
        if self._gate is not None:
            self._gate = gate_after(self._gate, frame.at, events)
        seen = (*self._carried, *events)
        self._carried.clear()
        self._held.append((frame, seen))
        if due(self._gate, frame.at, len(self._held) * FRAME_MS, events):
            self._flush()
        if events:
            self._outbox.put(events)
        await self._line.pace()

    def tell(self, cue: Cue) -> None:
        """Cues keep their place among the frames. Samples wait for the frames that are held: each
        says itself where it belongs.
        """
        events = self._chain.tell(cue)
        self._carried += events
        if isinstance(cue, Sense):
            self._take(cue)
        else:
            self._flush()
            self._line.tell(cue)
        self._outbox.put(events)

    def _take(self, sense: Sense) -> None:
        self._samples += sense.samples
        if len(self._samples) >= MOST_SAMPLES:
            self._flush()

    async def aclose(self) -> None:
        self._line.close()

    def _flush(self) -> None:
        if self._held:
            self._line.frames(pack_frames(self._held), len(self._held) * FRAME_MS)
            self._held.clear()
        if self._samples:
            self._line.tell(Sense(tuple(self._samples)))
            self._samples.clear()

    def _hear(self, listened: int, events: Sequence[Event]) -> None:
        self._answered = max(self._answered, listened)
        self._outbox.put(events)

    def _fail(self, why: str) -> None:
        self._outbox.put([EarsFailed(self._position, why)])
