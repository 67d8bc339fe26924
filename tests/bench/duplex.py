"""A conversation in simulated time whose ears are real: user, loudspeaker and room are samples.

The session, the cheap ears and the line to the worker are the real ones. The worker is this
process; what it computes takes as much simulated time as it took processor time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
import numpy as np
from numpy.typing import NDArray

from voiceagent import events as e
from voiceagent.audio import resample_all
from voiceagent.events import Action, Event
from voiceagent.hearing import Chain
from voiceagent.hearing.remote import WorkerEars
from voiceagent.parts import EAR_RATE, EVERY_STYLE, FRAME_MS, Ear, Phrase, Spoken, Styles
from voiceagent.session import House, Piece, Session
from voiceagent.speaking.cascade import Cascade
from voiceagent.testing import Parrot, Tape, run_virtual
from voiceagent.worker.messages import Kind, pack_events, read_body, unpack_frames
from voiceagent.worker.pool import Pool

Samples = NDArray[np.float32]
PER_MS = EAR_RATE // 1000
LONGEST_S = 40
AFTER_MS = 1_500  # of silence after what is said over the reply
NO_ECHO: Samples = np.zeros(1, np.float32)


@dataclass
class Desk:
    """A pool with one worker: this process."""

    ears: Sequence[Ear]
    name: str = "desk"
    computed_s: float = 0.0

    def open(self, order: object, line: Any) -> Desk:
        self._chain, self._line = Chain(self.ears), line
        self._listened, self._free_at = 0, 0.0
        return self

    def write(self, kind: int, body: bytes) -> None:
        began = time.thread_time()
        events: list[Event] = []
        if kind == Kind.FRAMES:
            for frame, seen in unpack_frames(body):
                events += self._chain.feed(frame, seen)
                self._listened = frame.at + FRAME_MS
        else:
            events = self._chain.tell(read_body(body))
        took = time.thread_time() - began
        self.computed_s += took
        loop = asyncio.get_running_loop()
        self._free_at = max(self._free_at, loop.time()) + took
        answer = pack_events(self._listened, events)
        loop.call_at(self._free_at, self._line.receive, Kind.EVENTS, answer)

    def close(self) -> None:
        return None


@dataclass
class Played(Tape):
    """A link whose far end plays what it gets into a room."""

    response: Samples = field(default_factory=lambda: NO_ECHO)
    buffer_ms: int = 40  # of the far end, and what the way there takes
    rate: int = 24_000

    def __post_init__(self) -> None:
        self._sound = np.zeros(LONGEST_S * EAR_RATE, np.float32)
        self._end = 0

    async def play(self, piece: Piece) -> bool:
        written = await super().play(piece)
        if written and piece.pcm:
            pcm = np.frombuffer(resample_all(piece.pcm, self.rate, EAR_RATE), np.int16)
            now = round(anyio.current_time() * EAR_RATE) + self.buffer_ms * PER_MS
            start = max(self._end, now)
            self._end = start + len(pcm)
            self._sound[start : self._end] = pcm[: max(0, len(self._sound) - start)]
        return written

    def echo(self, position: int) -> Samples:
        """What the microphone gets of it in one frame."""
        size, back = FRAME_MS * PER_MS, len(self.response) - 1
        start = position * PER_MS
        dry = self._sound[max(0, start - back) : start + size]
        if not dry.any():
            return np.zeros(size, np.float32)
        dry = np.concatenate((np.zeros(size + back - len(dry), np.float32), dry))
        return np.convolve(dry, self.response, "valid").astype(np.float32)


@dataclass
class Replay:
    """A voice that has made its sound before."""

    made: Sequence[Spoken]

    def styles(self) -> Styles:
        return EVERY_STYLE

    async def speak(
        self, phrases: AsyncIterator[Phrase], name: str = ""
    ) -> AsyncGenerator[Spoken, None]:
        async for _ in phrases:
            for piece in self.made:
                yield piece


@dataclass
class Scene:
    """`first`: what the user says before the reply; `over`: what is heard over it, and when."""

    over: Samples
    first: Samples = field(default_factory=lambda: NO_ECHO)
    response: Samples = field(default_factory=lambda: NO_ECHO)
    after_ms: int = 1800
    background: Samples = field(default_factory=lambda: NO_ECHO)


@dataclass
class Course:
    """What came of it. Times are session milliseconds."""

    log: list[tuple[Event, list[Action]]]
    pieces: list[tuple[int, Piece]]
    audible: int
    began: int  # the first sample of what is heard over the reply
    ended: int
    rate: int

    def times(self, kind: type[Action]) -> list[int]:
        """When this was done after something could be heard over the reply."""
        return [
            event.at
            for event, actions in self.log
            for action in actions
            if isinstance(action, kind) and event.at >= self.began
        ]

    @property
    def cancelled(self) -> int | None:
        return min(self.times(e.Cancel), default=None)

    @property
    def held_ms(self) -> int:
        """How long the reply was silent, all holds together."""
        until = self.cancelled or self.log[-1][0].at
        total = 0
        for at in self.times(e.Hold):
            total += min([t for t in self.times(e.Resume) if t >= at] or [until]) - at
        return total

    @property
    def last_sound(self) -> int | None:
        """When the last audible piece of a reply that was cancelled had been handed out."""
        until = self.cancelled
        if until is None:
            return None
        return max(at for at, piece in self.pieces if at <= until and any(piece.pcm))

    @property
    def verdicts(self) -> list[str]:
        return [
            f"{event.at - self.began} {event.verdict}: {event.why}"
            for event, _ in self.log
            if isinstance(event, e.Judged) and event.at >= self.began
        ]


def converse(cheap: Sequence[Ear], heavy: Sequence[Ear], voice: Replay, scene: Scene) -> Course:
    return run_virtual(_converse, cheap, heavy, voice, scene)


def cancelled(log: Sequence[tuple[Event, list[Action]]], began: int) -> bool:
    after = (actions for event, actions in log if event.at >= began)
    return any(isinstance(action, e.Cancel) for actions in after for action in actions)


async def _converse(
    cheap: Sequence[Ear], heavy: Sequence[Ear], voice: Replay, scene: Scene
) -> Course:
    desk = Desk(heavy)
    log: list[tuple[Event, list[Action]]] = []
    link = Played(response=scene.response)
    house = House(
        Cascade(Parrot([Phrase("words")]), voice),
        lambda on_event: WorkerEars(cheap, cast(Pool, desk), on_event),
    )
    session = Session(house, link, lambda event, acts: log.append((event, list(acts))))
    link.living = session.replies.living
    near = np.zeros(LONGEST_S * EAR_RATE, np.float32)
    background = np.resize(scene.background, len(near))
    asked = 400 + len(scene.first) // PER_MS + 1500
    near[400 * PER_MS : 400 * PER_MS + len(scene.first)] += scene.first
    audible = began = ended = None
    async with anyio.create_task_group() as group:
        await group.start(session.run)
        at = 0
        while at < (LONGEST_S - 1) * 1000 and (ended is None or at < ended + AFTER_MS):
            if began is not None and cancelled(log, began):
                break
            await anyio.sleep(FRAME_MS / 1000)
            if at == asked - asked % FRAME_MS and audible is None:
                session.happen(e.ReplyAsked(session.now()))
            audible = audible or next((t for t, p in link.played if any(p.pcm)), None)
            if audible is not None and began is None:
                began = max(at, audible) + scene.after_ms
                start = began * PER_MS
                ended = began + len(scene.over) // PER_MS
                near[start : start + len(scene.over)] += scene.over
            frame = slice(at * PER_MS, (at + FRAME_MS) * PER_MS)
            sound = near[frame] + background[frame] + link.echo(at)
            await session.hear(sound.clip(-32_768, 32_767).astype(np.int16).tobytes())
            at += FRAME_MS
        session.close()
    assert audible is not None
    assert began is not None
    assert ended is not None
    return Course(log, link.played, audible, began, ended, link.rate)
