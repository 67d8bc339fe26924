"""For programs without async: one question, one answer, and the call is over."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import anyio

from voiceagent import DEFAULT_PROFILE
from voiceagent.agent import Agent
from voiceagent.audio import Clip, read_audio, write_wav
from voiceagent.client.call import Call
from voiceagent.client.socket import connect
from voiceagent.client.sound import There
from voiceagent.client.turn import Turn, read_clip
from voiceagent.config import compose
from voiceagent.errors import ConfigError, Refused
from voiceagent.hearing.feelings.recordings import Feeling, readings
from voiceagent.hearing.languages import refuse_foreign
from voiceagent.hearing.recording import Passage, passages
from voiceagent.house import open_house
from voiceagent.parts import EAR_RATE, Styles, Tune, Voice
from voiceagent.session import House
from voiceagent.speaking.ability import refuse, unknown_voice
from voiceagent.speaking.midi import MOST_BYTES, checked, read_midi, written
from voiceagent.speaking.recital import RATE, recite, rehearse
from voiceagent.style import Style, read_style

T = TypeVar("T")
Audio = bytes | str | Path
MOST_AUDIO_S = 1_800.0
MOST_TEXT = 100_000  # characters: two hours
WORDLESS = "..."
"""Sung, it is the tune's own words, where it has some, or la la la."""

log = logging.getLogger("voiceagent")


def ask(
    audio: Audio,
    *,
    profile: str | None = None,
    url: str | None = None,
    key: str | None = None,
    rate: int = 24_000,
    real_time: bool = False,
    **settings: Any,
) -> Turn:
    """Say a recording to an agent and return its answer.

        turn = voiceagent.ask("question.wav")
        print(turn.heard, "->", turn.said)

    The agent is a server's (`url`), or one in this program (`profile`). `settings` are those of
    `Call.update`. Inside async code use `Call.converse`.
    """
    call = open_one(profile, url, key)
    work = partial(ask_one, call, audio, rate, real_time, settings)
    return wait(work, "ask", "call.converse(...)")


def transcribe(
    audio: Audio,
    *,
    profile: str | None = None,
    url: str | None = None,
    key: str | None = None,
    rate: int = 24_000,
    prompt: str = "",
    language: str | None = None,
) -> str:
    """Return the words of a recording. `prompt`: words and sentences that are likely in it."""
    opening = open_desk(profile, url, key)

    async def work() -> str:
        clip = clip_of(audio, rate)
        async with (
            opening as desk,
            aclosing(desk.transcribe(clip, Tune(None, language, prompt))) as heard,
        ):
            return " ".join([passage.text async for passage in heard])

    return wait(work, "transcribe", "a thread: anyio.to_thread.run_sync")


def feel(*recordings: Audio, profile: str | None = None, rate: int = 24_000) -> list[Feeling]:
    """Return how the speaker of these recordings feels, one after the other, and why.

        for felt in voiceagent.feel("one.wav", "two.wav"):
            print(felt.label, felt.reading.reasons)

    They are turns of one speaker: what is usual for the voice grows from one to the next. The ears
    are those of a profile in this program. Inside async code listen for `UserFelt`.
    """

    async def work() -> list[Feeling]:
        clips = (clip_of(audio, rate).at(EAR_RATE).pcm for audio in recordings)
        async with (
            open_house(compose(profile or DEFAULT_PROFILE, os.environ)) as house,
            aclosing(readings(house.open_ears, clips)) as felt,
        ):
            return [feeling async for feeling in felt]

    return wait(work, "feel", "a thread: anyio.to_thread.run_sync")


def clip_of(audio: Audio, rate: int) -> Clip:
    """As `read_clip`, of files up to half an hour."""
    return read_clip(audio, rate) if isinstance(audio, bytes) else read_audio(audio, MOST_AUDIO_S)


def say(
    text: str,
    path: str | Path | None = None,
    *,
    profile: str | None = None,
    url: str | None = None,
    key: str | None = None,
    voice: str = "",
    style: Style | str | None = None,
    strict: bool = False,
    **fields: Any,
) -> Clip:
    """Speak a text; write it to `path` as a wav, if one is given.

        voiceagent.say("Good morning.", "morning.wav", voice="ruby", pace=1.2)
        voiceagent.say("Oh no.", style="sad, and very slow")

    `style` is one, or free words; `fields` are those of `voiceagent.Style`. What the voice cannot
    do is logged as a warning; `strict` refuses it, and then nothing is said.
    """
    how = manner(style, fields)
    opening = open_desk(profile, url, key)
    lacks: list[str] = []

    async def work() -> bytes:
        async with (
            opening as desk,
            aclosing(desk.say(speakable(text), how, voice, lacks, strict)) as pieces,
        ):
            return b"".join([piece async for piece in pieces])

    clip = Clip(wait(work, "say", "a thread: anyio.to_thread.run_sync"), RATE)
    for lack in lacks:
        log.warning("%s", lack)
    if not clip.pcm:
        raise silent()
    if path is not None:
        keep(clip, path)
    return clip


def manner(style: Style | str | None, fields: dict[str, Any]) -> Style:
    """A style from free words, from its fields, or from both."""
    base = Style(instructions=style) if isinstance(style, str) else style
    return read_style(fields, "style", base)


