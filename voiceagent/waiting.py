"""For programs without async: one question, one answer, and the call is over."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx

from voiceagent import DEFAULT_PROFILE
from voiceagent.agent import Agent
from voiceagent.audio import resample_all, wav_bytes
from voiceagent.client.call import Call
from voiceagent.client.socket import bare, connect, http_of, is_local
from voiceagent.client.turn import Turn, read_clip
from voiceagent.config import compose
from voiceagent.errors import ConfigError, RemoteLinkError
from voiceagent.house import open_house
from voiceagent.house import transcribe as transcribe_in
from voiceagent.parts import EAR_RATE

T = TypeVar("T")
Audio = bytes | str | Path
TIMEOUT_S = 120.0


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
) -> str:
    """Return the words of a recording."""
    if url is not None and profile is not None:
        raise ConfigError("say either profile or url, not both")
    if url is None:
        work = partial(transcribe_here, audio, profile or DEFAULT_PROFILE, rate)
    else:
        work = partial(transcribe_there, audio, url, key, rate)
    return wait(work, "transcribe", "a thread: anyio.to_thread.run_sync")


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


async def transcribe_here(audio: Audio, profile: str, rate: int) -> str:
    clip = read_clip(audio, rate)
    async with open_house(compose(profile, os.environ)) as house:
        return await transcribe_in(house, resample_all(clip.pcm, clip.rate, EAR_RATE))


async def transcribe_there(audio: Audio, url: str, key: str | None, rate: int) -> str:
    clip = read_clip(audio, rate)
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    address = http_of(url) + "/v1/audio/transcriptions"
    files = {"file": ("audio.wav", wav_bytes(clip.pcm, clip.rate), "audio/wav")}
    away = not is_local(address)
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=away) as client:
            answer = await client.post(address, headers=headers, files=files)
            answer.raise_for_status()
            return str(answer.json()["text"])
    except (httpx.HTTPError, ValueError, KeyError) as problem:
        raise RemoteLinkError(f"{bare(address)} gave no transcript: {problem}") from problem
