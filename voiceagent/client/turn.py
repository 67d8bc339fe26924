"""One turn with a recording: the user's voice goes in, the whole reply comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from voiceagent.audio import Clip, read_audio, silence
from voiceagent.client import events as ev
from voiceagent.client.exchange import Exchange
from voiceagent.errors import RemoteLinkError
from voiceagent.events import Reading

if TYPE_CHECKING:
    from voiceagent.client.call import Call

BLOCK_MS = 20
MOST_TAIL_S = 10.0  # a turn that is not over after so much silence never began
WORDS_S = 5.0  # how long the user's words may come after the reply


@dataclass(frozen=True, slots=True)
class Turn:
    """What was heard of the user, what the agent said, and how that sounds."""

    heard: str
    said: str
    audio: Clip
    status: str = ""  # of the last reply; empty if there was none
    reading: Reading | None = None


class Notes:
    """What happens during the turn."""

    def __init__(self) -> None:
        self.heard: dict[str, str] = {}
        self.said: dict[str, str] = {}
        self.sound: list[ev.AgentAudio] = []
        self.reading: Reading | None = None
        self.status = ""
        self.turned = False  # the user's turn began, or was handed over
        self._final: set[str] = set()
        self.talking = False
        self.count = 0  # of events
        self._going_on: set[str] = set()
        self._owed = False  # a tool's result is to be told yet

    def take(self, event: ev.CallEvent) -> None:
        self.count += 1
        match event:
            case ev.UserStartedSpeaking(item=item):
                self.turned = self.talking = True
                self.heard.setdefault(item, "")
            case ev.UserStoppedSpeaking():
                self.talking = False
            case ev.UserSaid(item=item, text=text, final=final):
                self.heard[item] = text
                self._final |= {item} if final else set()
            case ev.UserFelt(reading=reading):
                self.reading = reading
            case _:
                self._take_reply(event)

    def _take_reply(self, event: ev.CallEvent) -> None:
        match event:
            case ev.AgentStarted(reply=reply):
                self._going_on.add(reply)
                self.status, self._owed = "", False
            case ev.AgentSaid(reply=reply, item=item, text=text) if reply in self._going_on:
                self.said[item] = text
            case ev.AgentAudio(reply=reply) if reply in self._going_on:
                self.sound.append(event)
            case ev.ToolCalled(reply=reply):
                self._owed = reply in self._going_on
            case ev.AgentFinished(reply=reply) if reply in self._going_on:
                self._finish(event)
            case _:
                pass

    def _finish(self, event: ev.AgentFinished) -> None:
        self._going_on.discard(event.reply)
        cut_in = event.status == "cancelled" and event.reason == "turn_detected"
        self.status = "" if cut_in else event.status  # after a cut-in another reply will come
        self._owed = self._owed and event.status != "cancelled"

    @property
    def answering(self) -> bool:
        return bool(self._going_on or self.status)

    @property
    def answered(self) -> bool:
        return bool(self.status) and not (self._going_on or self.talking or self._owed)

    @property
    def understood(self) -> bool:
        return self.heard.keys() <= self._final

    def turn(self) -> Turn:
        heard = " ".join(text for text in self.heard.values() if text)
        said = " ".join(text for text in self.said.values() if text)
        return Turn(heard, said, clip_of(self.sound), self.status, self.reading)


def clip_of(sound: Sequence[ev.AgentAudio]) -> Clip:
    rate = sound[0].rate if sound else 24_000
    return Clip(b"".join(piece.pcm for piece in sound), rate)


async def converse(
    call: Call,
    exchange: Exchange,
    audio: bytes | str | Path,
    rate: int,
    real_time: bool,
    patience_s: float,
) -> Turn:
    clip = read_clip(audio, rate)
    notes = Notes()
    with exchange.watching(notes.take):
        await send(call, clip, real_time)
        if exchange.reader.detection is None:
            await call.commit()
            await call.reply()
        elif not await be_silent(call, notes, clip.rate):
            return notes.turn()
        await hear_out(exchange, notes, patience_s)
    return notes.turn()


def read_clip(audio: bytes | str | Path, rate: int) -> Clip:
    """A path or a whole file is read; other bytes are PCM."""
    if isinstance(audio, bytes) and audio[:4] != b"RIFF":
        return Clip(audio, rate)
    return read_audio(audio)


async def send(call: Call, clip: Clip, real_time: bool) -> None:
    if not real_time:
        await call.send_audio(clip.pcm, clip.rate)
        return
    step = clip.rate * BLOCK_MS // 1000 * 2
    for start in range(0, len(clip.pcm), step):
        await call.send_audio(clip.pcm[start : start + step], clip.rate)
        await anyio.sleep(BLOCK_MS / 1000)


async def be_silent(call: Call, notes: Notes, rate: int) -> bool:
    """A microphone that stays open until the turn is over; return whether there was one."""
    block = silence(BLOCK_MS, rate)
    for _ in range(round(MOST_TAIL_S * 1000) // BLOCK_MS):
        if notes.answering and not notes.talking:
            return True
        await call.send_audio(block, rate)
        await anyio.sleep(BLOCK_MS / 1000)
    return notes.turned


async def hear_out(exchange: Exchange, notes: Notes, patience_s: float) -> None:
    """Wait for the end of the reply, and as long as something happens at all."""
    while not notes.answered:
        exchange.check()
        count = notes.count

        def more(seen: int = count) -> bool:
            return notes.count != seen or exchange.lost is not None

        await exchange.changed.until_or(more, patience_s)
        if not more():
            raise RemoteLinkError(f"no reply came in {patience_s:g} s")

    def understood() -> bool:
        return notes.understood or exchange.lost is not None

    if exchange.reader.transcribes:
        await exchange.changed.until_or(understood, WORDS_S)
