"""`voiceagent talk` beside a loudspeaker, in simulated time: the real microphone code, client,
session and detector; the device and the room are samples.

    python -m tests.bench.echo_talk --data DIR [--clips 6]

The agent says the same paragraph again and again, in espeak's voice. Does its echo alone interrupt
it? Does a person?
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import anyio
import numpy as np

from models.known import adapter as known
from models.silero import adapter as silero
from tests.bench.echo import (
    ECHO_DB,
    ROOMS,
    USER,
    Samples,
    audible,
    bent,
    far_ends,
    level,
    load,
    noise_of,
    pcm,
    rms,
    room_of,
)
from tests.test_microphone import FakeLibrary
from voiceagent import testing
from voiceagent.audio import resample_all
from voiceagent.client import Call
from voiceagent.client import events as ev
from voiceagent.hearing import InlineEars
from voiceagent.microphone import open_headset, talk
from voiceagent.parts import EAR_RATE, EVERY_STYLE, Phrase, Spoken, Styles

RATE = 24_000
BLOCK = RATE // 50
DELAY_MS = 60
REPLY_S = 6.0
ONSET_S = 3.0  # into the second reply
LONGEST_MS = 400


@dataclass
class Air:
    """From the loudspeaker to the microphone, and who else is there."""

    response: Samples
    noise: Samples
    played: Samples = field(default_factory=lambda: np.zeros(0))
    waiting: Samples = field(default_factory=lambda: np.zeros(0))  # what the user is saying
    blocks: int = 0

    def __post_init__(self) -> None:
        self.played = np.zeros(1 << (len(self.response) + BLOCK).bit_length())
        self.spectrum = np.fft.rfft(self.response, len(self.played))

    def near(self) -> bytes:
        sound = np.fft.irfft(np.fft.rfft(bent(self.played)) * self.spectrum)[-BLOCK:]
        at = self.blocks * BLOCK % (len(self.noise) - BLOCK)
        sound = sound + self.noise[at : at + BLOCK]
        said, self.waiting = self.waiting[:BLOCK], self.waiting[BLOCK:]
        sound[: len(said)] += said
        self.blocks += 1
        return (sound * 32_768).clip(-32_768, 32_767).astype(np.int16).tobytes()

    def play(self, pcm: bytes) -> None:
        out = np.frombuffer(pcm, np.int16) / 32_768
        self.played = np.concatenate((self.played[BLOCK:], out))


@dataclass
class Recital:
    """A voice that has made its sound before."""

    pcm: bytes

    def styles(self) -> Styles:
        return EVERY_STYLE

    async def speak(
        self, phrases: AsyncIterator[Phrase], name: str = ""
    ) -> AsyncGenerator[Spoken, None]:
        async for phrase in phrases:
            yield Spoken(self.pcm, RATE, phrase.text)


@dataclass
class Watched:
    """A call, and what it told, with the times."""

    call: Call
    told: list[tuple[float, ev.CallEvent]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.call, name)

    def __aiter__(self) -> Watched:
        return self

    async def __anext__(self) -> ev.CallEvent:
        event = await anext(self.call)
        self.told.append((anyio.current_time(), event))
        return event

    def interrupted(self, since: float) -> bool:
        return any(isinstance(event, ev.Interrupted) for at, event in self.told if at >= since)


@dataclass
class Outcome:
    """Two replies: the first is heard in silence, a person speaks over the second (or nobody)."""

    cut: list[bool] = field(default_factory=list)  # before anybody spoke
    gaps_ms: list[float] = field(default_factory=list)  # of silence in the first reply
    stopped_ms: float | None = None  # from the person's first sound to the last of the reply


def hold(air: Air, voice: Recital, user: Samples | None, cancel_echo: bool) -> Outcome:
    with patch.dict(sys.modules, {"sounddevice": FakeLibrary()}):
        return testing.run_virtual(_hold, air, voice, user, cancel_echo)


async def _hold(air: Air, voice: Recital, user: Samples | None, cancel_echo: bool) -> Outcome:
    ears = [silero.build(silero.Options()), known.build(known.Options(text="stop that please"))]
    house = testing.house((), testing.Parrot([Phrase("words")]), voice)
    house = replace(house, open_ears=lambda on_event: InlineEars(ears, on_event))
    async with (
        open_headset() as headset,
        testing.call(house) as call,
        anyio.create_task_group() as tasks,
    ):
        watched = Watched(call)
        talking = partial(talk, cancel_echo=cancel_echo)
        tasks.start_soon(talking, cast(Call, watched), headset, lambda line: None)
        evening = Evening(air, watched, cast(FakeLibrary, sys.modules["sounddevice"]))
        outcome = await evening.pass_by(user)
        tasks.cancel_scope.cancel()
    return outcome


@dataclass
class Evening:
    """What happens, in the device's time."""

    air: Air
    watched: Watched
    sound_library: FakeLibrary

    async def pass_by(self, user: Samples | None) -> Outcome:
        outcome = Outcome()
        await self.turn(1.0)
        for said in (None, user):
            begun = anyio.current_time()
            await self.watched.call.send_text("go on")
            loud = await self.turn(ONSET_S if said is not None else REPLY_S + 1)
            cut = self.watched.interrupted(begun)
            outcome.cut.append(cut)
            if said is not None and not cut:
                self.air.waiting = said
                loud = await self.turn(2.0)
                if self.watched.interrupted(begun):
                    outcome.stopped_ms = 20.0 * last(loud)
            elif not cut:
                outcome.gaps_ms.append(gaps(loud))
            await self.turn(1.5)
        return outcome

    async def turn(self, seconds: float) -> list[bool]:
        """Let time pass; return in which blocks something was played."""
        loud = []
        for _ in range(round(seconds * 50)):
            await anyio.sleep(0.02)
            out = self.sound_library.streams[-1].turn(self.air.near())
            self.air.play(out)
            loud.append(any(out))
        return loud