def sing(
    lyrics: str = WORDLESS,
    path: str | Path | None = None,
    *,
    tune: str = "",
    notes: Sequence[Sequence[float | None]] | None = None,
    midi: Audio | None = None,
    mode: str = "sing",
    **how: Any,
) -> Clip:
    """Sing words to a tune by its name, to `notes` ([MIDI number, or None for a rest, beats]) or to
    the melody of a MIDI file. Without words: the tune's own, or la la la.

        voiceagent.sing("Twinkle, twinkle, little star", "star.wav", tune="twinkle")

    `mode` may be rap or hum too. `how`: `bpm`, and everything that `say` takes.
    """
    melody, bpm = melody_of(tune, notes, midi)
    if bpm is not None:
        how.setdefault("bpm", bpm)
    return say(lyrics, path, mode=mode, melody=melody, **how)


def melody_of(
    tune: str = "",
    notes: Sequence[Sequence[float | None]] | None = None,
    midi: Audio | None = None,
) -> tuple[str, float | None]:
    """As a Style has it, and its tempo if it says one."""
    if sum((bool(tune), notes is not None, midi is not None)) > 1:
        raise ConfigError("say only one of: a tune, notes, a MIDI file")
    if midi is not None:
        found = read_midi(midi if isinstance(midi, bytes) else contents(midi))
        return written(found.notes), found.bpm
    return (tune, None) if notes is None else (written(checked(notes)), None)


def contents(path: str | Path) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise ConfigError(f"{path} cannot be read: {problem.strerror}") from problem


def voices(*, profile: str | None = None, url: str | None = None, key: str | None = None) -> Styles:
    """What a voice can do: its names, emotions, modes, sounds, languages, ranges and tunes."""
    opening = open_desk(profile, url, key)

    async def work() -> Styles:
        async with opening as desk:
            return await desk.abilities()

    return wait(work, "voices", "call.voice")


def speakable(text: str) -> str:
    """The text, if it is one that can be said."""
    if not text.strip():
        raise Refused("There is nothing to say: the text is empty.", param="text")
    if len(text) > MOST_TEXT:
        told = f"The text has {len(text)} characters; at most {MOST_TEXT} are said at once."
        raise Refused(told, param="text")
    return text


def silent() -> Refused:
    return Refused("There is nothing in the text that this voice can say.", param="text")


def keep(clip: Clip, path: str | Path) -> None:
    try:
        write_wav(path, clip.pcm, clip.rate)
    except OSError as problem:
        raise ConfigError(f"{path} cannot be written: {problem.strerror}") from problem


def wait(work: Callable[[], Awaitable[T]], name: str, instead: str) -> T:
    """Run to the end. Inside a running loop that would stop everything else in it."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return anyio.run(work)
    raise RuntimeError(f"voiceagent.{name} waits, which async code must not do; use {instead}")


def open_one(
    profile: str | None, url: str | None, key: str | None
) -> AbstractAsyncContextManager[Call]:
    if url is not None and profile is not None:
        raise ConfigError("say either profile or url, not both")
    if url is not None:
        return connect(url, key)
    return Agent.from_profile(profile or DEFAULT_PROFILE)


async def ask_one(
    opening: AbstractAsyncContextManager[Call],
    audio: Audio,
    rate: int,
    real_time: bool,
    settings: dict[str, Any],
) -> Turn:
    async with opening as call:
        if settings:
            await call.update(**settings)
        return await call.converse(audio, rate, real_time=real_time)


# --- words and sound without a conversation ------------------------------------------------------


class Desk(Protocol):
    """Where words are written down and texts are read aloud: here, or on a server."""

    def transcribe(self, clip: Clip, tune: Tune) -> AsyncGenerator[Passage, None]: ...

    def say(
        self, text: str, style: Style, voice: str, lacks: list[str], strict: bool = False
    ) -> AsyncGenerator[bytes, None]:
        """24 kHz. What was asked for and is not done comes into `lacks`, or is refused."""
        ...

    async def abilities(self) -> Styles:
        """What its voice can do."""
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """An agent in this program."""

    house: House

    def transcribe(self, clip: Clip, tune: Tune) -> AsyncGenerator[Passage, None]:
        refuse_foreign(tune.language, self.house.hears, "language")
        return passages(self.house.open_ears, clip.at(EAR_RATE).pcm, tune)

    async def abilities(self) -> Styles:
        return self._speaker().styles()

    async def say(
        self, text: str, style: Style, voice: str, lacks: list[str], strict: bool = False
    ) -> AsyncGenerator[bytes, None]:
        speaker = self._speaker()
        if unknown_voice(voice, can := speaker.styles()):
            names = ", ".join(can.voices)
            raise Refused(f"There is no voice {voice!r}; there are: {names}.", param="voice")
        recital = rehearse(text, style, speaker, voice)
        if strict:
            refuse(recital.lacks, "style")
        lacks += recital.lacks
        async with aclosing(recite(speaker, recital)) as sound:
            async for pcm in sound:
                yield pcm

    def _speaker(self) -> Voice:
        if self.house.voice is None:
            raise Refused("This profile has no voice.", "unsupported")
        return self.house.voice


@asynccontextmanager
async def open_here(profile: str) -> AsyncGenerator[Desk]:
    async with open_house(compose(profile, os.environ)) as house:
        yield Here(house)


def open_desk(
    profile: str | None, url: str | None, key: str | None
) -> AbstractAsyncContextManager[Desk]:
    if url is not None and profile is not None:
        raise ConfigError("say either profile or url, not both")
    if url is not None:
        return nullcontext(There(url, key))
    return open_here(profile or DEFAULT_PROFILE)
