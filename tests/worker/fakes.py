"""Models for worker processes: loaded by name, as real ones are."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import anyio

from voiceagent.errors import ConfigError
from voiceagent.events import EarsFailed, Event, Heard, Settle, SpeechStarted
from voiceagent.parts import (
    FRAME_MS,
    Asked,
    Cue,
    Ended,
    Expect,
    Frame,
    Listener,
    Phrase,
    Reset,
    Spoken,
    Styles,
    Thought,
    Tune,
    Voice,
)

T = TypeVar("T")
PATIENCE_S = 30.0  # only so that a test that fails does not hang

SILENCE = bytes(640)
ORDERS = {"die", "raise", "hang", "print", "slow"}


def frame(at: int, word: str = "") -> Frame:
    """A frame whose audio is a word that a `Typist` understands."""
    return Frame(at, word.encode().ljust(640, b"\0") if word else SILENCE)


class Typist:
    """An ear for audio that is text. Some words are orders."""

    def __init__(self, slow_s: float = 0.0) -> None:
        self.slow_s = slow_s

    def listen(self) -> Listener:
        return Typing(self)


class Typing:
    def __init__(self, typist: Typist) -> None:
        self._typist = typist
        self._words: list[str] = []
        self._at = 0

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        self._at = frame.at + FRAME_MS
        word = frame.near.rstrip(b"\0").decode()
        if self._typist.slow_s:
            time.sleep(self._typist.slow_s)
        if word in ORDERS:
            obey(word)
        if any(isinstance(event, SpeechStarted) for event in seen):
            word = f"{word}(started)"
        if word:
            self._words.append(word)
            yield Heard(self._at, " ".join(self._words), self._at)

    def tell(self, cue: Cue) -> Iterable[Event]:
        match cue:
            case Settle():
                yield Heard(self._at, " ".join(self._words), self._at, final=True)
            case Reset():
                self._words.clear()
            case Expect(kind=word) | Tune(language=str(word)):
                self._words.append(f"<{word}>")


def obey(order: str) -> None:
    match order:
        case "die":
            print("I am dying", file=sys.stderr)
            os._exit(7)
        case "raise":
            raise RuntimeError("a bad frame")
        case "hang":
            print("hanging", file=sys.stderr, flush=True)
            while True:
                time.sleep(0.01)
        case "print":
            print("garbage on standard output", flush=True)
            os.write(1, b"\xff" * 100_000 + b"\n")
        case "slow":
            time.sleep(0.05)


class Plodder:
    """An ear whose audio costs nothing, and whose every decode takes its time."""

    def listen(self) -> Listener:
        return self

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        return ()

    def tell(self, cue: Cue) -> Iterable[Event]:
        time.sleep(0.1)
        return ()


class Capitals:
    """An ear that repeats what it has seen, in capitals: for chains."""

    def listen(self) -> Listener:
        return self

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        return [Heard(e.at, e.text.upper(), e.until) for e in seen if isinstance(e, Heard)]

    def tell(self, cue: Cue) -> Iterable[Event]:
        return ()


class Speaker:
    """A voice that says each phrase letter by letter, and writes down how far it got."""

    def __init__(self, diary: str = os.devnull) -> None:
        self._diary = Path(diary)

    def styles(self) -> Styles:
        return Styles(emotions=("neutral", "happy"))

    async def speak(
        self, phrases: AsyncIterator[Phrase], name: str = ""
    ) -> AsyncGenerator[Spoken, None]:
        try:
            async for phrase in phrases:
                if phrase.text == "ponder":
                    await asyncio.sleep(1)
                if phrase.text in ORDERS:
                    obey(phrase.text)
                for letter in phrase.text:
                    yield Spoken(text=f"{name}{letter}", pcm=b"\1\2" * 100)
                while phrase.text == "for ever":
                    yield Spoken(text="!")
        finally:
            self._note("stopped")

    def _note(self, what: str) -> None:
        with self._diary.open("a") as diary:
            diary.write(f"{what}\n")

    async def aclose(self) -> None:
        self._note("closed")


class Thinker:
    async def think(self, asked: Asked) -> AsyncGenerator[Thought, None]:
        yield Phrase(f"you said {asked.words}")
        yield Ended()

    async def later(self, value: int) -> int:
        await asyncio.sleep(0)
        return value + 1

    def now(self, value: int) -> int:
        return value - 1


def dies_at_load() -> None:
    print("no such weights", file=sys.stderr)
    os._exit(3)


def wrong_at_load() -> None:
    raise ConfigError("profile.yaml: model.size is wrong")


def hangs_at_load() -> None:
    obey("hang")


def dies_once_at_load(marker: str) -> Typist:
    if not Path(marker).exists():
        Path(marker).touch()
        os._exit(3)
    return Typist()


# --- for the parent's side ---


class Notes(list[Event]):
    """The events that ears told, and a way to wait for one."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = anyio.Event()

    def __call__(self, event: Event) -> None:
        self.append(event)
        self._changed.set()
        self._changed = anyio.Event()

    async def until(self, found: Callable[[Event], bool]) -> Event:
        """Wait for an event that was not waited for before."""
        with anyio.fail_after(PATIENCE_S):
            while True:
                while self:
                    if found(event := self.pop(0)):
                        return event
                await self._changed.wait()

    async def words(self) -> str:
        """The next final words."""
        event = await self.until(lambda event: isinstance(event, Heard) and event.final)
        assert isinstance(event, Heard)
        return event.text

    async def trouble(self) -> str:
        event = await self.until(lambda event: isinstance(event, EarsFailed))
        assert isinstance(event, EarsFailed)
        return event.error


async def phrases(*texts: str) -> AsyncGenerator[Phrase, None]:
    for text in texts:
        yield Phrase(text)


async def say(voice: Voice, *texts: str, name: str = "") -> list[str]:
    with anyio.fail_after(PATIENCE_S):
        return [spoken.text async for spoken in voice.speak(phrases(*texts), name)]


async def until(what: Callable[[], T]) -> T:
    """Wait for something outside this process, which cannot ring a bell here."""
    with anyio.fail_after(PATIENCE_S):
        while not (result := what()):  # noqa: ASYNC110
            await anyio.sleep(0.005)
        return result