def last(loud: Sequence[bool]) -> int:
    """How many blocks there are up to the last loud one."""
    return max((number + 1 for number, sound in enumerate(loud) if sound), default=0)


def gaps(loud: Sequence[bool]) -> float:
    """Milliseconds of silence between the first sound and the last."""
    return max(0.0, 20.0 * (last(loud) - list(loud).index(True) - sum(loud))) if any(loud) else 0.0


# --- output --------------------------------------------------------------------------------------


def air_of(data: Path, name: str, voice: Samples, noise: Samples) -> Air:
    """The echo is 6 dB under the user."""
    response = room_of(data, name, RATE)[: RATE * LONGEST_MS // 1000]
    echo = np.convolve(bent(voice), response)
    response = response * (USER * 10 ** (ECHO_DB / 20) / rms(echo[audible(echo)]))
    late = np.zeros(RATE * DELAY_MS // 1000)
    return Air(np.concatenate((late, response)), noise)


def at_24k(sound: Samples) -> Samples:
    return np.frombuffer(resample_all(pcm(sound), EAR_RATE, RATE), np.int16) / 32_768


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=6, help="interruptions in each room")
    parser.add_argument("--rooms", nargs="*", default=("made", "am_ir0", "sb_rir4"), choices=ROOMS)
    asked = parser.parse_args()
    voice = at_24k(far_ends(asked.data)["espeak"])[: int(REPLY_S * RATE)]
    noise = at_24k(noise_of(asked.data, 20 * EAR_RATE))
    users: list[Samples | None] = [at_24k(clip) for clip in clips(asked.data, asked.clips)]
    print(
        f"{'':28}{'cut by the echo':>18}{'silent ms':>12}{'stopped':>10}{'ms: median, worst':>20}"
    )
    for name in asked.rooms:
        for cancel_echo in (False, True):
            outcomes = [
                hold(air_of(asked.data, name, voice, noise), Recital(pcm(voice)), user, cancel_echo)
                for user in users
            ]
            how = "cancelled" if cancel_echo else "as it is"
            print(f"{f'{name}, {how}':28}{told(outcomes)}", flush=True)


def clips(data: Path, count: int) -> list[Samples]:
    """Spoken orders from their first audible sample, as loud as the user is."""
    paths = sorted((data / "speech" / "commands_en").glob("*.flac"))
    loud = [level(load(path), USER) for path in paths[:: len(paths) // count][:count]]
    return [sound[int(audible(sound).argmax()) :][: 2 * EAR_RATE] for sound in loud]


def told(outcomes: Sequence[Outcome]) -> str:
    cut = [cut for outcome in outcomes for cut in outcome.cut]
    silent = [ms for outcome in outcomes for ms in outcome.gaps_ms]
    tried = [outcome for outcome in outcomes if not outcome.cut[1]]
    stopped = [outcome.stopped_ms for outcome in tried if outcome.stopped_ms is not None]
    times = f"{np.median(stopped):.0f}, {max(stopped):.0f}" if stopped else "-"
    silence = f"{np.mean(silent):.0f}" if silent else "-"
    return (
        f"{f'{sum(cut)} of {len(cut)}':>20}{silence:>20}"
        f"{f'{len(stopped)} of {len(tried)}':>20}{times:>20}"
    )


if __name__ == "__main__":
    main()
