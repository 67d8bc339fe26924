"""Through a socket: what is expected of a session reaches its ears, and comes back word by word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.live import Live, Message, bench
from tests.server.test_golden import golden, shape
from tests.server.voices import spoken
from voiceagent.wire.words import LOGPROBS

pytestmark = pytest.mark.anyio
COMPLETED = "conversation.item.input_audio_transcription.completed"
TRANSCRIBED = {"input": {"transcription": {"model": "any"}}}
DICE: dict[str, Any] = {
    "type": "function",
    "name": "dice",
    "parameters": {"type": "object"},
    "voiceagent": {"phrases": ["roll the dice"], "effects": "reversible"},
}


@pytest.fixture(scope="module")
def wording() -> Iterator[Live]:
    parts = Path(__file__).parent / "parts"
    with Live(bench(ears=["webrtcvad", str(parts / "wording")])) as server:
        yield server


async def completed(server: Live, **session: Any) -> Message:
    async with server.call(audio=TRANSCRIBED, **session) as call:
        await call.append(spoken())
        return await call.expect(COMPLETED)


async def test_a_tools_phrases_are_heard_and_each_has_its_place(wording: Live) -> None:
    told = await completed(wording, tools=[DICE], instructions='They may say "give up".')
    assert told["transcript"] == "roll the dice dice give up"
    words = told["voiceagent"]["words"]
    assert [word["text"] for word in words] == ["roll the dice", "dice", "give up"]
    first, *_, last = words
    assert 250 < first["start_ms"] < 650, "the speech begins 400 ms after the audio"
    assert last["end_ms"] - first["start_ms"] == 280
    assert first["confidence"] == 0.5
    assert told["voiceagent"]["others"] == ["not roll the dice dice give up"]


async def test_logprobs_come_to_whom_asked_for_them(wording: Live) -> None:
    asked = await completed(wording, tools=[DICE], include=[LOGPROBS])
    assert shape(asked) in [shape(message) for message in golden()["server"]]
    assert "".join(token["token"] for token in asked["logprobs"]) == asked["transcript"]
    assert {token["logprob"] for token in asked["logprobs"]} == {-0.6931}
    assert "logprobs" not in await completed(wording, tools=[DICE])


async def test_ears_that_do_not_know_more_add_nothing(server: Live) -> None:
    told = await completed(server, include=[LOGPROBS])
    assert told["transcript"]
    assert not {"logprobs", "voiceagent"} & set(told)


async def test_wrong_phrases_of_a_tool_are_refused_by_name(server: Live) -> None:
    wrong = {**DICE, "voiceagent": {"phrases": ["fine", 5]}}
    async with server.call() as call:
        error = await call.refused("session.update", session={"tools": [wrong]})
        assert error["param"] == "session.tools[0].voiceagent.phrases[1]"


async def test_a_tools_phrases_are_said_back(server: Live) -> None:
    async with server.call() as call:
        await call.send("session.update", session={"tools": [DICE]})
        shown = (await call.expect("session.updated"))["session"]["tools"]
        assert shown == [DICE]
