"""Samples on their way to ears in a worker process: they arrive, after the audio they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.worker.fakes import Notes, frame
from voiceagent.events import Event, Felt, Reading, SpeechStarted
from voiceagent.hearing.feelings import Whole
from voiceagent.hearing.remote import MOST_SAMPLES, WorkerEars
from voiceagent.parts import Reset, Sample, Sense
from voiceagent.testing import ScriptedEars
from voiceagent.worker.messages import Loader
from voiceagent.worker.pool import Pool

pytestmark = pytest.mark.anyio
PLAIN = Reading({"neutral": 1.0}, 0.0, 0.1, 1.0, (), (), (1_000, 2_000))
SCRIPT: tuple[Event, ...] = (SpeechStarted(1_000, 1_000), Felt(2_000, PLAIN, final=True))
USUAL = Sense(tuple(Sample(n * 100, "heart_rate", 70.0 + n % 2) for n in range(8)))


async def felt(*samples: Sample) -> Reading:
    """What is felt in speech from 1 s on, where these samples come at 1.5 s."""
    pool = Pool("feelings", Loader("voiceagent.hearing.feelings:FeelingsEar"), 1)
    notes = Notes()
    ears = WorkerEars([ScriptedEars(SCRIPT)], pool, notes)
    try:
        await ears.ready()
        ears.tell(USUAL)
        for at in range(0, 2_100, 20):
            if at == 1_500 and samples:
                ears.tell(Sense(samples))
            await ears.send(frame(at))
        event = await notes.until(lambda event: isinstance(event, Whole))
    finally:
        await ears.aclose()
        await pool.aclose()
    assert isinstance(event, Whole)
    return event.reading


async def test_what_is_measured_reaches_the_feelings_in_a_worker() -> None:
    plain = await felt()
    assert (plain.labels, plain.arousal) == (PLAIN.labels, PLAIN.arousal)
    assert await felt(Sample(1_480, "heart_rate", 120.0, quality=0.0)) == plain
    stirred = await felt(Sample(1_480, "heart_rate", 120.0))
    assert stirred.arousal > plain.arousal
    assert stirred.labels == plain.labels


@dataclass
class Sent:
    """A line that writes down what it is given."""

    sent: list[object] = field(default_factory=list)
    idle = out = False

    def frames(self, body: bytes, ms: int) -> None:
        self.sent.append(ms)

    def tell(self, cue: object) -> None:
        self.sent.append(cue)

    async def pace(self) -> None:
        return None


@pytest.fixture
async def ears() -> WorkerEars:
    pool = Pool("feelings", Loader("voiceagent.hearing.feelings:FeelingsEar"), 1)
    ears = WorkerEars([ScriptedEars()], pool, Notes())
    await ears.aclose()
    await pool.aclose()
    ears._line = Sent()  # type: ignore[assignment]
    return ears


def sample(at: int) -> Sample:
    return Sample(at, "gaze", 0.5)


async def test_samples_make_no_more_messages_than_the_audio_does(ears: WorkerEars) -> None:
    for at in range(0, 500, 20):
        ears.tell(Sense((sample(at),)))
        await ears.send(frame(at))
    together = Sense(tuple(sample(at) for at in range(0, 500, 20)))
    assert ears._line.sent == [500, together]  # type: ignore[attr-defined]


async def test_a_cue_comes_after_the_samples_that_came_before_it(ears: WorkerEars) -> None:
    await ears.send(frame(0))
    ears.tell(Sense((sample(0),)))
    ears.tell(Reset())
    assert ears._line.sent == [20, Sense((sample(0),)), Reset()]  # type: ignore[attr-defined]


async def test_without_audio_few_samples_wait(ears: WorkerEars) -> None:
    for at in range(2 * MOST_SAMPLES):
        ears.tell(Sense((sample(at),)))
    sent = [len(cue.samples) for cue in ears._line.sent]  # type: ignore[attr-defined]
    assert sent == [MOST_SAMPLES, MOST_SAMPLES]
