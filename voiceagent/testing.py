"""Fakes with the real types, and a clock that jumps: a minute of conversation in a moment.

    def test_it_answers():
        async def talk():
            async with call(house(says("hello", 500, 1500), Parrot([Phrase("Hi!")]))) as it:
                ...
        run_virtual(talk)

Under a jumping clock nothing outside the loop exists: threads, processes and sockets belong in
tests of real time.
"""

from __future__ import annotations

import asyncio
import selectors
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import anyio

from voiceagent.agent import Agent
from voiceagent.errors import ModelError
from voiceagent.events import Event, Heard, SpeechStarted, SpeechStopped
from voiceagent.hearing import Ears, InlineEars
from voiceagent.parts import (
    EVERY_STYLE,
    FRAME_MS,
    Asked,
    Cue,
    Frame,
    Mind,
    Phrase,
    Spoken,
    Styles,
    Thought,
    Voice,
    Word,
)
from voiceagent.session import House, Notice, Piece
from voiceagent.speaking.cascade import Cascade

T = TypeVar("T")
MS_PER_LETTER = 60
RATE = 24_000


# --- a clock that jumps --------------------------------------------------------------------------


class _Jumping(selectors.SelectSelector):
    """Instead of waiting for the next timer, the clock is moved to it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("deadlock: no timer is set and nothing is ready")
        if not ready and timeout:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time runs only when everybody waits."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._jumping.now


def run_virtual(main: Callable[..., Awaitable[T]], *args: Any) -> T:
    """Run an async function under virtual time."""
    return anyio.run(main, *args, backend="asyncio", backend_options={"loop_factory": VirtualLoop})


# --- ears ----------------------------------------------------------------------------------------


@dataclass
class ScriptedEars:
    """An Ear that hears what its script says, each event with the frame that reaches its `at`."""

    script: Sequence[Event] = ()

    def listen(self) -> ScriptedListener:
        return ScriptedListener(sorted(self.script, key=lambda e: e.at))


@dataclass
class ScriptedListener:
    script: list[Event]
    told: list[Cue] = field(default_factory=list)

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        due = []
        while self.script and self.script[0].at <= frame.at + FRAME_MS:
            due.append(self.script.pop(0))
        return due

    def tell(self, cue: Cue) -> Iterable[Event]:
        self.told.append(cue)
        return ()


class LateEars:
    """A runner whose ears listen to everything so much later than it comes."""

    def __init__(self, ears: Ears, late_ms: int) -> None:
        self._ears = ears
        self._late_ms = late_ms
        self._waiting: deque[Frame | Cue] = deque()

    @property
    def listened(self) -> int:
        return self._ears.listened

    async def send(self, frame: Frame) -> None:
        self._waiting.append(frame)
        while self._waiting:
            first = self._waiting[0]
            if isinstance(first, Frame) and first.at + self._late_ms > frame.at:
                return
            self._waiting.popleft()
            if isinstance(first, Frame):
                await self._ears.send(first)
            else:
                self._ears.tell(first)

    def tell(self, cue: Cue) -> None:
        if self._waiting:
            self._waiting.append(cue)
        else:
            self._ears.tell(cue)

    async def aclose(self) -> None:
        await self._ears.aclose()


def says(text: str, begin: int, end: int, late_ms: int = 0) -> list[Event]:
    """What ears hear of somebody who says this from `begin` to `end`."""
    return [
        SpeechStarted(begin + 60, begin),
        SpeechStopped(end + 90, end),
        Heard(end + 100 + late_ms, text, end, final=True),
    ]


# --- minds and voices ----------------------------------------------------------------------------


@dataclass
class Parrot:
    """A Mind that says back what it heard, or what it was given to say, one phrase a turn of
    `says`.
    """

    says: Sequence[Thought | Exception] | None = None
    delay_s: float = 0.0
    asked: list[Asked] = field(default_factory=list)
    stopped: int = 0  # how often it was stopped before it had said all

    async def think(self, asked: Asked) -> AsyncGenerator[Thought, None]:
        self.asked.append(asked)
        done = False
        try:
            for thought in self.says or (Phrase(f"You said: {asked.words}"),):
                await anyio.sleep(self.delay_s)
                if isinstance(thought, Exception):
                    raise thought
                yield thought
            done = True
        finally:
            self.stopped += not done


@dataclass
class Monotone:
    """A Voice that speaks every letter as 60 ms of a steady level, with exact word times."""

    delay_s: float = 0.0
    rate: int = RATE
    level: int = 8_000
    fails: str = ""

    def styles(self) -> Styles:
        return EVERY_STYLE

    async def speak(
        self, phrases: AsyncIterator[Phrase], name: str = ""
    ) -> AsyncGenerator[Spoken, None]:
        async for phrase in phrases:
            await anyio.sleep(self.delay_s)
            if self.fails:
                raise ModelError("monotone", self.fails)
            yield self.spoken(phrase)

    def spoken(self, phrase: Phrase) -> Spoken:
        per_letter = round(MS_PER_LETTER / phrase.style.pace)
        words, at = [], 0
        for word in phrase.text.split():
            words.append(Word(word, at * per_letter, (at + len(word)) * per_letter))
            at += len(word) + 1
        samples = len(phrase.text) * per_letter * self.rate // 1000
        pcm = self.level.to_bytes(2, "little", signed=True) * samples
        return Spoken(pcm, self.rate, phrase.text, tuple(words), phrase.expects)


# --- links ---------------------------------------------------------------------------------------


@dataclass
class Tape:
    """A Link that keeps everything with the time at which it was handed over, and may be slow."""

    rate: int = RATE
    lead_ms: int = 60
    delay_ms: int = 0
    slow_s: float = 0.0  # what every write takes
    living: Callable[[int], bool] = lambda reply: True
    shown: list[tuple[int, Notice]] = field(default_factory=list)
    played: list[tuple[int, Piece]] = field(default_factory=list)

    def show(self, notice: Notice) -> None:
        self.shown.append((_now(), notice))

    async def play(self, piece: Piece) -> bool:
        await anyio.sleep(self.slow_s)
        if not self.living(piece.reply):
            return False
        self.played.append((_now(), piece))
        return True

    def of(self, *kinds: type) -> list[tuple[int, Notice]]:
        return [entry for entry in self.shown if isinstance(entry[1], kinds)]

    def words(self, reply: int) -> str:
        return "".join(piece.text for _, piece in self.played if piece.reply == reply)

    def sound_ms(self, reply: int) -> int:
        sounds = (len(piece.pcm) for _, piece in self.played if piece.reply == reply)
        return sum(sounds) * 500 // self.rate


def _now() -> int:
    return round(anyio.current_time() * 1000)


# --- whole agents --------------------------------------------------------------------------------


def house(
    hears: Sequence[Event] = (), mind: Mind | None = None, voice: Voice | None = None, **fields: Any
) -> House:
    """The parts of an agent, all of them fakes unless you bring your own. `fields` are House's."""
    voice = voice or Monotone()
    ears = [ScriptedEars(hears)]
    made = House(
        Cascade(mind or Parrot(), voice), lambda on_event: InlineEars(ears, on_event), voice
    )
    return replace(made, **fields)


def call(of: House, *tools: Callable[..., Any]) -> Agent:
    """An agent made of these parts: `async with call(house()) as it` gives a voiceagent.Call."""
    return Agent.in_house(of, tools)


__all__ = [
    "LateEars",
    "Monotone",
    "Parrot",
    "ScriptedEars",
    "Tape",
    "VirtualLoop",
    "call",
    "house",
    "run_virtual",
    "says",
]
