"""A microphone for tests: recorded speech at the pace of a person, and silence in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path

import anyio

from voiceagent.audio import FORMATS, read_audio, resample_all

CLIPS = Path(__file__).parent / "data"
CHUNK_MS = 40


class Microphone:
    """Sends for as long as it runs. `say` a clip at any time."""

    def __init__(
        self, send: Callable[[bytes], Awaitable[object]], format: str = "audio/pcm"
    ) -> None:
        self._send = send
        self._format = format
        self._size = FORMATS[format].bytes_per_ms * CHUNK_MS
        self._silence = FORMATS[format].encode(bytes(FORMATS[format].rate * CHUNK_MS // 500))
        self._waiting = bytearray()

    def say(self, clip: str) -> None:
        self._waiting += recorded(clip, self._format)

    async def run(self) -> None:
        due = anyio.current_time()
        while True:
            chunk = bytes(self._waiting[: self._size])
            del self._waiting[: self._size]
            await self._send(chunk + self._silence[len(chunk) :])
            due += CHUNK_MS / 1000
            await anyio.sleep(max(0.0, due - anyio.current_time()))


@cache
def recorded(clip: str, format: str = "audio/pcm") -> bytes:
    """A clip of tests/clients/data, as a client sends it."""
    sound = read_audio((CLIPS / f"{clip}.wav").read_bytes(), 60)
    coded = FORMATS[format]
    return coded.encode(resample_all(sound.pcm, sound.rate, coded.rate))
