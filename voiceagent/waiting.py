"""For programs without async: one question, one answer, and the call is over."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
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
from voiceagent.hearing.recording import Passage, passages
from voiceagent.house import open_house
from voiceagent.parts import EAR_RATE, Tune
from voiceagent.session import House
from voiceagent.speaking.ability import unknown_voice
from voiceagent.speaking.recital import RATE, recite, rehearse
from voiceagent.style import Style, read_style

T = TypeVar("T")
Audio = bytes | str | Path
MOST_AUDIO_S = 1_800.0
MOST_TEXT = 100_000  # characters: two hours

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
        whole = isinstance(audio, bytes)
        clip = read_clip(audio, rate) if whole else read_audio(audio, MOST_AUDIO_S)
        async with (
            opening as desk,
            aclosing(desk.transcribe(clip, Tune(None, language, prompt))) as heard,
        ):
            return " ".join([passage.text async for passage in heard])

    return wait(work, "transcribe", "a thread: anyio.to_thread.run_sync")


def say(
    text: str,
    path: str | Path | None = None,
    *,
    profile: str | None = None,
    url: str | None = None,
    key: str | None = None,
    voice: str = "",
    **style: Any,
) -> Clip:
    """Speak a text; write it to `path` as a wav, if one is given.

        voiceagent.say("Good morning.", "morning.wav", voice="ruby", pace=1.2)

    `style` has the fields of `voiceagent.Style`. What the voice cannot do is logged as a warning.
    """
    how = read_style(style, "style")
    opening = open_desk(profile, url, key)
    lacks: list[str] = []

    async def work() -> bytes:
        async with (
            opening as desk,
            aclosing(desk.say(speakable(text), how, voice, lacks)) as pieces,
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
        self, text: str, style: Style, voice: str, lacks: list[str]
    ) -> AsyncGenerator[bytes, None]:
        """24 kHz. What was asked for and is not done comes into `lacks`."""
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """An agent in this program."""

    house: House

    def transcribe(self, clip: Clip, tune: Tune) -> AsyncGenerator[Passage, None]:
        return passages(self.house.open_ears, clip.at(EAR_RATE).pcm, tune)

    async def say(
        self, text: str, style: Style, voice: str, lacks: list[str]
    ) -> AsyncGenerator[bytes, None]:
        speaker = self.house.voice
        if speaker is None:
            raise Refused("This profile has no voice.", "unsupported")
        if unknown_voice(voice, can := speaker.styles()):
            names = ", ".join(can.voices)
            raise Refused(f"There is no voice {voice!r}; there are: {names}.", param="voice")
        recital = rehearse(text, style, speaker, voice)
        lacks += recital.lacks
        async with aclosing(recite(speaker, recital)) as sound:
            async for pcm in sound:
                yield pcm


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
