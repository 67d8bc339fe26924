"""Thirty conversations speak at once: nobody gets another's words, voice, style or sound."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import cycle, islice

import anyio
import numpy as np
import pytest

from tests.models.espeak.acoustics import Measures, measured
from tests.models.espeak.sound import Speech, speak
from voiceagent.config import PartSpec
from voiceagent.style import Style
from voiceagent.worker.messages import Loader
from voiceagent.worker.pool import Pool
from voiceagent.worker.remote import WorkerVoice

SPEAKERS = ("ben", "ada", "otto", "clara", "leo")
STYLES = (
    Style(),
    Style(emotion="sad", intensity=1.0),
    Style(emotion="excited", intensity=1.0),
    Style(mode="whisper"),
    Style(pace=1.5),
    Style(mode="sing", melody="C4 D4 E4 C4 D4 E4 C4 D4 E4 C4 D4 E4"),
)
COUNT = len(SPEAKERS) * len(STYLES)
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
PATIENCE_S = 120.0  # only so that a test that fails does not hang

pytestmark = pytest.mark.anyio


@dataclass(frozen=True, slots=True)
class Asked:
    text: str
    name: str
    style: Style


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def voice() -> AsyncIterator[WorkerVoice]:
    loader = Loader("voiceagent.config:build_part", (PartSpec("espeak", worker=True),))
    pool = Pool("espeak", loader, size=2)
    await pool.warm_up()
    yield WorkerVoice(pool)
    await pool.aclose()


def everybody() -> list[Asked]:
    """Every speaker in every style, each with words of its own, all of about the same length."""
    several = [(name, style) for name in SPEAKERS for style in STYLES]
    return [
        Asked(" ".join(islice(cycle(NUMBERS), n % 10, n % 10 + 4)) + f" {n}", name, style)
        for n, (name, style) in enumerate(several)
    ]


async def say(voice: WorkerVoice, asked: Asked) -> Speech:
    return await speak(voice, asked.text, name=asked.name, style=asked.style)


def unlike(one: Measures, other: Measures) -> float:
    """How far apart two ways of speaking are; what espeak itself varies by is under 1."""
    by = (
        abs(one.pitch - other.pitch) / 0.7 if min(one.voiced, other.voiced) > 0.2 else 0.0,
        abs(one.level - other.level) / 1.0,
        abs(one.tilt - other.tilt) / 1.5,
        abs(np.log(one.seconds / other.seconds)) / 0.02,
        abs(one.voiced - other.voiced) / 0.15,
    )
    return float(max(by))


async def test_thirty_at_once_are_as_each_is_alone(voice: WorkerVoice) -> None:
    several = everybody()
    together: dict[int, Speech] = {}

    async def one(n: int, asked: Asked) -> None:
        together[n] = await say(voice, asked)

    with anyio.fail_after(PATIENCE_S):
        async with anyio.create_task_group() as tasks:
            for n, asked in enumerate(several):
                tasks.start_soon(one, n, asked)
        alone = [await say(voice, asked) for asked in several]
    assert len(together) == COUNT
    for n, asked in enumerate(several):
        speech = together[n]
        assert speech.text == asked.text
        assert [word.text for word in speech.words] == [word.text for word in alone[n].words]
        apart = unlike(measured(speech.wave, speech.rate), measured(alone[n].wave, alone[n].rate))
        assert apart < 1, (asked, apart)


async def test_the_measure_would_tell_them_apart(voice: WorkerVoice) -> None:
    """The same words by another speaker or in another style are far from alike."""
    text = "one two three four"
    ways = [Asked(text, name, STYLES[0]) for name in SPEAKERS]
    ways += [Asked(text, SPEAKERS[0], style) for style in STYLES[1:]]
    with anyio.fail_after(PATIENCE_S):
        sounds = [await say(voice, asked) for asked in ways]
    found = [measured(speech.wave, speech.rate) for speech in sounds]
    for n, one in enumerate(found):
        for m, other in enumerate(found[:n]):
            assert unlike(one, other) > 1, (ways[n], ways[m])
