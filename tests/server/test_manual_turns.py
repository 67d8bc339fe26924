"""Turns that the client ends: append, commit, clear; also at the wrong moment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.live import Live
from tests.server.voices import quiet, spoken, voiced

pytestmark = pytest.mark.anyio
MANUAL: dict[str, Any] = {"input": {"turn_detection": None, "transcription": {"model": "any"}}}
COMMITTED = [
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
]


async def test_a_manual_turn_is_an_item_with_words_and_no_response(server: Live) -> None:
    async with server.call(audio=MANUAL) as call:
        for start in range(0, len(sound := spoken(after=0)), 4_800):
            await call.append(sound[start : start + 4_800])
        assert await call.settled() == [], "appending says nothing, and nobody detects anything"
        begin = len(call.log)
        await call.send("input_audio_buffer.commit")
        words = await call.expect("conversation.item.input_audio_transcription.completed")
        kinds = call.types(begin)
        assert [k for k in kinds if "transcription" not in k] == COMMITTED
        committed, added = call.log[begin], call.log[begin + 1]
        assert committed["item_id"] == added["item"]["id"] == words["item_id"]
        assert committed["previous_item_id"] is None
        assert added["item"]["content"] == [{"type": "input_audio", "transcript": None}]
        assert words["transcript"] == "hello there"
        assert await call.settled() == [], "nothing else until it is asked for"
        await call.send("response.create")
        done = await call.done()
        assert done["status"] == "completed"


async def test_a_commit_without_audio_is_refused(server: Live) -> None:
    async with server.call(audio=MANUAL) as call:
        for sound in (b"", voiced(80)):
            await call.append(sound)
            told = await call.refused("input_audio_buffer.commit")
            assert told["code"] == "input_audio_buffer_commit_empty"
        await call.append(voiced(20))
        await call.send("input_audio_buffer.commit")
        await call.settled()
        told = await call.refused("input_audio_buffer.commit")
        assert told["code"] == "input_audio_buffer_commit_empty", "the first has used it up"


async def test_a_cleared_buffer_is_empty_and_clearing_twice_does_no_harm(server: Live) -> None:
    async with server.call(audio=MANUAL) as call:
        await call.append(voiced(400))
        for _ in range(2):
            await call.send("input_audio_buffer.clear")
            await call.expect("input_audio_buffer.cleared")
        told = await call.refused("input_audio_buffer.commit")
        assert told["code"] == "input_audio_buffer_commit_empty"


async def test_every_turn_follows_the_one_before(server: Live) -> None:
    async with server.call(audio=MANUAL) as call:
        previous = None
        for _ in range(3):
            await call.append(voiced(300))
            await call.send("input_audio_buffer.commit")
            committed = await call.expect("input_audio_buffer.committed")
            assert committed["previous_item_id"] == previous
            previous = committed["item_id"]


async def test_a_turn_may_be_committed_while_the_agent_speaks(talkative: Live) -> None:
    async with talkative.call(audio=MANUAL) as call:
        await call.send("response.create")
        await call.expect("response.output_audio.delta")
        await call.append(spoken())
        await call.send("input_audio_buffer.commit")
        await call.expect("conversation.item.done")
        await call.expect("response.output_audio.delta")
        assert not call.of("input_audio_buffer.speech_started", "response.done")


async def test_silence_that_is_committed_is_a_turn_without_words(server: Live) -> None:
    async with server.call(audio=MANUAL) as call:
        await call.append(quiet(500))
        await call.send("input_audio_buffer.commit")
        words = await call.expect("conversation.item.input_audio_transcription.completed")
        assert words["transcript"] == ""


async def test_the_largest_append_is_taken(server: Live) -> None:
    async with server.call(audio=MANUAL) as call:
        await call.append(bytes(15 * 2**20))
        await call.send("input_audio_buffer.commit")
        words = await call.expect("conversation.item.input_audio_transcription.completed")
        assert words["usage"]["seconds"] == pytest.approx(15 * 2**20 / 48_000, abs=0.05)
