"""A microphone and a loudspeaker at once, through PortAudio, and a call through both."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import anyio

from voiceagent.audio import EchoCanceller, Resampler
from voiceagent.client import events as ev
from voiceagent.client.call import Call
from voiceagent.errors import ConfigError, MissingExtra
from voiceagent.session.bell import Bell

RATES = (24_000, 16_000, 48_000, 44_100)  # what is tried, the first that the device takes
BLOCK_MS = 20
MOST_BLOCKS = 100  # recorded and not sent: two seconds
MOST_PLAYING_MS = 10_000
log = logging.getLogger("voiceagent.microphone")
Device = int | str | None


@dataclass(frozen=True, slots=True)
class Block:
    """20 ms of the user, and what the loudspeaker was given meanwhile."""

    near: bytes
    reference: bytes


class Speaker:
    """What is to be played, and how much of the newest reply has been. Used by two threads."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.delay_ms = 0  # from here to the ear
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self._reply = ""
        self._played = 0  # bytes of the reply
        self._idle = 0  # bytes of silence since there was nothing left of it
        self._resampler: Resampler | None = None

    def add(self, pcm: bytes, rate: int, reply: str) -> None:
        if self._resampler is None or self._resampler.source_rate != rate:
            self._resampler = Resampler(rate, self.rate)
        pcm = self._resampler.feed(pcm)
        with self._lock:
            if reply != self._reply:
                self._reply, self._played = reply, -len(self._waiting)
            self._waiting += pcm

    def take(self, size: int) -> bytes:
        """The next block for the device, filled up with silence. In the audio thread."""
        with self._lock:
            piece = bytes(self._waiting[:size])
            del self._waiting[:size]
            self._played += len(piece)
            self._idle = 0 if piece else self._idle + size
        return piece.ljust(size, b"\0")

    def finish(self) -> None:
        """No more of this reply will come."""
        if self._resampler is not None:
            tail = self._resampler.flush()
            with self._lock:
                self._waiting += tail

    def flush(self) -> None:
        """Throw away what is left."""
        with self._lock:
            self._waiting.clear()
        if self._resampler is not None:
            self._resampler.reset()

    @property
    def position(self) -> tuple[str, int]:
        """The newest reply, and how many milliseconds of it have reached the ear."""
        with self._lock:
            on_its_way = max(0, self.delay_ms - self._idle * 500 // self.rate)
            return self._reply, max(0, self._played * 500 // self.rate - on_its_way)

    @property
    def waiting_ms(self) -> int:
        return len(self._waiting) * 500 // self.rate


class Headset:
    """An open device. Nothing but the callback runs in the audio thread, and it never waits."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.speaker = Speaker(rate)
        self.lost_blocks = 0
        self._blocks: deque[Block] = deque()
        self._bell = Bell()
        self._loop = asyncio.get_running_loop()

    def callback(self, indata: Any, outdata: Any, frames: int, time: Any, status: Any) -> None:
        """PortAudio hands over a block and wants one."""
        out = self.speaker.take(len(outdata))
        outdata[:] = out
        if len(self._blocks) >= MOST_BLOCKS:
            self._blocks.popleft()
            self.lost_blocks += 1
        self._blocks.append(Block(bytes(indata), out))
        self._loop.call_soon_threadsafe(self._bell.ring)

    async def block(self) -> Block:
        """The next 20 ms of the user."""
        await self._bell.until(lambda: bool(self._blocks))
        return self._blocks.popleft()

    async def play(self, pcm: bytes, rate: int, reply: str) -> None:
        """Put something behind what is being played; wait while there is very much of it."""
        while self.speaker.waiting_ms > MOST_PLAYING_MS:
            await self._bell.rung(1.0)
        self.speaker.add(pcm, rate, reply)


@asynccontextmanager
async def open_headset(device: tuple[Device, Device] = (None, None)) -> AsyncGenerator[Headset]:
    """The devices given as (microphone, loudspeaker), or the system's own."""
    library = sounddevice()
    check_devices(library, device)
    headset, stream = open_stream(library, device)
    try:
        stream.start()
        yield headset
    finally:
        stream.close()
        if headset.lost_blocks:
            log.warning("%d blocks of the microphone came to nothing", headset.lost_blocks)


def open_stream(library: Any, device: tuple[Device, Device]) -> tuple[Headset, Any]:
    """The first rate that the device takes; it need not be the call's."""
    problem: Exception | None = None
    for rate in RATES:
        headset = Headset(rate)
        try:
            stream = library.RawStream(
                samplerate=rate,
                blocksize=rate * BLOCK_MS // 1000,
                device=device,
                channels=1,
                dtype="int16",
                latency="low",
                callback=headset.callback,
            )
        except (library.PortAudioError, ValueError) as error:
            problem = error
        else:
            headset.speaker.delay_ms = round(stream.latency[1] * 1000)
            return headset, stream
    raise ConfigError(f"the audio device cannot be opened: {problem}") from problem


def sounddevice() -> Any:
    """The library, which looks for PortAudio as soon as it is imported."""
    try:
        return import_module("sounddevice")
    except ImportError as error:
        raise MissingExtra("the microphone", "pip install sounddevice") from error
    except OSError as error:
        linux = sys.platform.startswith("linux")
        how = "sudo apt install libportaudio2" if linux else "pip install --force sounddevice"
        raise MissingExtra("the microphone (PortAudio)", how) from error


def devices() -> str:
    """The names of the system's microphone and loudspeaker. ConfigError if one is missing."""
    library = sounddevice()
    check_devices(library, (None, None))
    found = [library.query_devices(kind=kind)["name"] for kind in ("input", "output")]
    return " / ".join(found)


def check_devices(library: Any, device: tuple[Device, Device]) -> None:
    for wanted, kind, name in zip(
        device, ("input", "output"), ("microphone", "loudspeaker"), strict=True
    ):
        try:
            library.query_devices(wanted, kind=kind)
        except (library.PortAudioError, ValueError) as error:
            said = f"there is no {name}" if wanted is None else f"{wanted!r} is no {name}"
            raise ConfigError(f"{said} that can be used: {error}.") from error


# --- a call --------------------------------------------------------------------------------------


async def talk(
    call: Call, headset: Headset, write: Callable[[str], None], *, cancel_echo: bool = True
) -> None:
    """Hold a conversation until the call is over; `write` gets both sides' words.

    Without `cancel_echo` the agent hears itself, unless the user wears headphones.
    """
    canceller = EchoCanceller(headset.rate) if cancel_echo else None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen, call, headset, canceller)
        async for event in call:
            match event:
                case ev.AgentAudio(pcm=pcm, rate=rate, reply=reply):
                    await headset.play(pcm, rate, reply)
                case ev.Interrupted():
                    headset.speaker.flush()
                case ev.AgentFinished(status="completed"):
                    headset.speaker.finish()
                case _:
                    show(event, write)
        tasks.cancel_scope.cancel()


async def listen(call: Call, headset: Headset, canceller: EchoCanceller | None = None) -> None:
    """Send what the microphone records, and say how much was played of the reply."""
    reported = ("", 0)
    while True:
        block = await headset.block()
        position = headset.speaker.position
        if position != reported:
            reply, ms = reported = position
            call.played(ms, reply)
        near = canceller.cancel(block.near, block.reference) if canceller else block.near
        await call.send_audio(near, headset.rate)


def show(event: ev.CallEvent, write: Callable[[str], None]) -> None:
    match event:
        case ev.UserSaid(text=text, final=True) if text:
            write(f"you:   {text}")
        case ev.AgentSaid(text=text, final=True, cut=cut):
            write(f"agent: {text}{' ...' if cut else ''}")
        case ev.Failed(message=message):
            write(f"       ({message})")
        case ev.Closed(reason=reason):
            write(f"       (the call is over: {reason})")
        case _:
            pass
