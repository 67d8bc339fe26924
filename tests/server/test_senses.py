"""`voiceagent.sense` over a socket, with ears in this process and in a worker."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable
from pathlib import Path

import pytest

from tests.server.live import Call, Live, Message, bench
from tests.server.voices import quiet, spoken, voiced
from voiceagent.parts import SENSES

pytestmark = pytest.mark.anyio
READER = Path(__file__).parent / "parts" / "feeling"
TURNS = {"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 300}}}
EVENTS = {"events": ["emotion"]}


@pytest.fixture(scope="module", params=[False, True], ids=["here", "worker"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Live]:
    """Its ears feel the same whatever is said, and what is measured beside it."""
    reader = tmp_path_factory.mktemp("parts") / "reader"
    shutil.copytree(READER, reader)
    manifest = (reader / "model.yaml").read_text()
    worker = manifest.replace("worker: false", f"worker: {str(request.param).lower()}")
    (reader / "model.yaml").write_text(worker + "feels: true\n")
    with Live(bench(ears=["webrtcvad", str(reader), "known"])) as live:
        yield live


def heart(values: Iterable[float], start: int, step: int = 100, quality: float = 1.0) -> Message:
    samples = [
        {"name": "heart_rate", "value": value, "quality": quality, "at": start + n * step}
        for n, value in enumerate(values)
    ]
    return {"type": "voiceagent.sense", "samples": samples}


USUAL = heart([70, 71, 70, 72, 70, 71, 72, 70], 0)
FAST = heart([110, 112], 1_500)
DOUBTED = heart([110, 112], 1_500, quality=0.0)


async def felt(call: Call, *samples: Message) -> list[Message]:
    """What is felt in one turn from 1.2 s on, told of these samples in mid-speech."""
    await call.append(quiet(1_200) + voiced(800))
    for message in samples:
        await call.send(**message)
    await call.append(voiced(400) + quiet(1_500))
    await call.done()
    told = call.of("voiceagent.user_emotion")
    return [{k: v for k, v in one.items() if k not in ("event_id", "item_id")} for one in told]


async def test_nothing_measured_and_nothing_sure_are_the_same_to_the_bit(server: Live) -> None:
    told = []
    for samples in ((), (USUAL,), (USUAL, DOUBTED)):
        async with server.call(audio=TURNS, voiceagent=EVENTS) as call:
            told.append(await felt(call, *samples))
    assert told[0] == told[1] == told[2]
    assert {(one["valence"], one["arousal"]) for one in told[0]} == {(0.6, 0.4)}


async def test_a_faster_heart_is_felt_in_its_own_session_and_in_no_other(server: Live) -> None:
    async with (
        server.call(audio=TURNS, voiceagent=EVENTS) as stirred,
        server.call(audio=TURNS, voiceagent=EVENTS) as calm,
    ):
        told = await felt(stirred, USUAL, FAST)
        others = await felt(calm, USUAL)
    assert told[-1]["final"]
    assert told[-1]["arousal"] > 0.45
    assert told[-1]["labels"] == others[-1]["labels"]
    assert others[-1]["arousal"] == 0.4


async def test_a_session_that_wants_no_emotion_takes_samples_and_tells_none(server: Live) -> None:
    async with server.call(audio=TURNS, voiceagent={**EVENTS, "emotion": False}) as call:
        assert await felt(call, USUAL, FAST) == []


async def test_what_is_wrong_is_named_and_nothing_of_it_is_taken(server: Live) -> None:
    async with server.call(audio=TURNS, voiceagent=EVENTS) as call:
        await call.append(quiet(20))
        for field, value in (("name", "shoe_size"), ("quality", 2), ("value", None), ("at", 9_000)):
            samples = [*heart([110], 0)["samples"], {**heart([110], 0)["samples"][0], field: value}]
            told = await call.refused("voiceagent.sense", samples=samples)
            assert told["param"] == f"samples[1].{field}"
        assert (await felt(call, USUAL))[-1]["arousal"] == 0.4


async def test_a_sample_without_its_time_is_of_now(server: Live) -> None:
    now = [{"name": "heart_rate", "value": 110}]
    async with server.call(audio=TURNS, voiceagent=EVENTS) as call:
        told = await felt(call, USUAL, {"type": "voiceagent.sense", "samples": now})
    assert told[-1]["arousal"] > 0.45


async def test_a_session_says_first_what_may_be_told_of_its_user(server: Live) -> None:
    async with server.call() as call:
        assert call.log[0]["voiceagent"]["senses"] == list(SENSES)


async def test_where_nobody_reads_feelings_samples_are_taken_all_the_same() -> None:
    with Live(bench()) as plain:
        async with plain.call() as call:
            assert call.log[0]["voiceagent"]["senses"] == []
            await call.append(spoken())
            await call.send(**USUAL)
            assert (await call.done())["status"] == "completed"
