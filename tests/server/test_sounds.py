"""A laugh over a socket: beside what is felt, and only where there was one."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.server.live import Call, Live, bench
from tests.server.voices import quiet, voiced
from voiceagent.client.events import UserFelt, UserSound
from voiceagent.client.reader import Reader

pytestmark = pytest.mark.anyio
PARTS = Path(__file__).parent / "parts"
TURNS = {"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 300}}}
EVENTS = {"events": ["emotion"]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Live]:
    """Its ears feel the same whatever is said, and take the first turn for a laugh."""
    parts = tmp_path_factory.mktemp("parts")
    ears = ["webrtcvad"]
    for name in ("feeling", "laughing"):
        shutil.copytree(PARTS / name, parts / name)
        with (parts / name / "model.yaml").open("a") as manifest:
            manifest.write("feels: true\n")
        ears.append(str(parts / name))
    with Live(bench(ears=[*ears, "known"])) as live:
        yield live


async def felt(call: Call) -> list[UserFelt]:
    """What a client is told of one turn."""
    await call.append(quiet(1_200) + voiced(1_200) + quiet(1_500))
    await call.done()
    reader = Reader()
    told = [it for message in call.log for it in reader.read(message, 0)]
    return [it for it in told if isinstance(it, UserFelt)]


async def test_a_laugh_is_told_beside_what_is_felt(server: Live) -> None:
    async with server.call(audio=TURNS, voiceagent=EVENTS) as call:
        told = await felt(call)
        messages = call.of("voiceagent.user_emotion")
    assert told[-1].final
    (laugh,) = told[-1].sounds
    assert isinstance(laugh, UserSound)
    assert (laugh.kind, laugh.confidence) == ("laugh", 0.9)
    begin, end = laugh.span
    assert 1_000 < begin < end < 3_000
    assert "sounds" not in messages[0]  # nothing was heard yet
    assert set(messages[-1]["sounds"][0]) == {"kind", "span", "confidence"}


async def test_nobody_who_did_not_ask_is_told(server: Live) -> None:
    async with server.call(audio=TURNS) as call:
        assert all(it.sounds == () for it in await felt(call))
        assert call.of("voiceagent.user_emotion") == []


async def test_a_turn_is_told_for_good_once_whatever_its_pauses(server: Live) -> None:
    async with server.call(audio=TURNS, voiceagent=EVENTS) as call:
        await call.append(quiet(1_200) + voiced(900) + quiet(200) + voiced(900) + quiet(1_500))
        await call.done()
        told = call.of("voiceagent.user_emotion")
        kinds = [message["type"] for message in call.log]
    assert [it["final"] for it in told].count(True) == 1
    assert told[-1]["final"]
    assert kinds.index("input_audio_buffer.committed") > len(kinds) - 1 - kinds[::-1].index(
        "voiceagent.user_emotion"
    )
